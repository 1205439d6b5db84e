"""Base64, by pybase64 where it is installed: ten to thirty times as fast, and nobody must be able to tell otherwise."""

from __future__ import annotations

import binascii
from functools import cache
from types import ModuleType

# Below, loading it would cost a function more than it ever gains.
_LARGE = 65536


def b64encode(data: bytes) -> bytes:
    fast = _pybase64() if len(data) >= _LARGE else None
    encoded: bytes = binascii.b2a_base64(data, newline=False) if fast is None else fast.b64encode(data)
    return encoded


def b64decode(text: str) -> bytes:
    """Raises ValueError for anything that is not in the alphabet or not well padded."""
    fast = _pybase64() if len(text) >= _LARGE else None
    if fast is not None:
        try:
            decoded: bytes = fast.b64decode(text, validate=True)
            return decoded
        except ValueError:
            pass  # the standard library, of which no two versions are as strict, has the last word
    return binascii.a2b_base64(text, strict_mode=True)


@cache
def _pybase64() -> ModuleType | None:
    try:
        import pybase64
    except ImportError:
        return None
    module: ModuleType = pybase64
    return module
