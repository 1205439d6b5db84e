"""Every row in the tables of docs/migrate has a test, and every such test exists."""

import ast
import re

import pytest

from tests.differential import claims, claims_frameworks
from tests.support.paths import ROOT

CLAIMS = claims.CLAIMS | claims_frameworks.CLAIMS

# Of plugins for the Serverless Framework, which don't run here.
UNTESTED = {"`packRequirements` | the plugin serverless-python-requirements"}


def test_every_row_of_the_guide_is_held_by_tests() -> None:
    pages = [ROOT / "docs" / "migrating.md", *(ROOT / "docs" / "migrate").glob("*.md")]
    guide = "\n".join(page.read_text() for page in pages)
    rows = re.findall(r"^\| (.+) \|$(?!\n\|---)", guide, re.MULTILINE)
    assert sorted(rows) == sorted(CLAIMS)
    assert {row for row, tests in CLAIMS.items() if not tests} == UNTESTED


@pytest.mark.parametrize("test", sorted({test for tests in CLAIMS.values() for test in tests}))
def test_there_is_the_test(test: str) -> None:
    path, _, name = test.partition("::")
    tree = ast.parse((ROOT / "tests" / path).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
