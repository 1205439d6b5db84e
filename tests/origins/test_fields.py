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
    ("value", "expected"),
    [
        ("[2001:db8::5]", ("2001:db8::5", None)),
        ("[2001:db8::5]:", ("2001:db8::5", None)),
        ("[2001:db8::5]x80", ("[2001:db8::5]x80", None)),
        ("[localhost]:80", ("[localhost]:80", None)),
        ("[::1]]:80", ("[::1]]:80", None)),
        ("example.com:8x", ("example.com:8x", None)),
        ("example.com:65535", ("example.com", 65535)),
        ("example.com:00080", ("example.com", 80)),
        ("example.com:000080", ("example.com", None)),
        (":80", ("", 80)),
        ("", ("", None)),
    ],
)
def test_split_host_at_its_edges(value: str, expected: tuple[str, int | None]) -> None:
    assert _http_request.split_host(value) == expected


@pytest.mark.parametrize(
    ("character", "path", "query"),
    [
        ("!", b"!", b"!"),
        ("~", b"~", b"~"),
        ("%", b"%", b"%"),
        ("+", b"+", b"+"),
        (" ", b"%20", b"%20"),
        ("#", b"%23", b"%23"),
        ("?", b"%3F", b"?"),
        ("\0", b"%00", b"%00"),
        ("\x1f", b"%1F", b"%1F"),
        ("\x7f", b"%7F", b"%7F"),
        ("\x80", b"%C2%80", b"%C2%80"),
        ("\r\n", b"%0D%0A", b"%0D%0A"),
    ],
)
def test_what_a_request_line_can_carry_is_left_as_it_is(character: str, path: bytes, query: bytes) -> None:
    event = load_event("function_url", "plain") | {"rawPath": f"/{character}", "rawQueryString": character}
    request = open_exchange(event, None, Config(), ResponseRecorder()).request
    assert (request.raw_path, request.query_string) == (b"/" + path, query)


@pytest.mark.parametrize(
    ("fields", "query"),
    [
        ([], b""),
        ([("q", "")], b"q="),
        ([("q", "a&b")], b"q=a%26b"),
        ([("q", "a&b&c")], b"q=a%26b%26c"),
        ([("q", "a=b")], b"q=a%3Db"),
        ([("q&", "a"), ("r=", "b c")], b"q%26=a&r%3D=b+c"),
        ([("q", "a+b c"), ("é", "100%")], b"q=a%2Bb+c&%C3%A9=100%25"),
        ([("a", "1"), ("b", "2"), ("c", "3")], b"a=1&b=2&c=3"),
    ],
)
def test_a_query_of_decoded_parameters(fields: list[tuple[str, str]], query: bytes) -> None:
    assert _http_request.form_query(fields) == query


@pytest.mark.parametrize(
    ("forwarded", "scheme"),
    [(b"https", "https"), (b" HTTP , https", "http"), (b"", ""), (b"gopher", ""), (b",https", "")],
)
def test_the_scheme_of_the_first_entry(forwarded: bytes, scheme: str) -> None:
    assert _http_request.forwarded_scheme(forwarded) == scheme


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([(b"a", b"1")], [(b"a", b"1"), (b"x", b"new")]),
        ([(b"x", b"1"), (b"a", b"1"), (b"x", b"2")], [(b"x", b"new"), (b"a", b"1")]),
        (
            [(b"a", b"1"), (b"x", b"1"), (b"x", b"2"), (b"b", b"1"), (b"x", b"3")],
            [(b"a", b"1"), (b"x", b"new"), (b"b", b"1")],
        ),
    ],
)
def test_a_replaced_header_stays_in_the_place_of_the_first(
    headers: list[tuple[bytes, bytes]], expected: list[tuple[bytes, bytes]]
) -> None:
    _http_request._replace(headers, b"x", b"new")
    assert headers == expected


def test_the_first_of_several_authorizations_counts() -> None:
    headers = [(b"x-auth", b"1"), (b"authorization", b"0"), (b"a", b"b"), (b"x-auth", b"2")]
    _http_request._move_authorization(headers, b"x-auth")
    assert headers == [(b"a", b"b"), (b"authorization", b"1")]


HUGE = 10**5000
# The reader, the object, its key, the sentence.
REFUSED: list[tuple[str, dict[str, object], str, str]] = [
    ("mapping", {"a": [1]}, "a", "at.a is list, not an object"),
    ("mapping", {"a": 0}, "a", "at.a is int, not an object"),
    ("items", {"a": {"b": 1}}, "a", "a is dict, not an array"),
    ("items", {"a": ""}, "a", "a is str, not an array"),
    ("text", {"a": 5}, "a", "at.a is int, not a string"),
    ("text", {"a": False}, "a", "at.a is bool, not a string"),
    ("text", {"a": None}, "a", "at.a is missing"),
    ("text", {}, "a", "at.a is missing"),
    ("method", {"a": 5}, "a", "at.a is int, not a string"),
    ("method", {"a": None}, "a", "at.a is missing"),
    ("method", {"a": "get it"}, "a", "at.a isn't a method"),
    ("method", {"a": ""}, "a", "at.a isn't a method"),
]


