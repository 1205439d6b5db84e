"""The client's ends of an exchange, and what several front doors do to fields, parameters and bodies."""

from __future__ import annotations

import secrets
import time
from base64 import b64encode
from collections.abc import Container, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from ..._values.request import Headers

Field = tuple[str, str]


class ClientRequest(NamedTuple):
    """A request as it leaves the client: ``path`` and ``query`` (without "?") are percent-encoded.

    ``host`` is what Host says, which is not among ``headers``; where empty, the front door's own name. Content-Length
    is always that of ``body``; naming it among ``headers`` gives it a place there.
    """

    method: str = "GET"
    path: str = "/"
    query: str = ""
    headers: Sequence[tuple[bytes, bytes]] = ()
    body: bytes = b""
    host: str = ""
    scheme: str = "https"
    client: str = "203.0.113.7"


class ClientResponse(NamedTuple):
    """What arrives at the client; names of headers as the front door or the function wrote them."""

    status: int
    headers: Headers
    body: bytes


# RFC 9110, 7.6.1. Expect is answered by whom the client is connected to.
HOP_BY_HOP = frozenset(
    {
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_FORWARDED = ("x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto")


def client_fields(request: ClientRequest, host: str, without: Container[str] = ()) -> Iterator[Field]:
    """Host, then the client's own fields but those named in ``without`` (in lower case)."""
    yield "Host", request.host or host
    length = str(len(request.body))
    sent = False
    for name, value in text_fields(request.headers):
        lower = name.lower()
        if lower == "content-length":
            if not sent and lower not in without:
                yield name, length
            sent = True
        elif lower not in ("host", "transfer-encoding") and lower not in without:
            yield name, value
    if request.body and not sent and "content-length" not in without:
        yield "Content-Length", length


def text_fields(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[Field]:
    for name, value in headers:
        yield name.decode("latin-1"), value.decode("latin-1")


def forwarded(fields: Iterable[Field], request: ClientRequest) -> list[Field]:
    """The same with the four that API Gateway, Function URLs and load balancers add.

    X-Forwarded-For goes on from the client's own, port and scheme are true, a trace goes on.
    """
    fields = list(fields)
    hops = [value for name, value in fields if name.lower() == "x-forwarded-for"]
    traces = [value for name, value in fields if name.lower() == "x-amzn-trace-id"]
    _, _, port = request.host.rpartition(":")
    return [
        *(field for field in fields if field[0].lower() not in _FORWARDED),
        ("X-Amzn-Trace-Id", traces[0] if traces else f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"),
        ("X-Forwarded-For", ", ".join([*hops, request.client])),
        ("X-Forwarded-Port", port if port.isdecimal() else "443" if request.scheme == "https" else "80"),
        ("X-Forwarded-Proto", request.scheme),
    ]


def grouped(fields: Iterable[Field], lower: bool = False) -> dict[str, list[str]]:
    """Every value under the first spelling of its name, or under the lower-cased one."""
    spelling: dict[str, str] = {}
    groups: dict[str, list[str]] = {}
    for name, value in fields:
        key = spelling.setdefault(name.lower(), name.lower() if lower else name)
        groups.setdefault(key, []).append(value)
    return groups


def listed(pairs: Iterable[Field]) -> dict[str, list[str]]:
    """The same for query parameters, whose case means something."""
    groups: dict[str, list[str]] = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    return groups


def last(groups: dict[str, list[str]]) -> dict[str, str]:
    return {name: values[-1] for name, values in groups.items()}


def joined(groups: dict[str, list[str]], separator: str) -> dict[str, str]:
    return {name: separator.join(values) for name, values in groups.items()}


def field(headers: Iterable[tuple[bytes, bytes]], name: str) -> str:
    """The first value of ``name`` (in lower case), or ""."""
    return next((value for key, value in text_fields(headers) if key.lower() == name), "")


def media_type(headers: Iterable[tuple[bytes, bytes]]) -> str:
    return field(headers, "content-type").partition(";")[0].strip().lower()


def matches_media_type(value: str, binary_media_types: Sequence[str]) -> bool:
    """``value`` against what an API calls binary, "*/*" and "image/*" among it; it takes none for JSON."""
    return any(fnmatchcase(value or "application/json", pattern) for pattern in binary_media_types)


def event_body(body: bytes, text: bool) -> tuple[str, bool]:
    """The body as JSON holds it, and whether that is base64. What is not UTF-8 can't be text, whatever its type."""
    if text:
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return b64encode(body).decode("ascii"), bool(body)
