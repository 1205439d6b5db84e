"""The faults of docs/explain/hardening.md: each has a test, which exists."""

import pytest

from tests.support.named_tests import exists, named_tests
from tests.support.paths import ROOT

_, _, FOUND = (ROOT / "docs/explain/hardening.md").read_text().partition("\n## Found and fixed\n")
ROWS = [line for line in FOUND.splitlines() if line.startswith("|") and not line.startswith(("| found by", "|---"))]


def test_there_are_faults() -> None:
    assert len(ROWS) > 10


@pytest.mark.parametrize("row", ROWS)
def test_what_was_found_has_its_test(row: str) -> None:
    assert named_tests(row)
    assert [f"{file}::{name}" for file, name in named_tests(row) if not exists(file, name)] == []
