"""tests/measured.txt, and how it is chosen."""

import pytest

from tests.support.measuring import Arc, chosen, measured
from tests.support.paths import ROOT


@pytest.mark.parametrize("file", sorted(measured()))
def test_a_measured_file_exists(file: str) -> None:
    assert (ROOT / file).is_file(), "run scripts/measured"


@pytest.mark.parametrize(
    ("arcs", "names"),
    [
        ({}, []),
        ({"a": [(1, 1, 2)]}, ["a"]),
        ({"a": [(1, 1, 2)], "b": [(1, 1, 2), (1, 2, 3)]}, ["b"]),
        ({"a": [(1, 1, 2)], "b": [(2, 1, 2)]}, ["a", "b"]),
        ({"c": [(1, 1, 2), (1, 2, 3)], "b": [(1, 2, 3), (1, 3, 4)], "a": [(1, 3, 4)]}, ["b", "c"]),
    ],
)
def test_few_have_all_that_children_reach(arcs: dict[str, list[Arc]], names: list[str]) -> None:
    assert chosen(arcs) == names
