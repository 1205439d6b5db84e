"""An answer of the Runtime API, in any pieces: read without httptools as with it."""

from __future__ import annotations

from tests.support.read_answer import PLAIN, by_both, by_httptools


def attempt(data: bytes) -> None:
    """The first byte says how long the pieces are, the rest is the answer."""
    size, raw = data[:1], data[1:]
    expected = by_httptools(raw)
    assert by_both([raw]) == expected, raw
    assert by_both([raw], PLAIN) == expected, f"after other answers: {raw!r}"
    if size and expected not in (None, "refused"):  # others are refused as soon as they are wrong
        pieces = [raw[start : start + size[0] + 1] for start in range(0, len(raw), size[0] + 1)]
        assert by_both(pieces) == expected, f"in pieces of {size[0] + 1}: {raw!r}"
