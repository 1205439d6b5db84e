"""The fake proved with the barest client there is, so that a failing loop test speaks about the loop."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Self

import pytest

from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.http_bytes import answer

NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %b\r\n\r\n"
POST = b"POST /2018-06-01/runtime/invocation/%b/%b HTTP/1.1\r\nHost: %b\r\n"

POSTED = b"POST /2018-06-01/runtime/invocation/r-1/response HTTP/1.1\r\nHost: {host}\r\n"
MODE = b"Lambda-Runtime-Function-Response-Mode"


class Client:
    """Sends what it is told to and reads answers that have a content-length."""

    def __init__(self, api: FakeRuntimeAPI) -> None:
        host, port = api.address.split(":")
        self.host = api.address.encode()
        self.socket = socket.create_connection((host, int(port)), timeout=20)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def next(self) -> None:
        self.send(NEXT % self.host)

    def post(self, request_id: str, rest: bytes, to: bytes = b"response") -> None:
        self.send(POST % (request_id.encode(), to, self.host) + rest)

    def until(self, end: bytes) -> bytes:
        data = b""
        while end not in data:
            piece = self.socket.recv(65536)
            assert piece, data
            data += piece
        return data

    def status(self) -> int:
        head, _, body = self.until(b"\r\n\r\n").partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        if len(body) < length:
            self.until(b"}")
        return int(head.split(b" ")[1])


@pytest.fixture
def api() -> Iterator[FakeRuntimeAPI]:
    with FakeRuntimeAPI() as api:
        yield api


@pytest.fixture
def client(api: FakeRuntimeAPI) -> Iterator[Client]:
    with Client(api) as client:
        yield client


def test_a_whole_invocation_on_one_connection(api: FakeRuntimeAPI, client: Client) -> None:
    delivery = api.invoke({"a": "ü"}, request_id="r-1", headers={"Lambda-Runtime-Invocation-Id": None})
    client.next()
    event = client.until(b"}")
    client.post("r-1", b'Content-Length: 4\r\nX-A: 1\r\nX-A: 2\r\n\r\n"ok"')
    request = delivery.wait()

    assert client.status() == 202
    assert event.startswith(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: r-1\r\n"
    )
    assert json.loads(event.partition(b"\r\n\r\n")[2]) == {"a": "ü"}
    assert (request.endpoint, request.request_id, request.json()) == ("response", "r-1", "ok")
    assert request.headers[-2:] == [("x-a", "1"), ("x-a", "2")]
    assert [(x.connection, x.endpoint) for x in api.requests] == [(0, "next"), (0, "response")]


def test_next_blocks_until_there_is_an_event(api: FakeRuntimeAPI, client: Client) -> None:
    client.next()
    api.wait_until(lambda: api.received("next"))
    client.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        client.socket.recv(1)
    client.socket.settimeout(20)
    api.invoke(b"not json")
    assert client.until(b"not json").endswith(b"\r\n\r\nnot json")


def test_an_event_is_not_lost_to_a_client_that_has_gone(api: FakeRuntimeAPI, client: Client) -> None:
    client.next()
    api.wait_until(lambda: api.received("next"))
    client.socket.shutdown(socket.SHUT_WR)
    with Client(api) as other:
        other.next()
        api.wait_until(lambda: len(api.received("next")) == 2)
        api.invoke({"n": 1})
        assert b'{"n": 1}' in other.until(b"}")


def test_chunks_are_seen_while_the_request_is_still_going_on(api: FakeRuntimeAPI, client: Client) -> None:
    one, two = (api.invoke(n, headers={"Lambda-Runtime-Invocation-Id": None}) for n in (1, 2))
    chunked = b"Transfer-Encoding: chunked\r\nTrailer: X-Other, X-Fate\r\n\r\n"
    with Client(api) as other:
        client.post(one.request_id, chunked + b"3\r\nabc\r\n")
        assert one.chunk(0) == b"abc"
        other.post(two.request_id, chunked + b"A\r\n0123456789\r\n")
        assert two.chunk(0) == b"0123456789"
        client.send(b"1\r\nd\r\n")
        assert one.chunk(1) == b"d"
        assert not one.begun().complete
        client.send(b"0\r\nX-Fate: sealed\r\n\r\n")
        done = one.wait()

    assert (done.chunks, done.body, done.trailers) == ([b"abc", b"d"], b"abcd", [("x-fate", "sealed")])
    assert (done.arrivals, two.begun().arrivals) == ([0, 2], [1])
    assert not two.begun().complete


def test_a_held_body_is_not_read(api: FakeRuntimeAPI, client: Client) -> None:
    body = bytes(32 * 1024 * 1024)
    with api.hold("response"):
        client.post("r", b"Content-Length: %d\r\n\r\n" % len(body))
        client.socket.setblocking(False)
        sent = client.socket.send(body)
        client.socket.settimeout(20)
        assert sent < len(body)
        assert not api.received("response")
    client.send(body[sent:])
    assert client.status() == 202
    assert api.requests[0].body == body


def test_one_byte_at_a_time(api: FakeRuntimeAPI, client: Client) -> None:
    api.fragment = True
    api.invoke({"a": 1})
    client.next()
    assert client.until(b"}").endswith(b'{"a": 1}')


def test_a_fragment_is_one_byte() -> None:
    """Between sockets that keep apart what is written apart."""
    here, there = socket.socketpair(type=socket.SOCK_SEQPACKET)
    with here, there:
        answer(204).write(here, fragment=True)
        here.close()
        pieces = list(iter(lambda: there.recv(64), b""))
    assert pieces == [bytes([byte]) for byte in answer(204).raw]


def test_a_chunked_answer(api: FakeRuntimeAPI, client: Client) -> None:
    api.chunked = True
    api.invoke(b"0123456789")
    client.next()
    head, _, body = client.until(b"0\r\n\r\n").partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head
    assert b"Content-Length" not in head
    assert body == b"7\r\n0123456\r\n3\r\n789\r\n0\r\n\r\n"


def test_scripted_answers_are_used_up_in_order(api: FakeRuntimeAPI, client: Client) -> None:
    api.script("error", answer(413, {"errorType": "RequestEntityTooLarge"}), answer(403, {}))
    statuses = []
    for request_id in ("a", "b", "c"):
        client.post(request_id, b"Content-Length: 0\r\n\r\n", to=b"error")
        statuses.append(client.status())
    assert statuses == [413, 403, 202]


@pytest.mark.parametrize(("raw", "seen"), [(b"", b""), (b"HTTP/1.1 200 OK\r\nConte", b"HTTP/1.1 200 OK\r\nConte")])
def test_an_answer_cut_short(api: FakeRuntimeAPI, client: Client, raw: bytes, seen: bytes) -> None:
    api.next_raw(raw, then="close")
    client.next()
    with client.socket.makefile("rb") as rest:
        assert rest.read() == seen


def test_an_answer_reset(api: FakeRuntimeAPI, client: Client) -> None:
    api.next_raw(b"", then="reset")
    client.next()
    with pytest.raises(ConnectionResetError):
        client.socket.recv(1)


def test_a_204_has_no_body(api: FakeRuntimeAPI, client: Client) -> None:
    api.script("next", answer(204))
    client.next()
    assert client.until(b"\r\n\r\n") == b"HTTP/1.1 204 No Content\r\n\r\n"


def test_extensions_and_restore(api: FakeRuntimeAPI, client: Client) -> None:
    host = b"Host: %b\r\n" % client.host
    client.send(
        b"POST /2020-01-01/extension/register HTTP/1.1\r\n" + host + b"Content-Length: 13\r\n\r\n" + b'{"events":[]}'
    )
    assert b"Lambda-Extension-Identifier: " in client.until(b"}")
    api.script("restore/next", answer(200))
    client.send(b"GET /2018-06-01/runtime/restore/next HTTP/1.1\r\n" + host + b"\r\n")
    assert client.status() == 200
    client.send(b"GET /2020-01-01/extension/event/next HTTP/1.1\r\n" + host + b"\r\n")
    api.wait_until(lambda: api.received("extension/event/next"))
    assert [x.endpoint for x in api.requests] == ["extension/register", "restore/next", "extension/event/next"]


def test_many_connections_wait_at_once(api: FakeRuntimeAPI) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(Client(api)) for _ in range(16)]
        for client in clients:
            client.next()
        api.wait_until(lambda: len(api.received("next")) == len(clients))
        for n in range(len(clients)):
            api.invoke({"n": n})
        bodies = [client.until(b"}").partition(b"\r\n\r\n")[2] for client in clients]
    assert sorted(json.loads(body)["n"] for body in bodies) == list(range(len(clients)))


def test_a_closed_api_hangs_up_and_refuses(api: FakeRuntimeAPI, client: Client) -> None:
    client.next()
    api.wait_until(lambda: api.received("next"))
    api.close()
    assert client.socket.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        Client(api)


@pytest.mark.parametrize(
    ("start", "rest", "violation"),
    [
        (b"GET {next} HTTP/1.1\r\n", b"\r\n", "host is []"),
        (b"GET {next} HTTP/1.0\r\nHost: {host}\r\n", b"\r\n", "version 'HTTP/1.0'"),
        (b"GET {next} HTTP/1.1\r\nHost: {host}\r\n", b"Content-Length: 1\r\n\r\n.", "GET with a body"),
        (b"GET {next} HTTP/1.1\nHost: {host}\n", b"\n", "does not end in CRLF"),
        (b"GET {next}\r\n", b"\r\n", "request line"),
        (b"GET /next HTTP/1.1\r\nHost: {host}\r\n", b"\r\n", "no such endpoint"),
        (POSTED, b"\r\n", "0 framings"),
        (POSTED, b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "2 framings"),
        (POSTED, b"Content-Length: -1\r\n\r\n", "content-length '-1'"),
        (POSTED, b"Content-Length: 0\r\nExpect: 100-continue\r\n\r\n", "Expect"),
        (POSTED, b"Content-Length: 0\r\nX: \xc3\xbc\r\n\r\n", "field"),
        (POSTED, b"Content-Length: 0\r\nX : 1\r\n\r\n", "field"),
        (POSTED, b"Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n", "transfer-encoding ['gzip']"),
        (POSTED, b"Transfer-Encoding: chunked\r\n\r\n0x1\r\n", "chunk size b'0x1'"),
        (POSTED, b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", "does not end in CRLF"),
        (POSTED, b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-Fate: 1\r\n\r\n", "trailer x-fate is not declared"),
        (POSTED, b"Content-Length: 0\r\n" + MODE + b": buffered\r\n\r\n", "response mode 'buffered'"),
    ],
)
def test_a_violation_is_reported(start: bytes, rest: bytes, violation: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(violation)):
        violate(start.replace(b"{next}", b"/2018-06-01/runtime/invocation/next") + rest)


def violate(request: bytes) -> None:
    with FakeRuntimeAPI() as api, Client(api) as client:
        client.send(request.replace(b"{host}", client.host))
        api.wait_until(lambda: api.violations)


def test_a_second_answer_and_a_foreign_invocation_id_are_violations() -> None:
    with FakeRuntimeAPI(strict=False) as api, Client(api) as client:
        api.invoke({}, request_id="r-1", headers={"Lambda-Runtime-Invocation-Id": "n-1"})
        for nonce in (b"n-1", b"n-1", b"n-2"):
            client.post("r-1", b"Content-Length: 0\r\nLambda-Runtime-Invocation-Id: " + nonce + b"\r\n\r\n")
            assert client.status() == 202
    assert [violation.split(": ")[1] for violation in api.violations] == [
        "the invocation was answered before",
        "invocation id 'n-2' was not given with this request",
    ]


def test_waiting_in_vain_tells_what_was_there() -> None:
    with FakeRuntimeAPI() as api, pytest.raises(AssertionError, match="Not seen in 0"):
        api.wait_until(lambda: api.received("next"), timeout=0)
