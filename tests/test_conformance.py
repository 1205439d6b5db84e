"""What scripts/conformance makes of a suite's outcomes; the suites themselves are too slow for here."""

from pathlib import Path

import pytest

from conformance.expectations import EXPECTED, Explanation, compare, load
from conformance.front_door import FRONT_DOORS, FrontDoor
from conformance.page import page
from conformance.runs import OWN_CLIENTS, Outcome, recorded
from conformance.suites import SUITES, Suite
from conformance.workspace import Workspace
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
    assert named <= set(FRONT_DOORS)


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
def test_the_modules_that_a_suite_names_exist(suite: Suite) -> None:
    modules = [*suite.clients, *(f"left_out/{module}" for module in suite.left_out.values())]
    assert [module for module in modules if not (EXPECTED.parent / f"{module}.py").is_file()] == []


def test_the_front_doors_are_those_of_the_emulator_and_the_two_that_stream() -> None:
    assert set(FRONT_DOORS) == {*DOORS, "function-url streamed", "rest streamed"}


@pytest.mark.parametrize("name", ["alb", "rest streamed"])
def test_a_front_door_has_the_name_it_was_made_from(name: str) -> None:
    assert FrontDoor.named(name).name == name


def test_the_page_counts_what_passed_what_is_explained_and_what_is_not() -> None:
    suites = [Suite("one", "1.0", ()), Suite("two", "2.0", ())]
    outcomes = {
        ("one", OWN_CLIENTS): Outcome(12, {"x": "fails without a front door too"}),
        ("one", "rest streamed"): Outcome(10, {ONE: "", TWO: ""}),
        ("one", "alb"): Outcome(10, {ONE: "", TWO: ""}),
        ("two", "alb"): Outcome(1200, {}),
    }
    lines = page(outcomes, suites, {"one": [ANYWHERE, BEHIND_ALB], "two": []}).splitlines()
    assert "Of 1,224 tests behind front doors, 1,220 passed, 3 failed as explained, and 1 otherwise." in lines
    assert "| own clients | 12, 1 otherwise | not run |" in lines
    assert "| `rest streamed` | 10 + 1, 1 otherwise | not run |" in lines
    assert "| `alb` | 10 + 2 | 1200 |" in lines
    assert "| a reason | one | 3 |" in lines


def test_an_outcome_is_that_of_the_version_and_the_front_door(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    suite = Suite("one", "1.0", ())
    workspace.outcome_file(suite, "rest streamed").write_text('{"passed": 1, "failures": {"x": "y"}}')
    assert recorded(workspace, suite, "rest streamed") == Outcome(1, {"x": "y"})
    assert recorded(workspace, suite, "rest") is None
    assert recorded(workspace, suite._replace(version="1.1"), "rest streamed") is None


def test_a_source_distribution_unpacks_to_a_name_without_hyphens() -> None:
    assert Suite("sse-starlette", "3.7.0", ()).folder == "sse_starlette-3.7.0"
