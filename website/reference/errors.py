"""The errors that the package raises, by whose fault they are."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from lambda_http_adapter import errors as module
from lambda_http_adapter.errors import AdapterError

from .markdown import docstring, table


def errors() -> str:
    return table(["error", "means"], _rows(AdapterError, 0))


def _rows(error: type[AdapterError], depth: int) -> Iterator[list[str]]:
    summary = inspect.getdoc(error) or ""
    name = f"{'&emsp;' * depth}[`{error.__name__}`](#lambda_http_adapter.errors.{error.__name__})"
    yield [name, docstring(summary.partition("\n\n")[0].replace("\n", " "))]
    for below in error.__subclasses__():
        if below.__module__ == module.__name__:
            yield from _rows(below, depth + 1)
