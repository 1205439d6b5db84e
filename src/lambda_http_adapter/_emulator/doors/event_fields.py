"""The parts of an event that several front doors make in the same way: headers, parameters and the body."""

from __future__ import annotations

import secrets
import time
from base64 import b64encode
from collections.abc import Container, Iterable, Iterator

from .client import ClientRequest, Field, text_fields

# RFC 9110, 7.6.1. Expect too: the server that the client is connected to answers it.
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


def client_fields(request: ClientRequest, own_domain: str, without: Container[str] = ()) -> Iterator[Field]:
    """Host, then the client's own headers except those named in ``without`` (in lower case)."""
    yield "Host", request.host or own_domain
    length = str(len(request.body))
    sent = False
    for name, value in text_fields(request.headers):
        lower = name.lower()
        if lower == "content-length":
            if not sent and lower not in without:
                yield name, value if request.truncated else length
            sent = True
        elif lower not in ("host", "transfer-encoding") and lower not in without:
            yield name, value
    if request.body and not sent and not request.truncated and "content-length" not in without:
        yield "Content-Length", length


def with_forwarded(fields: Iterable[Field], request: ClientRequest) -> list[Field]:
    """``fields`` with the four headers that API Gateway, Function URLs and load balancers set.

    X-Forwarded-For and X-Amzn-Trace-Id continue the client's own; X-Forwarded-Port and -Proto replace them.
    """
    fields = list(fields)
    hops = [value for name, value in fields if name.lower() == "x-forwarded-for"]
    traces = [value for name, value in fields if name.lower() == "x-amzn-trace-id"]
    return [
        *((name, value) for name, value in fields if name.lower() not in _FORWARDED),
        ("X-Amzn-Trace-Id", traces[0] if traces else f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"),
        ("X-Forwarded-For", ", ".join([*hops, request.client])),
        ("X-Forwarded-Port", _port(request)),
        ("X-Forwarded-Proto", request.scheme),
    ]


def _port(request: ClientRequest) -> str:
    _, _, port = request.host.rpartition(":")
    if port.isdecimal():
        return port
    return "443" if request.scheme == "https" else "80"


def group_headers(fields: Iterable[Field], lower: bool = False) -> dict[str, list[str]]:
    """All values of each header, under the first spelling of its name, or under the name in lower case."""
    spelling: dict[str, str] = {}
    groups: dict[str, list[str]] = {}
    for name, value in fields:
        key = spelling.setdefault(name.lower(), name.lower() if lower else name)
        groups.setdefault(key, []).append(value)
    return groups


def group_parameters(pairs: Iterable[Field]) -> dict[str, list[str]]:
    """All values of each query parameter. Unlike a header's, its name is case-sensitive."""
    groups: dict[str, list[str]] = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    return groups


def last_values(groups: dict[str, list[str]]) -> dict[str, str]:
    return {name: values[-1] for name, values in groups.items()}


def joined_values(groups: dict[str, list[str]], separator: str) -> dict[str, str]:
    return {name: separator.join(values) for name, values in groups.items()}


def event_body(body: bytes, is_text: bool) -> tuple[str, bool]:
    """The body as a string, and whether that is base64: always if it isn't UTF-8, whatever its media type."""
    if is_text:
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return b64encode(body).decode("ascii"), bool(body)
