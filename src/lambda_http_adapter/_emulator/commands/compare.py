"""What an app sees of one request, front door by front door."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, TextIO

from ...origins import detect
from ..doors.client import ClientRequest
from ..doors.door import Door
from .typed_request import behind

if TYPE_CHECKING:
    from ..._values.config import Config
    from ..._values.request import Headers, HTTPRequest

_FIELDS: dict[str, Callable[[HTTPRequest], str]] = {
    "method": lambda request: request.method,
    "scheme": lambda request: request.scheme,
    "http_version": lambda request: request.http_version,
    "client": lambda request: request.client[0] if request.client else "",
    "root_path": lambda request: request.root_path,
    "path": lambda request: request.path,
    "raw_path": lambda request: request.raw_path.decode("ascii"),
    "query_string": lambda request: request.query_string.decode("latin-1"),
    "body": lambda request: request.body.decode(errors="backslashreplace")[:60],
}

# A line for each field: its name, and what stands there in the order of the front doors.
Fields = dict[str, list[str]]


def compare(request: ClientRequest, doors: Mapping[str, Door], config: Config) -> Fields:
    """What the scope says, the client's headers (values that came apart with a bar between), and names of others."""
    own = sorted({name.lower() for name, _ in request.headers})
    seen = [_seen(request, door, config) for door in doors.values()]
    fields = {name: [read(one) for one in seen] for name, read in _FIELDS.items()}
    fields |= {name.decode("latin-1"): [_values(one.headers, name) for one in seen] for name in own}
    return fields | {"other headers": [_others(one.headers, own) for one in seen]}


def _seen(request: ClientRequest, door: Door, config: Config) -> HTTPRequest:
    event = door.event(behind(door, request))
    return detect(event).decode(event, config)


def _values(headers: Headers, name: bytes) -> str:
    return " | ".join(value.decode("latin-1") for key, value in headers if key == name)


def _others(headers: Headers, own: Sequence[bytes]) -> str:
    return " ".join(sorted({name.decode("latin-1") for name, _ in headers if name not in own}))


def print_comparison(fields: Fields, doors: Sequence[str], file: TextIO) -> None:
    """What is the same everywhere in lines, the rest as a table: with rich in a terminal, where that is installed."""
    columns = {"": list(doors)}
    for name, values in fields.items():
        if len(set(values)) > 1:
            columns[name] = values
        elif values[0]:
            print(f"{name}: {values[0]}", file=file)
    print(file=file)
    _print_table(columns, file)


def _print_table(columns: Mapping[str, Sequence[str]], file: TextIO) -> None:
    # Where nobody looks, there is no width to fit into.
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
        table.add_row(*map(Text, row))  # Text: a bracket in a path is no markup
    Console(file=file).print(table)


def _plain_table(columns: Mapping[str, Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, (name, *values))) for name, values in columns.items()]
    for row in (tuple(columns), *zip(*columns.values(), strict=True)):
        yield "  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip()
