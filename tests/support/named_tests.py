"""The tests that a document names, as `tests/file.py::test_name`."""

import ast
import re

from tests.support.paths import ROOT


def named_tests(text: str) -> list[tuple[str, str]]:
    """File and function of each."""
    return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)


def exists(file: str, name: str) -> bool:
    tree = ast.parse((ROOT / file).read_text())
    return name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
