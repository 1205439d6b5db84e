"""Each target of ``scripts/fuzz`` for two seconds, with the same seed each time."""

import sys

import pytest

from fuzz.target import NAMES, FoundError, Target

LINUX = {"pollers": pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")}


@pytest.mark.parametrize("name", [pytest.param(name, marks=LINUX.get(name, ())) for name in NAMES])
def test_nothing_breaks_what_has_to_hold(name: str) -> None:
    assert Target(name).fuzz(seconds=2, seed=22) > 1


def test_a_fault_is_found_and_says_its_input(monkeypatch: pytest.MonkeyPatch) -> None:
    target = Target("answers")
    monkeypatch.setattr(target, "attempt", lambda data: 1 // (b"HTTP" not in data[5:]))
    with pytest.raises(FoundError, match=r"answers fails with b'.*HTTP") as raised:
        target.fuzz(seconds=60, seed=1)
    assert b"HTTP" in raised.value.data[5:]
    assert isinstance(raised.value.__cause__, ZeroDivisionError)


def test_the_same_seed_makes_the_same_inputs() -> None:
    first, second = (Target("answers").inputs(seed=7) for _ in range(2))
    assert [next(first) for _ in range(50)] == [next(second) for _ in range(50)]
