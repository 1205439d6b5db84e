"""JSON in and out."""

import json
from collections.abc import Callable
from json.encoder import encode_basestring

_orjson_dumps: Callable[[str], bytes] | None
try:
    from orjson import dumps as _orjson_dumps
except ImportError:
    _orjson_dumps = None

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def loads(data: bytes) -> object:
    """Decode UTF-8 JSON; raises ValueError. NaN and lone surrogates pass, as they do in AWS's Python runtime."""
    return json.loads(data)


def dumps(value: object) -> bytes:
    """Encode compactly as UTF-8; a lone surrogate, which UTF-8 can't hold, stays the escape it came as."""
    text = _encode(value)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def dumps_text(text: str) -> bytes:
    """Encode one text; raises ValueError for a lone surrogate.

    The one thing that orjson is used for where it is installed: it reads large numbers as others do not, and large
    events slower.
    """
    return encode_basestring(text).encode() if _orjson_dumps is None else _orjson_dumps(text)
