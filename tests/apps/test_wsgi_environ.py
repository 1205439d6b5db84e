"""PEP 3333's environ: in full and part by part."""

import io
import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_http_adapter._apps.exchange import open_exchange
from lambda_http_adapter._apps.wsgi import build_environ, file_wrapper, request_environ
from lambda_http_adapter._types import Environ
from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.request import Headers
from lambda_http_adapter.origins._http_request import HTTPRequest
from tests.support.invocation import CONTEXT
from tests.support.invocation import EVENT as PAYLOAD
from tests.support.response_recorder import ResponseRecorder

Event = dict[str, object]

EVENT: Event = json.loads(PAYLOAD)
HOST = "2cxn22odiwguak4feg4jtt7cwm0ziblr.lambda-url.us-west-2.on.aws"


def environ_of(event: object, config: Config = Config()) -> Environ:  # noqa: B008
    return build_environ(open_exchange(event, CONTEXT, config, ResponseRecorder()), config.rival_keys)


def test_environ() -> None:
    environ = environ_of(PAYLOAD)
    stream = environ.pop("wsgi.input")
    assert type(environ) is dict
    assert stream.read() == '{"message":"hello from the public internet","unicode":"lambda-λ"}'.encode()
    query = "repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb&literalPlus=a+b&encodedPlus=a%2Bb&empty="
    assert environ == {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/capture/space value",
        "QUERY_STRING": query,
        "REQUEST_URI": f"/capture/space%20value?{query}",
        "RAW_URI": f"/capture/space%20value?{query}",
        "SERVER_NAME": HOST,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "198.51.100.18",
        "CONTENT_LENGTH": "66",
        "CONTENT_TYPE": "application/json",
        "HTTP_ACCEPT": "*/*",
        "HTTP_COOKIE": "session=abc123; theme=dark",
        "HTTP_HOST": HOST,
        "HTTP_USER_AGENT": "curl/8.7.1",
        "HTTP_X_AMZN_TLS_CIPHER_SUITE": "TLS_AES_128_GCM_SHA256",
        "HTTP_X_AMZN_TLS_VERSION": "TLSv1.3",
        "HTTP_X_AMZN_TRACE_ID": "Root=1-6a5145aa-290a323a5de9a2e0636377d4",
        "HTTP_X_FORWARDED_FOR": "198.51.100.18",
        "HTTP_X_FORWARDED_PORT": "443",
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_VOKER_PROBE": "first,second",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.file_wrapper": file_wrapper,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "aws.event": EVENT,
        "aws.context": CONTEXT,
        "aws.request_origin": "function_url",
    }


def test_no_client_no_address() -> None:
    assert "REMOTE_ADDR" not in environ_of({"requestContext": {"elb": {}}, "httpMethod": "GET", "path": "/"})


def test_no_query_no_question_mark() -> None:
    environ = environ_of(function_url("/a%20b"))
    assert (environ["QUERY_STRING"], environ["REQUEST_URI"], environ["RAW_URI"]) == ("", "/a%20b", "/a%20b")


# Paths


def function_url(path: str) -> Event:
    return EVENT | {"rawPath": path, "rawQueryString": ""}


def rest(path: str) -> Event:
    """A REST API, whose stage is in the client's URL and not in the event's path."""
    context = {"stage": "live", "path": "/live" + path, "domainName": "a1.execute-api.eu-west-1.amazonaws.com"}
    return {"resource": "/{proxy+}", "httpMethod": "GET", "path": path, "headers": None, "requestContext": context}


