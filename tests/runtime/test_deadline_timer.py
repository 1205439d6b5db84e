"""SIGALRM's timer belongs to an app's deadline, and to SIGTERM's grace period from the moment that a SIGTERM comes."""

import signal
import sys
from collections.abc import Iterator

import pytest

from lambda_http_adapter._apps import END_HANDLERS
from lambda_http_adapter._apps.deadline_sync import Deadline, Expired

FAR = 50


def grace(*_: object) -> None:
    raise AssertionError("the grace period is over")


def begin_grace() -> None:
    """As the handler of a SIGTERM does it."""
    signal.signal(signal.SIGALRM, grace)
    signal.setitimer(signal.ITIMER_REAL, FAR / 2)


def has_grace() -> bool:
    return signal.getsignal(signal.SIGALRM) is grace and 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= FAR / 2


@pytest.fixture(autouse=True)
def timer() -> Iterator[None]:
    before = signal.getsignal(signal.SIGALRM)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


class Struck(float):
    """The SIGTERM comes when the deadline's seconds are looked at, between its handler and its timer."""

    def __lt__(self, other: float) -> bool:
        begin_grace()
        return False


class Ending(Deadline):
    """The SIGTERM comes within the last steps; ``lost``: its timer has been stopped already."""

    lost = False

    def _give_back(self) -> bool:
        begin_grace()
        if self.lost:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return super()._give_back()


class LateEnding(Ending):
    lost = True


def test_before_the_deadline() -> None:
    begin_grace()
    with Deadline(FAR):
        assert has_grace()
    assert has_grace()


def test_while_the_deadline_is_set() -> None:
    with Deadline(Struck(FAR)):
        assert has_grace()
    assert has_grace()


def test_within() -> None:
    with Deadline(FAR):
        begin_grace()
    assert has_grace()


@pytest.mark.parametrize("ending", [Ending, LateEnding])
def test_while_the_deadline_ends(ending: type[Deadline]) -> None:
    with ending(FAR / 2):
        pass
    assert has_grace()


def test_a_deadline_ends_no_handler_of_a_sigterm() -> None:
    """It would be lost: the handler has its grace period still to begin."""

    def handle() -> bool:
        signal.raise_signal(signal.SIGALRM)
        return True

    with Deadline(FAR):
        END_HANDLERS.add(handle.__code__)
        try:
            assert handle()
        finally:
            END_HANDLERS.discard(handle.__code__)
        with pytest.raises(Expired):
            handle()
    assert sys.exc_info() == (None, None, None)
