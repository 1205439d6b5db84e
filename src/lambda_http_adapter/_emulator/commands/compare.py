"""The command ``compare``: what an app receives of one request, front door by front door."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, TextIO

from ...origins import detect
from ..doors.client import ClientRequest
from ..doors.door import Door
from .typed_request import mounted_request

if TYPE_CHECKING:
    from ..._values.config import Config
    from ..._values.request import Headers
    from ...origins._http_request import HTTPRequest

_BODY_SHOWN = 60
_FIELDS: dict[str, Callable[[HTTPRequest], str]] = {
    "method": lambda request: request.method,
    "scheme": lambda request: request.scheme,
    "http_version": lambda request: request.http_version,
    "client": lambda request: request.client[0] if request.client else "",
    "root_path": lambda request: request.root_path,
    "path": lambda request: request.path,
    "raw_path": lambda request: request.raw_path.decode("ascii"),
    "query_string": lambda request: request.query_string.decode("latin-1"),
    "body": lambda request: request.body.decode(errors="backslashreplace")[:_BODY_SHOWN],
}

# The values of each field, in the order of the front doors.
Comparison = dict[str, list[str]]


def compare(request: ClientRequest, doors: Mapping[str, Door], config: Config) -> Comparison:
    """The fields of the decoded request, the values of the client's headers, and the names of added headers."""
    sent = sorted({name.lower() for name, _ in request.headers})
    decoded = [_decoded(request, door, config) for door in doors.values()]
    fields = {name: [read(one) for one in decoded] for name, read in _FIELDS.items()}
    headers = {name.decode("latin-1"): [_values(one.headers, name) for one in decoded] for name in sent}
    return {**fields, **headers, "other headers": [_other_names(one.headers, sent) for one in decoded]}


def _decoded(request: ClientRequest, door: Door, config: Config) -> HTTPRequest:
    event = door.event(mounted_request(request, door))
    return detect(event).decode(event, config)


def _values(headers: Headers, name: bytes) -> str:
    """The values that arrive as headers of their own, with a bar in between."""
    return " | ".join(value.decode("latin-1") for key, value in headers if key == name)


def _other_names(headers: Headers, sent: Sequence[bytes]) -> str:
    return " ".join(sorted({name.decode("latin-1") for name, _ in headers if name not in sent}))


def print_comparison(comparison: Comparison, doors: Sequence[str], file: TextIO) -> None:
    """Fields with the same value everywhere as lines, then a table of those that differ."""
    columns = {"": list(doors)}
    for name, values in comparison.items():
        if len(set(values)) > 1:
            columns[name] = values
        elif values[0]:
            print(f"{name}: {values[0]}", file=file)
    print(file=file)
    _print_table(columns, file)


def _print_table(columns: Mapping[str, Sequence[str]], file: TextIO) -> None:
    # rich fits a table into the width of the terminal. A file or a pipe has no width.
    if file.isatty() and find_spec("rich") is not None:
        _print_rich_table(columns, file)
    else:
        for line in _plain_table(columns):
            print(line, file=file)


def _print_rich_table(columns: Mapping[str, Sequence[str]], file: TextIO) -> None:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=SIMPLE, pad_edge=False)
    for row in zip(*columns.values(), strict=True):
        table.add_row(*map(Text, row))  # Text: rich would read brackets in a path as markup
    Console(file=file).print(table)


def _plain_table(columns: Mapping[str, Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, (name, *values))) for name, values in columns.items()]
    for row in (tuple(columns), *zip(*columns.values(), strict=True)):
        yield "  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip()