def http_api(path: str) -> Event:
    """An HTTP API on a named stage, which is in the event's path; the path is decoded."""
    http = {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"}
    context = {"stage": "live", "http": http, "domainName": "a1.execute-api.eu-west-1.amazonaws.com"}
    return {"version": "2.0", "rawPath": path, "rawQueryString": "", "requestContext": context}


V1 = Config(base_path="/v1")

# Each character of a text stands for the byte of its number.
PATHS: list[tuple[Event, Config, str, str]] = [
    (function_url("/"), Config(), "", "/"),
    (function_url("/caf%C3%A9"), Config(), "", "/caf\xc3\xa9"),
    (function_url("/%E2%98%95"), Config(), "", "/\xe2\x98\x95"),
    (function_url("/a%2Fb"), Config(), "", "/a/b"),
    (function_url("/a%252Fb"), Config(), "", "/a%2Fb"),
    (function_url("/%FF%fe%80"), Config(), "", "/\xff\xfe\x80"),
    (function_url("/%00%0a"), Config(), "", "/\x00\n"),
    (function_url("/100%/%zz"), Config(), "", "/100%/%zz"),
    (function_url("/a+b;c=d,e/%3B"), Config(), "", "/a+b;c=d,e/;"),
    (function_url("//a//b/"), Config(), "", "//a//b/"),
    (function_url("/a/../b/."), Config(), "", "/a/../b/."),
    (function_url("/v1"), V1, "/v1", ""),
    (function_url("/v1/"), V1, "/v1", "/"),
    (function_url("/v1/%FF/%2F"), V1, "/v1", "/\xff//"),
    (function_url("/v10/a"), V1, "", "/v10/a"),
    (function_url("/v1/v1/a"), V1, "/v1", "/v1/a"),
    (function_url("/%76%31/a"), V1, "/v1", "/a"),
    (function_url("/gr%C3%B6%C3%9Fe/%C3%9F"), Config(base_path="/größe"), "/gr\xc3\xb6\xc3\x9fe", "/\xc3\x9f"),
    (function_url("/gr%c3%b6%c3%9fe"), Config(base_path="/größe"), "/gr\xc3\xb6\xc3\x9fe", ""),
    (function_url("/a%20b%25/c"), Config(base_path="/a b%"), "/a b%", "/c"),
    (function_url("/a/b/c"), Config(base_path="/a/b"), "/a/b", "/c"),
    (function_url("/a"), Config(root_path="/mount"), "/mount", "/a"),
    (function_url("/v1/a"), Config(base_path="/v1", root_path="/größe"), "/gr\xc3\xb6\xc3\x9fe", "/a"),
    (function_url("/v1/a"), Config(base_path="/v1", root_path=""), "", "/a"),
    (function_url("/v1"), Config(base_path="/v1", root_path=""), "", "/"),
    (rest("/"), Config(), "/live", "/"),
    (rest("/caf%C3%A9/%2F"), Config(), "/live", "/caf\xc3\xa9//"),
    (rest("/live/a"), Config(), "/live", "/live/a"),
    (rest("/v1/a"), V1, "/live/v1", "/a"),
    (rest("/v1"), V1, "/live/v1", ""),
    (http_api("/live"), Config(), "/live", ""),
    (http_api("/live/"), Config(), "/live", "/"),
    (http_api("/live/caf\xe9/a%2Fb"), Config(), "/live", "/caf\xc3\xa9/a%2Fb"),
    (http_api("/live/v1/☕"), V1, "/live/v1", "/\xe2\x98\x95"),
]


@pytest.mark.parametrize(("event", "config", "script_name", "path_info"), PATHS)
def test_the_mount_point_and_the_rest(event: Event, config: Config, script_name: str, path_info: str) -> None:
    environ = environ_of(event, config)
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == (script_name, path_info)


# Headers


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        ([("X-Real-Ip", ["192.0.2.1"]), ("X_Real_Ip", ["127.0.0.1"])], {"HTTP_X_REAL_IP": "192.0.2.1"}),
        ([("X_Real_Ip", ["127.0.0.1"])], {}),
        ([("Content_Length", ["9"]), ("Content_Type", ["text/html"])], {}),
        ([("X-Tag", ["one", "two, three", ""])], {"HTTP_X_TAG": "one, two, three, "}),
        ([("X-Tag", ["one"]), ("x-tag", ["two"])], {"HTTP_X_TAG": "one, two"}),
        ([("Cookie", ["a=1", "b=2; c=3"])], {"HTTP_COOKIE": "a=1; b=2; c=3"}),
        ([("Content-Type", ["text/plain"])], {"CONTENT_TYPE": "text/plain"}),
        ([("Content-Length", ["99"])], {"CONTENT_LENGTH": "0"}),
        ([("X-Latin", ["caf\xe9"]), ("X-Utf8", ["☕"])], {"HTTP_X_LATIN": "caf\xe9", "HTTP_X_UTF8": "\xe2\x98\x95"}),
        ([("Host", ["example.com:8443"])], {"HTTP_HOST": "example.com:8443"}),
    ],
)
def test_headers(headers: list[tuple[str, list[str]]], fields: dict[str, str]) -> None:
    environ = environ_of(rest("/") | {"multiValueHeaders": dict(headers)})
    assert {key: value for key, value in environ.items() if key.startswith(("HTTP_", "CONTENT_"))} == fields


def request(headers: Headers) -> HTTPRequest:
    return HTTPRequest("GET", "/", b"/", b"", headers, b"", "https", ("localhost", 443), None, "1.1", "")


