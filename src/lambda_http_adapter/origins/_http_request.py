"""The request that an origin's ``decode`` returns, and its parts: scheme, server, client, path and query.

Paths and queries stay percent-encoded as the client sent them, unless the origin decodes them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, unquote_to_bytes

if TYPE_CHECKING:
    from .._values.config import Config
    from .._values.request import Headers

_UNRESERVED = b"_.-~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# RFC 3986's pchar and "/": the canonical encoding of a path whose own encoding is lost.
_PCHAR = _UNRESERVED + b"/!$&'()*+,;=:@"
# What a request line can carry unchanged: printable ASCII. "%" too, because these texts are percent-encoded already.
_QUERY_BYTES = bytes(range(0x21, 0x7F)).replace(b"#", b"")
_PATH_BYTES = _QUERY_BYTES.replace(b"?", b"")
_FORM_BYTES = _UNRESERVED + b" "

_HTTP_VERSIONS = {"HTTP/1.0": "1.0", "HTTP/2": "2", "HTTP/2.0": "2", "HTTP/3": "3", "HTTP/3.0": "3"}


# RFC 9110 §5.6.2
_TOKEN = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def is_token(text: str) -> bool:
    """Whether HTTP allows ``text`` as a method or as the name of a header."""
    return text != "" and text.isascii() and text.encode().translate(None, _TOKEN) == b""


class HTTPRequest(NamedTuple):
    """One HTTP request, as an origin's ``decode`` returns it and every app receives it.

    The fields are named and encoded as in the ASGI HTTP connection scope; a WSGI environ is made of the same values.
    https://asgi.readthedocs.io/en/latest/specs/www.html#http-connection-scope
    """

    method: str
    """Such as ``"GET"``, in upper case."""
    path: str
    """Percent-decoded; starts with ``root_path``."""
    raw_path: bytes
    """The same path percent-encoded: as the client sent it, or the canonical encoding if that is lost."""
    query_string: bytes
    """Percent-encoded, without "?"."""
    headers: Headers
    """A list of names, in lower case, and values. A repeated header is repeated here. An app reads as many bytes of the
    body as ``content-length`` says."""
    body: bytes
    """The whole body, decoded if the event has it as base64."""
    scheme: str = "https"
    """``"http"`` or ``"https"``."""
    server: tuple[str, int] = ("localhost", 443)
    """Host and port that the client called."""
    client: tuple[str, int] | None = None
    """The client's IP address and port, with port 0 if the event has none; None if it doesn't have the address."""
    http_version: str = "1.1"
    """``"1.0"``, ``"1.1"``, ``"2"`` or ``"3"``: the version that the client speaks."""
    root_path: str = ""
    """The percent-decoded prefix of ``path`` that isn't part of the app's routes, such as an API's stage."""


def build_request(
    *,
    method: str,
    path: str,
    query_string: bytes,
    headers: Headers,
    body: bytes,
    default_scheme: str,
    config: Config,
    is_forwarded: bool = True,
    domain: str = "",
    stage: str = "",
    client: tuple[str, int] | None = None,
    protocol: object = None,
) -> HTTPRequest:
    """The request, completed with what is derived in the same way for every origin.

    ``path`` is percent-encoded and doesn't include the stage. ``stage`` is the stage's name, "" for an origin without
    stages. ``is_forwarded``: the front door itself writes X-Forwarded-Proto and -Port, which then decide, the scheme in
    place of ``default_scheme``. ``domain`` counts if there is no Host header. ``protocol`` is the event's, such as
    HTTP/2.0. The options forwarded_proto and forwarded_host override all of these.
    """
    if config.authorization_source:
        _move_authorization(headers, config.authorization_source)
    first = dict(reversed(headers))  # the first value of each name
    if body or b"content-length" in first:
        _set_content_length(headers, len(body))
    authority = first.get(b"host", b"").decode("latin-1")
    scheme, port = default_scheme, b""
    if is_forwarded:
        proto = first.get(b"x-forwarded-proto", b"")
        scheme = (_SCHEMES[proto] if proto in _SCHEMES else forwarded_scheme(proto)) or default_scheme
        port = first.get(b"x-forwarded-port", b"")
    if config.forwarded_proto:
        forwarded = _SCHEMES.get(config.forwarded_proto) or forwarded_scheme(first.get(config.forwarded_proto, b""))
        if forwarded:
            scheme, port = forwarded, b""
    if config.forwarded_host:
        forwarded_host = first.get(config.forwarded_host, b"").partition(b",")[0].strip()
        if forwarded_host:
            authority, domain, port = forwarded_host.decode("latin-1"), "", b""
            _replace(headers, b"host", forwarded_host)
    # A client chooses what the cache has as keys: long ones are not kept.
    find_server = server_at if len(authority) + len(port) <= 100 else server_at.__wrapped__
    root_path = _stage_prefix(stage, domain or authority) if stage else ""
    if config.base_path:
        below_base = strip_base(path, config.base_path)
        if below_base is not None:
            path = below_base
            root_path += config.base_path
    if config.root_path != "auto":
        root_path = config.root_path
    raw_path = path_below(root_path, path)
    return HTTPRequest(  # by position: names take twice as long
        method,
        unquote_to_bytes(raw_path).decode("utf-8", "replace") if "%" in raw_path else raw_path,
        raw_path.encode(),
        query_string,
        headers,
        body,
        scheme,
        find_server(authority, port, domain, scheme),
        client,
        _HTTP_VERSIONS.get(protocol, "1.1") if isinstance(protocol, str) else "1.1",
        root_path,
    )


