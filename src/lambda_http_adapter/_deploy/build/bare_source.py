"""Sources without what only their readers need. Each statement keeps its line, so tracebacks stay right."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator


def bare(source: str) -> str:
    """``source`` with empty lines for its docstrings, and without comments."""
    lines = source.splitlines(keepends=True)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            number, column = token.start
            lines[number - 1] = lines[number - 1][:column].rstrip() + "\n"
    for first, last in _docstrings(ast.parse(source)):
        lines[first - 1 : last] = ["\n"] * (last - first + 1)
    return "".join(lines)


def _docstrings(tree: ast.AST) -> Iterator[tuple[int, int]]:
    """The first and the last line of each, of those that aren't all that a body has."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        texts = [statement for statement in body if _is_text(statement)]
        if len(texts) < len(body):
            yield from ((text.lineno, text.end_lineno) for text in texts)


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