def cpu_seconds(headers: Headers) -> float:
    """The least of a few, of the processor's time."""
    taken = []
    for _ in range(3):
        begin = time.process_time()
        request_environ(request(headers))
        taken.append(time.process_time() - begin)
    return min(taken)


def test_headers_of_one_name_cost_what_headers_of_many_names_do() -> None:
    """A client may send megabytes of them. Joined one by one they took seconds, a hundred times as long."""
    values = [b"%024d" % number for number in range(100_000)]
    repeated = [(b"x-tag", value) for value in values]
    assert request_environ(request(repeated))["HTTP_X_TAG"] == b", ".join(values).decode()
    assert cpu_seconds(repeated) < 5 * cpu_seconds([(b"x-%d" % n, value) for n, value in enumerate(values)])


@pytest.mark.parametrize(("count", "length"), [(2000, 10_000), (100_000, 0)], ids=["long", "many"])
def test_the_header_names_of_clients_are_not_kept(count: int, length: int) -> None:
    tracemalloc.start()
    for number in range(count):
        request_environ(request([(b"x-%d" % number + b"x" * length, b"")]))
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 1_000_000


def decoded(path: str, query: str, headers: dict[str, str], body: str) -> Event:
    return EVENT | {"rawPath": "/" + path, "rawQueryString": query, "headers": headers, "body": body}


# Other names and values are refused.
HEADERS = st.dictionaries(
    st.from_regex(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", fullmatch=True),
    st.text(st.characters(exclude_characters="\r\n\0")),
)


@given(st.builds(decoded, st.text(), st.text(), HEADERS, st.text()))
def test_every_text_is_legal(event: Event) -> None:
    """PEP 3333: no code point above 255, whatever JSON could hold."""
    environ = environ_of(event)
    texts = {key: value for key, value in environ.items() if isinstance(value, str)}
    assert [text for pair in texts.items() for text in pair if max(map(ord, text), default=0) > 255] == []


@given(st.binary(), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1))
def test_every_byte_of_a_path_arrives(path: bytes, base: str) -> None:
    mount = "/" + base
    environ = environ_of(function_url(quote(mount) + "/" + quote(path)), Config(base_path=mount))
    assert environ["SCRIPT_NAME"].encode("latin-1") == mount.encode()
    assert environ["PATH_INFO"].encode("latin-1") == b"/" + path
    assert unquote_to_bytes(environ["REQUEST_URI"]) == mount.encode() + b"/" + path


# The body


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (lambda stream: stream.read(), "one\ntwo\nthrée".encode()),
        (lambda stream: [stream.read(5), stream.read(100), stream.read(1)], [b"one\nt", "wo\nthrée".encode(), b""]),
        (lambda stream: [stream.readline() for _ in range(4)], [b"one\n", b"two\n", "thrée".encode(), b""]),
        (lambda stream: [stream.readline(2), stream.readline()], [b"on", b"e\n"]),
        (lambda stream: stream.readlines(), [b"one\n", b"two\n", "thrée".encode()]),
        (lambda stream: stream.readlines(1), [b"one\n"]),
        (list, [b"one\n", b"two\n", "thrée".encode()]),
    ],
    ids=["read", "read(size)", "readline", "readline(size)", "readlines", "readlines(hint)", "iter"],
)
def test_input(read: Callable[[io.BytesIO], object], expected: object) -> None:
    assert read(environ_of(EVENT | {"body": "one\ntwo\nthrée"})["wsgi.input"]) == expected


def test_input_without_a_body_is_at_its_end() -> None:
    environ = environ_of(EVENT | {"body": None})
    assert environ["wsgi.input"].read() == b""
    assert environ["CONTENT_LENGTH"] == "0"


def test_input_of_bytes() -> None:
    environ = environ_of(EVENT | {"body": "/wD+", "isBase64Encoded": True})
    assert environ["CONTENT_LENGTH"] == "3"
    assert environ["wsgi.input"].read() == b"\xff\x00\xfe"


@pytest.mark.parametrize("event", [[1], "text", 7, None, True])
def test_the_keys_of_other_adapters_for_an_event_that_is_not_an_object(event: object) -> None:
    environ = build_environ(open_exchange(event, CONTEXT, Config(), ResponseRecorder()), rival_keys=True)
    keys = ("apig_wsgi.full_event", "serverless.event", "apig_wsgi.request_context", "serverless.authorizer")
    assert [environ[key] for key in keys] == [event, event, None, None]
    assert environ["apig_wsgi.multi_value_headers"] is False