def _stage_prefix(stage: str, host: str) -> str:
    """The client's URL has the stage on execute-api domains. On a custom domain the base path mapping replaces it."""
    return "/" + stage if ".execute-api." in host else ""


def _move_authorization(headers: Headers, source: bytes) -> None:
    """Replace Authorization by the first value of ``source``, if there is one."""
    moved = [value for name, value in headers if name == source]
    if moved:
        headers[:] = [field for field in headers if field[0] not in (source, b"authorization")]
        headers.append((b"authorization", moved[0]))


def _replace(headers: Headers, name: bytes, value: bytes) -> None:
    """Make ``value`` the only one of the header ``name``, in the place of the first."""
    places = [index for index, field in enumerate(headers) if field[0] == name]
    if places:
        headers[places[0]] = (name, value)
    else:
        headers.append((name, value))
    for index in reversed(places[1:]):
        del headers[index]


def _set_content_length(headers: Headers, size: int) -> None:
    """Make Content-Length true: WSGI apps read as many bytes.

    REST APIs don't send it, base64 events have the length of the client's bytes, hand-written events any value.
    """
    _replace(headers, b"content-length", b"%d" % size)


# Scheme and server


_SCHEMES = {b"https": "https", b"http": "http", b"": ""}


def forwarded_scheme(forwarded_proto: bytes) -> str:
    """The first entry of X-Forwarded-Proto; "" if it is neither http nor https."""
    entry = forwarded_proto.partition(b",")[0].strip().lower()
    return _SCHEMES.get(entry, "")


# Cached: a function is usually called under one name.
@lru_cache(maxsize=64)
def server_at(authority: str, forwarded_port: bytes, domain: str, scheme: str) -> tuple[str, int]:
    """Host and port, each from the first source that has it.

    host  Host header (``authority``), the event's domain, localhost
    port  Host header, X-Forwarded-Port, the default port of ``scheme``

    A Host header that isn't a host has neither.
    """
    host, port = split_host(authority)
    if not _is_host(host):
        host, port = domain if _is_host(domain) else "localhost", None
    if port is None:
        port = _port(forwarded_port.decode("latin-1").partition(",")[0].strip())
    default_port = 443 if scheme == "https" else 80
    return host, port or default_port


# RFC 3986 §3.2.2: a registered name, which may be an IPv4 address.
_HOST_BYTES = b"%!$&'()*+,;=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _is_host(host: str) -> bool:
    if ":" in host:
        return _is_ipv6_address(host)
    return host != "" and host.isascii() and host.encode().translate(None, _HOST_BYTES) == b""


def _is_ipv6_address(host: str) -> bool:
    from ipaddress import AddressValueError, IPv6Address

    try:
        return IPv6Address(host).scope_id is None  # a zone, such as %eth0, means something to the client alone
    except AddressValueError:
        return False


def split_host(value: str) -> tuple[str, int | None]:
    """``host``, ``host:port``, ``[v6]:port`` or a bare IPv6 address as host and port; anything else is the host."""
    if value.startswith("["):
        host, bracket, rest = value[1:].partition("]")
        if not bracket or ":" not in host or rest[:1] not in ("", ":"):
            return value, None
        digits = rest[1:]
    elif value.count(":") == 1:
        host, _, digits = value.partition(":")
    else:
        return value, None
    if digits and not (digits.isascii() and digits.isdecimal()):
        return value, None
    return host, _port(digits)