@pytest.mark.parametrize(("reader", "parent", "key", "sentence"), REFUSED)
def test_the_error_names_the_field_and_what_it_is(
    reader: str, parent: dict[str, object], key: str, sentence: str
) -> None:
    place = {} if reader == "items" else {"at": "at."}
    with pytest.raises(MalformedEventError) as raised:
        getattr(_fields, reader)("alb", parent, key, **place)
    assert str(raised.value) == f"Malformed alb event: {sentence}."


def test_without_a_place_the_field_is_the_event_s_own() -> None:
    for reader, value in (("mapping", 5), ("text", 5), ("method", 5)):
        with pytest.raises(MalformedEventError) as raised:
            getattr(_fields, reader)("alb", {"httpMethod": value}, "httpMethod")
        assert raised.value.field == "httpMethod"


@pytest.mark.parametrize(
    ("value", "expected"),
    [("x", "x"), (True, "true"), (False, "false"), (1, "1"), (0, "0"), (-2.5, "-2.5"), (1e400, "inf")],
)
def test_a_scalar_is_written_as_in_json(value: object, expected: str) -> None:
    assert _fields.scalar("alb", "headers", value) == expected


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([1], "headers is list, not a string"),
        ({}, "headers is dict, not a string"),
        (None, "headers is NoneType, not a string"),
        (HUGE, "headers has a number that is too large"),
    ],
    ids=["list", "dict", "none", "huge"],
)
def test_what_is_no_scalar_is_refused(value: object, sentence: str) -> None:
    with pytest.raises(MalformedEventError) as raised:
        _fields.scalar("alb", "headers", value)
    assert str(raised.value) == f"Malformed alb event: {sentence}."


# The map with one value per name, the other map, the pairs.
PAIRS: list[tuple[object, object, list[tuple[str, str]]]] = [
    (None, None, []),
    ({"a": "1"}, None, [("a", "1")]),
    ({"a": "1"}, {}, [("a", "1")]),
    ({"a": "1"}, {"a": ["2", "3"]}, [("a", "2"), ("a", "3")]),
    ({"A": "1"}, {"a": ["2"]}, [("a", "2")]),
    ({"a": "1"}, {"A": ["2"]}, [("A", "2")]),
    ({"a": "1", "b": "4"}, {"a": ["2"]}, [("a", "2"), ("b", "4")]),
    ({"a": ["1", "2"], "b": None, "c": [None, True]}, None, [("a", "1"), ("a", "2"), ("c", "true")]),
    ({"a": "1"}, {"b": "2"}, [("b", "2"), ("a", "1")]),
]


@pytest.mark.parametrize(("single", "multi", "expected"), PAIRS)
def test_the_map_of_lists_comes_first(single: object, multi: object, expected: list[tuple[str, str]]) -> None:
    assert _fields.pairs("alb", {"one": single, "all": multi}, "one", "all") == expected


def test_without_a_second_map_there_is_none() -> None:
    event: dict[str, object] = {"one": {"a": "1"}, "": {"a": ["2"], "b": ["3"]}}
    assert _fields.pairs("alb", event, "one") == [("a", "1")]


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "PROPFIND", "M-SEARCH", "get", "x"])
def test_any_token_is_a_method(method: str) -> None:
    assert _fields.method("alb", {"httpMethod": method}) == method


@pytest.mark.parametrize(
    ("value", "expected"), [("é", b"\xe9"), ("名", b"\xe5\x90\x8d"), ("é名", b"\xc3\xa9\xe5\x90\x8d"), ("\ud800", b"?")]
)
@pytest.mark.parametrize("name", ["X-A", "Cookie"])
def test_a_value_that_latin_1_lacks_is_utf_8(name: str, value: str, expected: bytes) -> None:
    assert _fields.event_headers("alb", {"headers": {name: value}}) == [(name.lower().encode(), expected)]


@pytest.mark.parametrize(
    ("single", "multi", "field"),
    [
        ({"a": {}}, None, "one"),
        ({"a": [[]]}, None, "one"),
        ({"b": {}}, {"a": ["1"]}, "one"),
        ({"a": "1"}, {"a": [{}]}, "all"),
        ("a=1", None, "one"),
        (None, "a=1", "all"),
    ],
)
def test_the_error_names_the_map(single: object, multi: object, field: str) -> None:
    with pytest.raises(MalformedEventError) as raised:
        _fields.pairs("alb", {"one": single, "all": multi}, "one", "all")
    assert (raised.value.origin, raised.value.field) == ("alb", field)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("x y", "headers has the name 'x y', which no header can have"),
        ("x:" + "y" * 100, f"headers has the name {'x:' + 'y' * 78!r}, which no header can have"),
    ],
)
def test_a_name_that_no_header_can_have_is_in_the_error(name: str, sentence: str) -> None:
    with pytest.raises(MalformedEventError) as raised:
        _fields.event_headers("alb", {"headers": {name: "1"}})
    assert str(raised.value) == f"Malformed alb event: {sentence}."


