"""Paths and queries, which stay percent-encoded as the client had them wherever the origin leaves them so."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote

# What may stand in a request line as it is. "%" among it: these texts are percent-encoded already.
_PATH_SAFE = "%/:@!$&'()*+,;=~[]{}|\\^`\"<>"
_QUERY_SAFE = _PATH_SAFE + "?"
# RFC 3986's pchar and "/": the canonical form of a path whose own encoding is lost.
_PCHAR = "/!$&'()*+,;=:@"


def strip_segments(path: str, prefix: str) -> str | None:
    """``path`` without ``prefix``, or None where it doesn't start with those whole segments."""
    if prefix and path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "/"):
        return path[len(prefix) :]
    return None


def strip_base(path: str, base: str) -> str | None:
    """The same for a percent-encoded ``path`` and a decoded ``base``, however the path spells it."""
    if not base:
        return None
    head = "/".join(path.split("/", base.count("/") + 1)[: base.count("/") + 1])
    return path[len(head) :] if unquote(head) == base else None


def canonical_path(path: str) -> str:
    """The raw path of a decoded one. Encodes "?", "#" and "%" too, which would change its meaning in a URL."""
    return quote(path, safe=_PCHAR, errors="replace")


def _printable(text: str) -> bool:
    """Whether all of it is ASCII that may stand in a request line. (A compiled pattern would cost every cold start.)"""
    return text.isascii() and text.isprintable() and " " not in text


def raw_path(path: str) -> str:
    """A percent-encoded path with that encoded, too, which may not stand in a request line."""
    if not _printable(path) or "?" in path or "#" in path:
        path = quote(path, safe=_PATH_SAFE, errors="replace")
    return path


def query_bytes(query: str) -> bytes:
    if not _printable(query) or "#" in query:
        query = quote(query, safe=_QUERY_SAFE, errors="replace")
    return query.encode()


def raw_query(fields: Iterable[tuple[str, str]]) -> bytes:
    """Pairs that AWS took from the query as they stood there, put back without decoding or encoding them."""
    return query_bytes("&".join([f"{name}={value}" for name, value in fields]))


def form_query(fields: Iterable[tuple[str, str]]) -> bytes:
    """The query of pairs that AWS has decoded, as a form would send them."""
    return "&".join([f"{_form_text(name)}={_form_text(value)}" for name, value in fields]).encode()


def _form_text(text: str) -> str:
    # Most need no quoting, and to find that out the general way takes half of all that is done for a REST API's event.
    return text if text.isascii() and text.isalnum() else quote_plus(text, errors="replace")
