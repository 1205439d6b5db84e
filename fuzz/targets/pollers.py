"""Events, parts, errors and lost connections in any order: each invocation has its own answer, and nothing is left.

The moves and what comes of them are those of ``tests/runtime/test_model.py``.
"""

from __future__ import annotations

from tests.support.model_drivers import DRIVERS
from tests.support.model_moves import STATES, Moves

_LONGEST = 30
_MODES = ("buffered", "response_stream")


def attempt(data: bytes) -> None:
    """The first byte says which loop, how many pollers and whether responses are streamed; three more are a move."""
    first = data[0] if data else 0
    moves = Moves(list(DRIVERS.values())[first % len(DRIVERS)], 2 + first // 3 % 3, _MODES[first // 9 % 2], failures=0)
    try:
        for start in range(1, min(len(data) - 2, 3 * _LONGEST), 3):
            kind, pick, what = data[start : start + 3]
            able = [move for move in STATES if moves.able(move)]
            moves.do(able[kind % len(able)], pick, what)
        moves.finish()
    except BaseException:
        moves.abandon()
        raise
