"""Sources without comments and docstrings are the same programs, line by line."""

import ast
from pathlib import Path

import pytest

import lambda_http_adapter
from lambda_http_adapter._deploy.build.bare_source import bare

PACKAGE = Path(lambda_http_adapter.__file__).parent

SOURCE = '''\
"""A module.

Of several lines."""

# A comment.
import os  # the system

NAME = "# no comment"
"""What it is."""


class Shop(Exception):
    """Only a docstring."""


def greet(name):  # says hello
    """Greets."""
    return """# text
    """ + name
'''
BARE = '''\





import os

NAME = "# no comment"



class Shop(Exception):
    """Only a docstring."""


def greet(name):

    return """# text
    """ + name
'''


def test_a_source() -> None:
    assert bare(SOURCE) == BARE


def program(source: str) -> str:
    """The statements with their lines and columns, docstrings left out."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [child for child in body if not is_text(child)] or body  # type: ignore[attr-defined]
        for name in ("end_lineno", "end_col_offset"):  # a class may have ended with a text
            if hasattr(node, name):
                setattr(node, name, 0)
    return ast.dump(tree, include_attributes=True)


def is_text(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    return False


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_our_modules_stay_the_same_programs(path: Path) -> None:
    source = path.read_text()
    assert program(bare(source)) == program(source)
    compile(bare(source), path.name, "exec")