def test_a_line_break_is_in_the_error() -> None:
    with pytest.raises(MalformedEventError) as raised:
        _fields.event_headers("alb", {"headers": {"x": "a\nb"}})
    assert str(raised.value) == "Malformed alb event: headers has a value with a line break or NUL."


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ({"body": 5}, "body is int, not a string"),
        ({"body": {"a": 1}}, "body is dict, not a string: write the JSON as a text"),
        ({"body": [1]}, "body is list, not a string: write the JSON as a text"),
        ({"body": "?", "isBase64Encoded": True}, "body is not valid base64"),
    ],
)
def test_the_error_of_a_body(event: dict[str, object], sentence: str) -> None:
    with pytest.raises(MalformedEventError) as raised:
        _fields.body_bytes("alb", event)
    assert str(raised.value) == f"Malformed alb event: {sentence}."


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"body": "YQ==", "isBase64Encoded": True}, b"a"),
        ({"body": "YQ==", "isBase64Encoded": "true"}, b"YQ=="),
        ({"body": "YQ==", "isBase64Encoded": 1}, b"YQ=="),
        ({"body": "YQ=="}, b"YQ=="),
        ({"body": "\ud800"}, b"?"),
        ({"body": "é"}, b"\xc3\xa9"),
    ],
)
def test_only_true_declares_base64(event: dict[str, object], expected: bytes) -> None:
    assert _fields.body_bytes("alb", event) == expected


@pytest.mark.parametrize(
    ("stage", "sentence"), [("li\nve", "isn't the name of a stage"), ("größe", "isn't the name of a stage")]
)
def test_the_error_of_a_stage(stage: str, sentence: str) -> None:
    with pytest.raises(MalformedEventError) as raised:
        _fields.stage("alb", {"stage": stage})
    assert str(raised.value) == f"Malformed alb event: requestContext.stage {sentence}."


HTTP: dict[str, object] = {"http": {"method": "GET"}}


@pytest.mark.parametrize(
    ("event", "domain"),
    [
        ({"version": "2.0", "requestContext": HTTP | {"domainName": "api.example.com"}}, "api.example.com"),
        ({"version": "2.0", "requestContext": HTTP | {"domainName": 5}}, ""),
        ({"version": "2.0", "requestContext": HTTP}, ""),
        ({"version": "2.0", "requestContext": {"domainName": "api.example.com"}}, None),
        ({"version": "2.0", "requestContext": "http"}, None),
        ({"version": "2.0"}, None),
        ({"version": "1.0", "requestContext": HTTP}, None),
        ({"version": "2.0", "requestContext": HTTP, "routeArn": "arn:"}, None),
    ],
)
def test_which_events_are_requests_in_format_2(event: dict[str, object], domain: str | None) -> None:
    assert _fields.payload_v2_domain(event) == domain


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0, "set-cookie"),
        (1, "Set-cookie"),
        (2, "sEt-cookie"),
        (3, "SEt-cookie"),
        (8, "set-Cookie"),
        (511, "SET-COOKIE"),
    ],
)
def test_the_spelling_of_each_cookie(number: int, name: str) -> None:
    assert _fields._spelling("set-cookie", number) == name


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([], ""),
        ([(b"y", b"1")], ""),
        ([(b"y", b"1"), (b"x", b"2"), (b"x", b"3")], "2"),
        ([(b"x", b"caf\xe9")], "café"),
    ],
)
def test_the_first_value_of_a_header(lines: list[tuple[bytes, bytes]], found: str) -> None:
    assert _fields.header(lines, b"x") == found


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


def test_a_cache_keeps_a_host_of_a_hundred_characters() -> None:
    _http_request.server_at.cache_clear()
    for host in "x" * 97, "x" * 98:
        event = {"httpMethod": "GET", "path": "/", "headers": {"host": host, "x-forwarded-port": "443"}}
        assert open_exchange(event, None, Config(), ResponseRecorder()).request.server == (host, 443)
    assert _http_request.server_at.cache_info().currsize == 1


def test_a_cache_keeps_so_many_texts_of_clients() -> None:
    for number in range(3000):
        _fields.request_headers("alb", [(f"x-{number}", "1")])
    assert len(_fields._NAMES) <= 1024
    assert _fields.request_headers("alb", [("X-7", "1")]) == [(b"x-7", b"1")]
