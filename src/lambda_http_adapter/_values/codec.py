"""JSON in and out."""

import json
from collections.abc import Callable, Iterator
from json.encoder import encode_basestring


def _encoder(default: Callable[[object], object] | None) -> Callable[[object], str]:
    return json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=default).encode


_encode = _encoder(None)
_decode = json.JSONDecoder().decode


def loads(data: bytes) -> object:
    """Decode UTF-8 JSON; raises ValueError. NaN and lone surrogates pass, as they do in AWS's Python runtime."""
    try:
        return _decode(data.decode())
    except ValueError:
        return json.loads(data)  # which looks for other encodings


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


def escaped(text: bytes) -> Iterator[bytes]:
    """What stands between the quotes of a JSON text, of UTF-8, in pieces that a processor's cache holds."""
    for start in range(0, len(text), _PIECE):
        # What JSON escapes is ASCII: with each byte as a character of its own, the rest passes as it is, and is scanned
        # and encoded twice as fast as wide characters are.
        piece = text[start : start + _PIECE].decode("latin-1")
        yield encode_basestring(piece)[1:-1].encode("latin-1")


_PIECE = 65536
