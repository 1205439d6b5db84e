"""Readers of the fields that several origins spell the same way: pure, total, and strict about types."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, NoReturn, cast
from urllib.parse import unquote

from .._values.codec import b64decode
from .._values.request import Headers, HTTPRequest, LambdaEvent
from ..errors import MalformedEventError
from . import _url

if TYPE_CHECKING:
    from .._values.config import Config

Pairs = list[tuple[str, str]]

# Not handed on. Lambda Web Adapter tells apps about the invocation in the first three, so a client must not be able to
# send them. The last one would contradict content-length: the whole body is here, however it was transferred.
_DROPPED = frozenset({"x-amzn-request-context", "x-amzn-lambda-context", "x-amz-tenant-id", "transfer-encoding"})


def _malformed(origin: str, field: str, problem: str) -> NoReturn:
    raise MalformedEventError(origin, field, problem)


# Values


def mapping(origin: str, parent: LambdaEvent, key: str, at: str = "") -> LambdaEvent:
    """An object, or {} where it is null or absent. ``at`` is the path of ``parent``, for the error."""
    value = parent.get(key)
    if value is None:
        return {}
    if isinstance(value, dict):
        return cast("LambdaEvent", value)
    _malformed(origin, at + key, f"is {type(value).__name__}, not an object")


def items(origin: str, parent: LambdaEvent, key: str) -> list[object]:
    """An array, or [] where it is null or absent."""
    value = parent.get(key)
    if value is None:
        return []
    if isinstance(value, list):
        return value
    _malformed(origin, key, f"is {type(value).__name__}, not an array")


def text(origin: str, parent: LambdaEvent, key: str, default: str | None = None, at: str = "") -> str:
    """A string; ``default`` where it is null or absent, an error where there is no default."""
    value = parent.get(key)
    if value is None and default is not None:
        return default
    if isinstance(value, str):
        return value
    _malformed(origin, at + key, "is missing" if value is None else f"is {type(value).__name__}, not a string")


def scalar(value: object) -> str:
    """Header and query values: hand-written events hold numbers and booleans where AWS sends text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def pairs(origin: str, event: LambdaEvent, multi: str | None, single: str) -> Pairs:
    """Both maps of payload 1.0 and ALB as pairs: every value of the multi-value map, then what only the other has.

    Also reads the one map of VPC Lattice, whose values are strings or lists of strings.
    """
    found: Pairs = []
    rest = mapping(origin, event, single)
    several = mapping(origin, event, multi) if multi else {}
    if several:
        _collect(several, found)
        if rest.keys() <= several.keys():
            return found
        known = {name.lower() for name in several}
        rest = {name: value for name, value in rest.items() if name.lower() not in known}
    _collect(rest, found)
    return found


def _collect(fields: LambdaEvent, found: Pairs) -> None:
    for name, value in fields.items():
        if type(value) is str:
            found.append((name, value))
        elif isinstance(value, list):
            found.extend([(name, scalar(item)) for item in value if item is not None])
        elif value is not None:
            found.append((name, scalar(value)))


# Headers and body


@lru_cache(maxsize=1024)
def _header_name(name: str) -> bytes:
    # Cached: the same few dozen names come with every event. Nothing for one that is dropped.
    lower = name.lower()
    return b"" if lower in _DROPPED else lower.encode("utf-8", "replace")


def _header_value(value: str) -> bytes:
    """latin-1 as HTTP has it, UTF-8 for text that only JSON could carry."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace")


def request_headers(fields: Iterable[tuple[str, str]], cookies: Iterable[str] = ()) -> Headers:
    """Header pairs in ASGI's form. Cookie is the one header that joins with "; ", and frameworks read just one."""
    headers: Headers = []
    jar: list[bytes] = []
    place = 0
    for field, value in fields:
        name = _header_name(field)
        if name == b"cookie":
            if not jar:
                place = len(headers)
                headers.append((name, b""))
            jar.append(_header_value(value))
        elif name:
            headers.append((name, value.encode() if value.isascii() else _header_value(value)))
    if jar:
        headers[place] = (b"cookie", b"; ".join(jar))
    elif jar := [_header_value(cookie) for cookie in cookies]:
        headers.append((b"cookie", b"; ".join(jar)))
    return headers


def header(headers: Headers, name: bytes) -> str:
    """The first value of ``name``, or ""."""
    for key, value in headers:
        if key == name:
            return value.decode("latin-1")
    return ""


def body_bytes(origin: str, event: LambdaEvent, flag: str = "isBase64Encoded") -> bytes:
    body = text(origin, event, "body", "")
    if event.get(flag) is True:
        return base64_bytes(origin, body, "body")
    return body.encode("utf-8", "replace")


def base64_bytes(origin: str, data: str, field: str) -> bytes:
    try:
        return b64decode(data)
    except ValueError:
        _malformed(origin, field, "is not valid base64")