def _port(digits: str) -> int | None:
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 5:
        return None
    port = int(digits)
    return port if port < 65536 else None


# The client


def client_behind(address: object, headers: Headers, trusted_proxies: int) -> tuple[str, int] | None:
    """The client of an event that has the ``address`` of the front door's caller: that one, or behind
    ``trusted_proxies`` the one that X-Forwarded-For has before them.

    None if the event has no text that is an address.
    """
    if trusted_proxies:
        client = client_from_forwarded(headers, trusted_proxies)
        if client is not None:
            return client
    if isinstance(address, str) and address and address.isascii() and address.isprintable():
        return address, 0
    return None


def client_from_forwarded(headers: Headers, trusted_proxies: int) -> tuple[str, int] | None:
    """The client in X-Forwarded-For, to which every proxy appends the address that it was called from.

    The front door appends the last entry. Each of ``trusted_proxies`` proxies in front of it appends one more: the
    first of these entries is the client. Entries to the left of it come from the client and may be forged.
    """
    forwarded = b",".join([value for name, value in headers if name == b"x-forwarded-for"])
    entries = forwarded.decode("latin-1").split(",")
    client = max(0, len(entries) - 1 - trusted_proxies)
    host, port = split_host(entries[client].strip())
    return (host, port or 0) if host and host.isascii() and host.isprintable() else None


# Paths


def strip_segments(path: str, prefix: str) -> str | None:
    """``path`` without ``prefix``; None if it doesn't start with these segments as a whole."""
    if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "/"):
        return path[len(prefix) :]
    return None


def strip_base(path: str, base: str) -> str | None:
    """The same for a percent-encoded ``path`` and a decoded ``base``, whichever way the path encodes it."""
    segments = base.count("/") + 1
    head = "/".join(path.split("/", segments)[:segments])
    return path[len(head) :] if unquote(head) == base else None


def canonical_path(path: str) -> str:
    """Percent-encode a decoded path. "?", "#" and "%" are encoded too: unencoded, they mean something else in a URL."""
    return _quoted(path, _PCHAR)


def path_below(root_path: str, path: str) -> str:
    """The percent-encoded ``path`` behind the decoded ``root_path``, as a request line can carry it.

    root_path  path  result
    ""         ""    "/"
    ""         "a"   "/a"
    "/v1"      ""    "/v1"
    "/v1"      "a"   "/v1/a"
    "/v1"      "/a"  "/v1/a"
    """
    if not path.startswith("/") and (path or not root_path):
        path = "/" + path
    path = _quoted(path, _PATH_BYTES)
    return canonical_path(root_path) + path if root_path else path


def _quoted(text: str, safe: bytes) -> str:
    """``text`` with all bytes but ``safe`` percent-encoded. A lone surrogate becomes "?".

    urllib's quote() takes five times as long: it looks at each byte, and a text has few kinds of bytes to encode.
    """
    data = text.encode("utf-8", "replace")
    unsafe = data.translate(None, safe)
    if unsafe:
        for byte in sorted({*unsafe}, key=_PERCENT.__ne__):  # "%" first: the others bring more of it
            data = data.replace(bytes((byte,)), b"%%%02X" % byte)
    return data.decode()


_PERCENT = ord("%")


# Queries


def query_bytes(query: str) -> bytes:
    """A percent-encoded query as a request line can carry it."""
    return _quoted(query, _QUERY_BYTES).encode()


def raw_query(fields: Iterable[tuple[str, str]]) -> bytes:
    """The query of names and values that the origin took from it without decoding them.

    It has split them at "&" and at the first "=". In a hand-written event they may hold these characters all the same.
    """
    parameters = []
    for name, value in fields:
        if "&" in name or "=" in name or "&" in value:
            name, value = name.replace("&", "%26").replace("=", "%3D"), value.replace("&", "%26")
        parameters.append(f"{name}={value}")
    return query_bytes("&".join(parameters))


def form_query(fields: Collection[tuple[str, str]]) -> bytes:
    """The query of decoded names and values, encoded as a form sends them."""
    query = "&".join([f"{name}={value}" for name, value in fields])
    if query.count("=") == len(fields) and query.count("&") == max(0, len(fields) - 1):
        quoted = _quoted(query, _FORM_BYTES + b"&=")
    else:  # some are in the texts
        quoted = "&".join([f"{_quoted(name, _FORM_BYTES)}={_quoted(value, _FORM_BYTES)}" for name, value in fields])
    return quoted.replace(" ", "+").encode()
