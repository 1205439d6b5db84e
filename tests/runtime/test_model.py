"""Pollers, connections and replies beside a model of them: whatever happens in whatever order, each invocation is
answered once or accounted for, with its own answer, and nothing is left over.

By default a few short examples, the same each time. `scripts/test tests/runtime/test_model.py -m slow` runs many long
ones, and `scripts/fuzz pollers` is led by coverage.
"""

import sys
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.support.model_drivers import DRIVERS, MakeDriver
from tests.support.model_moves import STATES, Move, Moves

QUICK = settings(
    max_examples=8,
    stateful_step_count=12,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
LONG = settings(QUICK, max_examples=200, stateful_step_count=50, derandomize=False)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
every_driver = pytest.mark.parametrize("driver", DRIVERS)
on_event_loops = pytest.mark.parametrize("driver", [driver for driver in DRIVERS if driver != "threads"])


class Machine(RuleBasedStateMachine):
    driver: MakeDriver

    def __init__(self) -> None:
        super().__init__()
        self.moves: Moves | None = None
        self.is_broken = False

    @initialize(pollers=st.sampled_from([2, 3, 4, 16]), mode=st.sampled_from(["buffered", "response_stream"]))
    def begin(self, pollers: int, mode: str) -> None:
        self.moves = Moves(type(self).driver, pollers, mode)

    def do(self, move: Move, pick: int, what: int) -> None:
        assert self.moves is not None
        try:
            self.moves.do(move, pick, what)
        except BaseException:
            self.is_broken = True
            raise

    def teardown(self) -> None:
        if self.moves is None:
            return
        try:
            if not self.is_broken:
                self.moves.finish()
        except BaseException:
            self.is_broken = True
            raise
        finally:
            if self.is_broken:
                self.moves.abandon()


def _step(move: Move) -> Callable[[Machine, int, int], None]:
    def step(self: Machine, pick: int, what: int) -> None:
        self.do(move, pick, what)

    step.__name__ = move
    able = precondition(lambda self: self.moves is not None and bool(self.moves.able(move)))
    return able(rule(pick=st.integers(0, 15), what=st.integers(0, 255))(step))


def _machine(driver: str) -> type[Machine]:
    steps: dict[str, object] = {move: _step(move) for move in STATES}
    return type("Model", (Machine,), {"driver": staticmethod(DRIVERS[driver]), **steps})


@every_driver
def test_whatever_happens_each_invocation_has_its_own_answer(driver: str) -> None:
    run_state_machine_as_test(_machine(driver), settings=QUICK)


@pytest.mark.slow
@every_driver
def test_whatever_happens_for_long(driver: str) -> None:
    run_state_machine_as_test(_machine(driver), settings=LONG)


@every_driver
@pytest.mark.parametrize("mode", ["buffered", "response_stream"])
def test_sixteen_at_once_of_all_kinds(driver: str, mode: str) -> None:
    """All serve, then each goes its own way: parts, threads, errors, refusals and lost connections, mixed."""
    random = Random(16)
    moves = Moves(DRIVERS[driver], 16, mode)
    try:
        for _ in range(16):
            moves.do("deliver", 0, 5)
        for _ in range(60):
            move = random.choice([move for move in STATES if move not in ("nothing", "stall") and moves.able(move)])
            moves.do(move, random.randrange(16), random.randrange(256))
        moves.finish()
    except BaseException:
        moves.abandon()
        raise


@every_driver
@pytest.mark.parametrize("mode", ["buffered", "response_stream"])
def test_what_comes_unasked_is_no_answer(driver: str, mode: str) -> None:
    steps: list[tuple[Move, int]] = [("deliver", 5), ("notice", 0), ("end", 0), ("receipt", 1), ("deliver", 5)]
    moves = Moves(DRIVERS[driver], 2, mode)
    try:
        for move, what in steps:
            moves.do(move, 0, what)
        moves.finish()
    except BaseException:
        moves.abandon()
        raise


@on_event_loops
def test_what_is_not_finished_in_time_is_cancelled(driver: str) -> None:
    moves = Moves(DRIVERS[driver], 3, "response_stream")
    try:
        for _ in range(2):
            moves.do("deliver", 0, 5)
        moves.do("part", 0, 9)
        moves.finish(finishes=False)
    except BaseException:
        moves.abandon()
        raise
    assert not moves.answered()
