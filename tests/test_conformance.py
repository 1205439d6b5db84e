"""What scripts/conformance makes of a suite's outcomes; the suites themselves are too slow for here."""

from pathlib import Path

import pytest

from conformance.expectations import EXPECTED, Explanation, compare, load
from conformance.front_door import FrontDoor
from conformance.suites import SUITES
from lambda_http_adapter._emulator.doors.door import DOORS

ANYWHERE = Explanation("tests/test_a.py::test_one*", "a reason")
BEHIND_ALB = Explanation("tests/test_a.py::test_two[x*", "a reason", frozenset({"alb"}))
ONE = "tests/test_a.py::test_one[asyncio]"
TWO = "tests/test_a.py::test_two[x-y]"


@pytest.mark.parametrize(
    ("failures", "unexplained", "stale"),
    [
        ({"alb": [ONE, TWO]}, [], []),
        ({"alb": [ONE, TWO], "rest": [ONE]}, [], []),
        ({"alb": [ONE, TWO], "rest": [ONE, TWO]}, [("rest", TWO)], []),
        ({"alb": [TWO], "rest": [ONE]}, [], []),
        ({"rest": [ONE]}, [], []),
        ({"rest": []}, [], [ANYWHERE]),
        ({"rest streamed": [ONE], "alb": []}, [], [BEHIND_ALB]),
        ({"alb": [f"x{ONE}"]}, [("alb", f"x{ONE}")], [ANYWHERE, BEHIND_ALB]),
        ({}, [], []),
    ],
)
def test_a_failure_needs_a_reason_and_a_reason_a_failure(
    failures: dict[str, list[str]], unexplained: list[tuple[str, str]], stale: list[Explanation]
) -> None:
    assert compare(failures, [ANYWHERE, BEHIND_ALB]) == (unexplained, stale)


def test_a_table_gives_each_of_its_tests_the_reason(tmp_path: Path) -> None:
    file = tmp_path / "suite.toml"
    file.write_text('[[failures]]\nreason = "r"\nbehind = ["alb"]\ntests = ["a", "b"]\n')
    assert list(load(file)) == [Explanation(test, "r", frozenset({"alb"})) for test in ("a", "b")]


@pytest.mark.parametrize("table", ['tests = ["a"]', 'reason = "r"', 'reason = "r"\ntests = ["a"]\norigins = ["alb"]'])
def test_a_table_without_a_reason_or_tests_is_refused(tmp_path: Path, table: str) -> None:
    file = tmp_path / "suite.toml"
    file.write_text(f"[[failures]]\n{table}\n")
    with pytest.raises(ValueError, match=r"suite\.toml: Expected a reason"):
        list(load(file))


@pytest.mark.parametrize("suite", SUITES)
def test_the_list_of_each_suite_names_front_doors_that_exist(suite: str) -> None:
    named = {name for explanation in load(EXPECTED / f"{suite}.toml") for name in explanation.behind}
    assert named <= {*DOORS, "function-url streamed", "rest streamed"}


@pytest.mark.parametrize("name", ["alb", "rest streamed"])
def test_a_front_door_has_the_name_it_was_made_from(name: str) -> None:
    assert FrontDoor.named(name).name == name