# Who, where


def client_at(address: object) -> tuple[str, int] | None:
    """The client at an address that came without its port."""
    return (address, 0) if isinstance(address, str) and address else None


def client_from_forwarded(headers: Headers, trusted_proxies: int) -> tuple[str, int] | None:
    """The peer that the load balancer saw, or the one that ``trusted_proxies`` proxies before it saw.

    Each proxy appends; what stands further left is the client's own claim.
    """
    forwarded = b",".join([value for name, value in headers if name == b"x-forwarded-for"])
    hops = [hop.strip() for hop in forwarded.decode("latin-1").split(",")]
    host, port = split_host(hops[max(0, len(hops) - 1 - trusted_proxies)])
    return (host, port or 0) if host else None


def split_host(value: str) -> tuple[str, int | None]:
    """``host``, ``host:port``, ``[v6]:port`` or a bare IPv6 address."""
    if value.startswith("["):
        host, _, rest = value[1:].partition("]")
        return host, _port(rest.removeprefix(":"))
    if value.count(":") == 1:
        host, _, rest = value.partition(":")
        return host, _port(rest)
    return value, None


def _port(digits: str) -> int | None:
    plain = digits.isascii() and digits.isdecimal() and len(digits) < 6
    return int(digits) if plain and int(digits) < 65536 else None


def scheme_from(headers: Headers, default: str) -> str:
    forwarded = header(headers, b"x-forwarded-proto").partition(",")[0].strip().lower()
    return forwarded if forwarded in ("http", "https") else default


def server_from(headers: Headers, domain: str, scheme: str) -> tuple[str, int]:
    return _server(header(headers, b"host"), header(headers, b"x-forwarded-port"), domain, scheme)


@lru_cache(maxsize=64)
def _server(authority: str, forwarded_port: str, domain: str, scheme: str) -> tuple[str, int]:
    # Cached: most functions have one name.
    host, port = split_host(authority)
    if port is None:
        port = _port(forwarded_port.partition(",")[0].strip())
    return host or domain or "localhost", port or (443 if scheme == "https" else 80)


def stage_prefix(context: LambdaEvent, headers: Headers) -> str:
    """``/stage`` where the client's URL has it: on execute-api domains, never on a custom domain."""
    stage = context.get("stage")
    if not isinstance(stage, str) or stage in ("", "$default"):
        return ""
    domain = context.get("domainName") or header(headers, b"host")
    return "/" + stage if isinstance(domain, str) and ".execute-api." in domain else ""


def build_request(
    *,
    method: str,
    path: str,
    query_string: bytes,
    headers: Headers,
    body: bytes,
    scheme: str,
    domain: str,
    client: tuple[str, int] | None,
    protocol: object,
    stage: str,
    config: Config,
) -> HTTPRequest:
    """What is the same everywhere: the mount point, content-length, and the parts named as ASGI names them.

    ``path`` is percent-encoded and without ``stage``, the prefix that only the client's URL has.
    """
    rest = _url.strip_base(path, config.base_path)
    mount = stage if rest is None else stage + config.base_path
    root_path = mount if config.root_path == "auto" else config.root_path
    if rest is None:
        rest = path
    if not rest.startswith("/") and (rest or not root_path):
        rest = "/" + rest
    raw_path = _url.raw_path(rest)
    if root_path:
        raw_path = _url.canonical_path(root_path) + raw_path
    if config.authorization_source:
        _move_authorization(headers, config.authorization_source)
    _correct_content_length(headers, len(body))
    return HTTPRequest(
        method=method,
        path=unquote(raw_path) if "%" in raw_path else raw_path,
        raw_path=raw_path.encode(),
        query_string=query_string,
        headers=headers,
        body=body,
        scheme=scheme,
        server=server_from(headers, domain, scheme),
        client=client,
        http_version=_HTTP_VERSIONS.get(protocol, "1.1") if isinstance(protocol, str) else "1.1",
        root_path=root_path,
    )


_HTTP_VERSIONS = {"HTTP/1.0": "1.0", "HTTP/2": "2", "HTTP/2.0": "2", "HTTP/3": "3", "HTTP/3.0": "3"}


def _move_authorization(headers: Headers, source: bytes) -> None:
    moved = [value for name, value in headers if name == source]
    if moved:
        headers[:] = [field for field in headers if field[0] not in (source, b"authorization")]
        headers.append((b"authorization", moved[0]))


def _correct_content_length(headers: Headers, size: int) -> None:
    # REST sends none, base64 events that of the client's bytes, hand-written ones anything; WSGI reads by it.
    places = [index for index, (name, _) in enumerate(headers) if name == b"content-length"]
    if places:
        headers[places[0]] = (b"content-length", b"%d" % size)
        for index in reversed(places[1:]):
            del headers[index]
    elif size:
        headers.append((b"content-length", b"%d" % size))
