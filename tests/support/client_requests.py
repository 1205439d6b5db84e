"""Hypothesis strategies for the requests that clients may send."""

from urllib.parse import quote

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from lambda_http_adapter._emulator.doors.client import ClientRequest

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no finding
EACH_DOOR = settings(UNHURRIED, max_examples=40)  # of each of about ten front doors, most of whose code is the same

# Every ASCII character that HTTP parsers let through in a request line.
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_ESCAPES = st.one_of(
    st.integers(0, 255).map(lambda byte: f"%{byte:02X}"),
    st.integers(0, 255).map(lambda byte: f"%{byte:02x}"),
    st.text(max_size=3).map(lambda text: quote(text, safe="", errors="replace")),
)


def _encoded(characters: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(characters) | _ESCAPES, max_size=12).map("".join)


PATHS = st.lists(_encoded("".join(set(_PRINTABLE) - set("?#/"))), max_size=5).map(
    lambda segments: "/" + "/".join(segments)
)
QUERIES = st.lists(_encoded("".join(set(_PRINTABLE) - set("#&"))), max_size=5).map("&".join) | st.lists(
    st.sampled_from(["a=1", "a=2", "b=%20", "b=+", "c", "c=", "", "=", "d=e=f"]), max_size=6
).map("&".join)

_LATIN1 = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100)]))
VALUES = st.text(_LATIN1, max_size=12).map(lambda value: value.strip().encode("latin-1"))
NAMES = [b"X-Tag", b"x-tag", b"X-Note", b"Accept", b"accept", b"User-Agent"]
_HEADERS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=6)
_FORWARDED = st.lists(st.just((b"X-Forwarded-For", b"192.0.2.1, 192.0.2.2")), max_size=2)

_COOKIES = st.lists(st.sampled_from(["a=1", "b=", "theme=dark", 'q="x y"', "e==", "bare"]), min_size=1, max_size=4)
_COOKIE_LINES = st.lists(
    st.tuples(st.sampled_from(["; ", ";", " ;  "]), _COOKIES).map(
        lambda line: (b"Cookie", line[0].join(line[1]).encode())
    ),
    max_size=3,
)

_TYPES = ["", "text/plain; charset=utf-8", "application/json", "application/problem+json", "image/png", "text/csv"]
_TYPES += ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "TEXT/HTML", "image/svg+xml"]
_CONTENT = st.tuples(
    st.sampled_from(_TYPES), st.sampled_from(["", "", "gzip"]), st.text().map(str.encode) | st.binary()
)

HOSTS = ["shop.example.com", "shop.example.com:8443", "[2001:db8::5]:3000"]


def _request(
    method: str,
    path: str,
    query: str,
    headers: list[tuple[bytes, bytes]],
    content: tuple[str, str, bytes],
    host: str,
    scheme: str,
    client: str,
) -> ClientRequest:
    content_type, coding, body = content
    if content_type:
        headers = [*headers, (b"Content-Type", content_type.encode())]
    if coding:
        headers = [*headers, (b"Content-Encoding", coding.encode())]
    return ClientRequest(method, path, query, headers, body, host, scheme, client)


REQUESTS = st.builds(
    _request,
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
    path=PATHS,
    query=QUERIES,
    headers=st.tuples(_HEADERS, _FORWARDED, _COOKIE_LINES)
    .map(lambda groups: [field for group in groups for field in group])
    .flatmap(st.permutations),
    content=_CONTENT,
    host=st.sampled_from(HOSTS),
    scheme=st.sampled_from(["http", "https"]),
    client=st.sampled_from(["203.0.113.7", "2001:db8::7"]),
)
