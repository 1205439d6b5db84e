"""What a visit to an app has seen, as it goes from one process to another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

Fields = tuple[tuple[str, str], ...]


class Response(NamedTuple):
    """Names of headers are in lower case; ``body`` is decoded from its content coding."""

    status: int
    headers: Fields
    body: bytes

    def header(self, name: str) -> str:
        """The first value, or ""."""
        return next((value for key, value in self.headers if key == name), "")


class Exchange(NamedTuple):
    """A request and its response. ``rules`` name what a front door changes of the request before the app sees it."""

    method: str
    url: str
    response: Response
    rules: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """Path and query."""
        return "/" + self.url.partition("://")[2].partition("/")[2]


class Visit(NamedTuple):
    """``broke`` is the exception that ended the visit early, or ""."""

    exchanges: tuple[Exchange, ...]
    broke: str = ""

    def dump(self, file: Path) -> None:
        plain = [
            [method, url, [status, headers, body.decode("latin-1")], rules]
            for method, url, (status, headers, body), rules in self.exchanges
        ]
        file.write_text(json.dumps([plain, self.broke]))


def load(file: Path) -> Visit:
    plain, broke = json.loads(file.read_text())
    exchanges = [
        Exchange(method, url, Response(status, tuple(map(tuple, headers)), body.encode("latin-1")), tuple(rules))
        for method, url, (status, headers, body), rules in plain
    ]
    return Visit(tuple(exchanges), broke)
