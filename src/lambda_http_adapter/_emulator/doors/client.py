"""The client's side of a front door: the request that it sends and the response that it receives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from ..._values.request import Headers

Field = tuple[str, str]
OUTER_SPACE = " \t"


class ClientRequest(NamedTuple):
    """A request as the client sends it.

    ``path`` and ``query`` are percent-encoded, ``query`` without "?". ``host`` is the value of Host, which ``headers``
    doesn't contain; if it is empty, the front door's own domain is used. Content-Length is always the length of
    ``body``: in ``headers`` it only marks its place among the others. ``client`` is the client's IP address.
    ``truncated``: ``body`` is only the beginning of the client's, and Content-Length, if the client has sent it, is
    that of the whole.
    """

    method: str = "GET"
    path: str = "/"
    query: str = ""
    headers: Sequence[tuple[bytes, bytes]] = ()
    body: bytes = b""
    host: str = ""
    scheme: str = "https"
    client: str = "203.0.113.7"
    truncated: bool = False


class ClientResponse(NamedTuple):
    """A response as the client receives it. Header names are spelled as the front door or the function spelled them."""

    status: int
    headers: Headers
    body: bytes


def text_fields(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[Field]:
    """RFC 9110, 5.5: white space around a value isn't a part of it."""
    for name, value in headers:
        yield name.decode("latin-1"), value.decode("latin-1").strip(OUTER_SPACE)


def header_value(headers: Iterable[tuple[bytes, bytes]], name: str) -> str:
    """The first value of the header ``name`` (in lower case), or ""."""
    return next((value for key, value in text_fields(headers) if key.lower() == name), "")


def media_type(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Content-Type in lower case and without parameters, or ""."""
    return header_value(headers, "content-type").partition(";")[0].strip().lower()


def matches_media_type(value: str, binary_media_types: Sequence[str]) -> bool:
    """Whether ``value`` matches one of an API's binary media types, which may be patterns such as ``image/*``.

    An empty ``value`` counts as ``application/json``.
    """
    return any(fnmatchcase(value or "application/json", pattern) for pattern in binary_media_types)


class NoEventError(Exception):
    """The front door answers with ``response`` by itself, without the function. The message says why."""

    def __init__(self, response: ClientResponse, reason: str) -> None:
        super().__init__(reason)
        self.response = response
