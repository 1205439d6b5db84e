"""JSON in and out."""

import json
from collections.abc import Callable
from json.encoder import encode_basestring

_orjson_dumps: Callable[[str], bytes] | None
try:
    from orjson import dumps as _orjson_dumps
except ImportError:
    _orjson_dumps = None


def _encoder(default: Callable[[object], object] | None) -> Callable[[object], str]:
    return json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=default).encode


_encode = _encoder(None)


def loads(data: bytes) -> object:
    """Decode UTF-8 JSON; raises ValueError. NaN and lone surrogates pass, as they do in AWS's Python runtime."""
    return json.loads(data)


def dumps(value: object, default: Callable[[object], object] | None = None) -> bytes:
    """Encode compactly as UTF-8; a lone surrogate, which UTF-8 can't hold, stays the escape it came as.

    ``default`` makes of anything else something that JSON has, or raises TypeError.
    """
    encode = _encode if default is None else _encoder(default)
    text = encode(value)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"), default=default).encode()


def dumps_text(text: str) -> bytes:
    """Encode one text; raises ValueError for a lone surrogate.

    The one thing that orjson is used for where it is installed: it reads large numbers as others do not, and large
    events slower.
    """
    if _orjson_dumps is not None:
        return _orjson_dumps(text)
    # What JSON escapes is ASCII: with each byte of the UTF-8 as a character of its own, the rest passes as it is, and
    # is scanned and encoded twice as fast as wide characters are.
    return encode_basestring(text.encode().decode("latin-1")).encode("latin-1")
