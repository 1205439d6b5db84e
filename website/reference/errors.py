"""The errors that the package raises, by whose fault they are."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from lambda_http_adapter import errors as module
from lambda_http_adapter.errors import AdapterError

from .markdown import docstring, table


def errors() -> str:
    """A table of all, and for each the directive that shows its own documentation."""
    rows = list(_rows(AdapterError, 0))
    described = (f"::: {module.__name__}.{error.__name__}" for error in _all(AdapterError))
    return "\n\n".join([table(["error", "means"], rows), *described])


def _rows(error: type[AdapterError], depth: int) -> Iterator[list[str]]:
    summary = inspect.getdoc(error) or ""
    name = f"{'&nbsp;' * 4 * depth}[`{error.__name__}`](#lambda_http_adapter.errors.{error.__name__})"
    yield [name, docstring(summary.partition("\n\n")[0].replace("\n", " "))]
    for below in _below(error):
        yield from _rows(below, depth + 1)


def _all(error: type[AdapterError]) -> Iterator[type[AdapterError]]:
    yield error
    for below in _below(error):
        yield from _all(below)


def _below(error: type[AdapterError]) -> list[type[AdapterError]]:
    return [below for below in error.__subclasses__() if below.__module__ == module.__name__]
