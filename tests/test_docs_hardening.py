"""The faults of docs/explain/hardening.md: each has a test, which exists."""

import ast
import re

import pytest

from tests.support.paths import ROOT

ROWS = re.findall(r"^\| (.+ \| .+) \| (`tests/.+`) \|$", (ROOT / "docs/explain/hardening.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize(("fault", "tests"), ROWS)
def test_what_was_found_has_its_test(fault: str, tests: str) -> None:
    for file, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", tests) or [("", fault)]:
        functions = {node.name for node in ast.walk(ast.parse((ROOT / file).read_text())) if hasattr(node, "name")}
        assert name in functions
