"""Readers that several origins share, with what no front door sends and a hand-written event may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_http_adapter._apps import wsgi
from lambda_http_adapter._apps.exchange import open_exchange
from lambda_http_adapter._apps.wsgi import build_environ
from lambda_http_adapter._values.config import Config
from lambda_http_adapter.errors import MalformedEventError
from lambda_http_adapter.origins import _fields, _http_request
from tests.support.origin_events import load_event
from tests.support.response_recorder import ResponseRecorder


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("example.com", ("example.com", None)),
        ("example.com:8443", ("example.com", 8443)),
        ("[2001:db8::5]:80", ("2001:db8::5", 80)),
        ("2001:db8::5", ("2001:db8::5", None)),
        ("example.com:", ("example.com", None)),
        ("example.com:65536", ("example.com", None)),
        ("example.com:²", ("example.com:²", None)),
        ("[2001:db8::5", ("[2001:db8::5", None)),
        ("example.com:" + "1" * 5000, ("example.com", None)),  # more digits than int() takes
    ],
)
def test_split_host(value: str, expected: tuple[str, int | None]) -> None:
    assert _http_request.split_host(value) == expected


@pytest.mark.parametrize(
    "name", ["X-Amzn-Request-Context", "x-amzn-lambda-context", "X-Amz-Tenant-Id", "Transfer-Encoding"]
)
def test_headers_that_no_app_may_believe(name: str) -> None:
    assert _fields.request_headers("alb", [(name, "chunked"), ("X-Tag", "1")]) == [(b"x-tag", b"1")]


NAME = st.sampled_from(["X-A", "x-a", "x_forwarded_for", "Cookie", "cookie", "Transfer-Encoding", "", "a b", "é"])
VALUE = st.sampled_from(
    ["", "1", "a b", "\t", "é", "€", "\ud800", "a\nb", "\r", "\0", 1, 1.5, True, None, {}, {"x": 1}]
)
MAP = st.dictionaries(NAME, VALUE | st.lists(VALUE, max_size=2), max_size=3)
EVENTS = st.fixed_dictionaries({}, optional={"headers": MAP | VALUE, "multiValueHeaders": MAP | VALUE})


@given(EVENTS, st.sampled_from(["", "multiValueHeaders"]))
def test_headers_are_the_same_when_they_are_read_all_at_once(event: dict[str, object], multi: str) -> None:
    plain = _fields._plain_headers(event, multi)
    if plain is not None:
        assert plain == _fields.request_headers("alb", _fields.pairs("alb", event, "headers", multi))


@pytest.mark.parametrize(
    ("event", "multi", "plain"),
    [
        ({"headers": {"X-A": "1", "Cookie": "a=b"}}, "", [(b"x-a", b"1"), (b"cookie", b"a=b")]),
        ({"headers": {"X-A": "1"}}, "multiValueHeaders", [(b"x-a", b"1")]),
        ({"headers": {"X-A": "1"}, "": {"X-A": ["2"], "X-B": ["3"]}}, "", [(b"x-a", b"1")]),
        ({"headers": {"X-A": "2"}, "multiValueHeaders": {"X-A": ["1"]}}, "multiValueHeaders", [(b"x-a", b"1")]),
        ({"multiValueHeaders": {"X-A": ["1"]}}, "multiValueHeaders", [(b"x-a", b"1")]),
        ({"headers": {"X-B": "2"}, "multiValueHeaders": {"X-A": ["1"]}}, "multiValueHeaders", None),
        (
            {"multiValueHeaders": {"X-A": ["1", "2"], "X-B": []}},
            "multiValueHeaders",
            [(b"x-a", b"1"), (b"x-a", b"2")],
        ),
        ({"multiValueHeaders": {"X-A": ["1", None]}}, "multiValueHeaders", None),
        ({"multiValueHeaders": {"X-A": "1"}}, "multiValueHeaders", None),
        ({"headers": {"Cookie": "1", "cookie": "2"}}, "", None),
        ({"headers": {"X-A": "é"}}, "", None),
        ({"headers": {"X-A": ["1"]}}, "", None),
        ({"headers": {"X-A\nX-B": "1\n2"}}, "", None),
        ({"headers": None}, "", None),
    ],
)
def test_which_headers_are_read_all_at_once(event: dict[str, object], multi: str, plain: object) -> None:
    assert _fields._plain_headers(event, multi) == plain


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b"])
@pytest.mark.parametrize("others", [{}, {"X-A": "1", "X-B": "2"}])
def test_a_line_break_in_a_value_is_refused(value: str, others: dict[str, str]) -> None:
    with pytest.raises(MalformedEventError, match="line break or NUL"):
        _fields.event_headers("alb", {"headers": {"X-C": value, **others}})


class CountedText(str):
    """Counts the characters that ``+`` copies to append it to another text."""

    __slots__ = ()
    copied = 0

    def lower(self) -> "CountedText":
        return self

    def __radd__(self, other: str) -> "CountedText":
        CountedText.copied += len(other) + len(self)
        return CountedText(str(other) + str(self))

    def __add__(self, other: str) -> "CountedText":
        CountedText.copied += len(other) + len(self)
        return CountedText(str(self) + str(other))


class CountedBytes(bytes):
    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> CountedText:
        return CountedText(super().decode(encoding, errors))


@pytest.mark.parametrize("repeats", [1, 100, 1000])
def test_each_value_of_a_repeated_header_is_copied_once(repeats: int) -> None:
    CountedText.copied = 0
    joined, _ = _fields.joined_headers([(b"x-tag", CountedBytes(b"%d" % number)) for number in range(repeats)])
    assert joined == {"x-tag": ", ".join(map(str, range(repeats)))}
    assert CountedText.copied <= 2 * len(joined["x-tag"])


def test_no_cache_keeps_a_long_text_of_a_client() -> None:
    long = "x" * 101
    event = load_event("function_url", "plain") | {"headers": {long: "1", "host": long, "x-forwarded-proto": long}}
    exchange = open_exchange(event, None, Config(), ResponseRecorder())
    assert build_environ(exchange)["HTTP_" + long.upper()] == "1"
    assert exchange.request.server == (long, 443)
    assert long not in _fields._NAMES
    assert long.encode() not in wsgi._ENVIRON_KEY
    hits = _http_request.server_at.cache_info().hits
    _http_request.server_at(long, b"", exchange.event["requestContext"]["domainName"], "https")  # type: ignore[index]
    assert _http_request.server_at.cache_info().hits == hits


def test_a_cache_keeps_so_many_texts_of_clients() -> None:
    for number in range(3000):
        _fields.request_headers("alb", [(f"x-{number}", "1")])
    assert len(_fields._NAMES) <= 1024
    assert _fields.request_headers("alb", [("X-7", "1")]) == [(b"x-7", b"1")]
