"""`dev --origin websocket`: clients of the package websockets, a function that uses boto3."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from lambda_http_adapter._emulator.dev.front_door import FrontDoorOptions
from lambda_http_adapter._emulator.dev.history import History
from lambda_http_adapter._emulator.dev.routes import RouteSelection
from lambda_http_adapter._emulator.dev.terminal import TerminalLog
from lambda_http_adapter._emulator.dev.websocket_api import WebSocketAPI, WebSocketOptions
from lambda_http_adapter._emulator.doors.door import find_door
from lambda_http_adapter._emulator.sandbox.function import FunctionSettings
from lambda_http_adapter._emulator.sandbox.pool import Pool
from lambda_http_adapter._types import Message
from tests.support.dev_process import PATIENCE, Dev, Gate
from tests.support.websocket_client import (
    CLOSE_WITHOUT_CODE,
    closing,
    connected,
    echo,
    heard,
    http_url,
    management,
    raw_socket,
    refused,
    saved,
    say,
)

HANDLER = "tests.support.websocket_apps:handler"


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    with Dev(HANDLER, "--origin", "websocket", cwd=tmp_path_factory.mktemp("dev")) as dev:
        yield dev


# The events


def test_a_handshake(tmp_path: Path) -> None:
    with Dev(HANDLER, "--origin", "websocket", "--save-events", "events", cwd=tmp_path) as dev:
        with connected(dev, "/?a=1&a=2&b=%C3%A9", headers=[("X-Two", "1"), ("X-Two", "2")]):
            (event,) = saved(tmp_path / "events", "CONNECT")
        headers = {name.lower(): values for name, values in event["multiValueHeaders"].items()}
        host = dev.url.removeprefix("ws://")
        assert (headers["host"], headers["x-two"]) == ([host], ["1", "2"])
        assert "upgrade" not in headers
        assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": ["é"]}
        assert event["queryStringParameters"] == {"a": "2", "b": "é"}
        context = event["requestContext"]
        assert (context["eventType"], context["routeKey"], context["stage"]) == ("CONNECT", "$connect", "prod")
        assert (context["domainName"], context["identity"]["sourceIp"]) == (host, "127.0.0.1")
        line = dev.line("request", method="CONNECT")
        assert (line["target"], line["status"]) == (f"$connect {context['connectionId']}", 101)


def test_messages_of_one_connection(dev: Dev) -> None:
    with connected(dev) as client:
        first, second = echo(client, text="ü"), echo(client)
    assert first["body"] == '{"action": "echo", "text": "\\u00fc"}'
    assert first["isBase64Encoded"] is False
    assert "headers" not in first
    contexts = first["requestContext"], second["requestContext"]
    assert contexts[0]["requestTimeEpoch"] >= contexts[0]["connectedAt"]
    assert {(c["eventType"], c["routeKey"], c["messageDirection"]) for c in contexts} == {("MESSAGE", "echo", "IN")}
    for same in ("connectionId", "connectedAt", "apiId", "domainName", "stage"):
        assert contexts[0][same] == contexts[1][same]
    for different in ("messageId", "requestId", "extendedRequestId"):
        assert contexts[0][different] != contexts[1][different]


def test_a_message_that_is_no_json(dev: Dev) -> None:
    with connected(dev) as client:
        client.send("hello")
        assert '"routeKey": "$default"' in heard(client)


@pytest.mark.parametrize(
    ("arguments", "routes"),
    [
        (["--routes", "say, leave"], {"say": "say", "echo": "$default"}),
        pytest.param(["--routes", ""], {"say": "$default"}, marks=pytest.mark.slow),
        (["--route-selection-expression", "${request.body.action}/${request.body.n}"], {"say": "say/1"}),
    ],
)
def test_the_routes_of_the_api(arguments: list[str], routes: dict[str, str], tmp_path: Path) -> None:
    with Dev(HANDLER, "--origin", "websocket", *arguments, cwd=tmp_path) as dev, connected(dev) as client:
        for action, route_key in routes.items():
            say(client, {"action": action, "n": 1})
            assert f'"routeKey": "{route_key}"' in heard(client)


def test_the_client_closes(tmp_path: Path) -> None:
    closes = [(1000, ""), (1000, "bye"), (4001, "no more")]
    with Dev(HANDLER, "--origin", "websocket", "--save-events", "events", cwd=tmp_path) as dev:
        for code, reason in closes:
            with connected(dev) as client:
                client.close(code, reason)
            dev.line("request", method="DISCONNECT")
    connects, disconnects = (saved(tmp_path / "events", event_type) for event_type in ("CONNECT", "DISCONNECT"))
    for close, connect, disconnect in zip(closes, connects, disconnects, strict=True):
        context = disconnect["requestContext"]
        assert (context["disconnectStatusCode"], context["disconnectReason"]) == close
        assert context["routeKey"] == "$disconnect"
        assert context["connectionId"] == connect["requestContext"]["connectionId"]


@pytest.mark.parametrize(
    ("last_bytes", "note"),
    [
        (CLOSE_WITHOUT_CODE, "1005 Client-side close frame status not set"),
        (b"", "1006 Connection closed abnormally"),
        (b"\x88\x85\0\0\0\0\x0f\xa1\x1b[m", "4001 \x1b[m"),
        (b"\x81\x81\0\0\0\0\xff", "1007"),
        (b"\x83\x80\0\0\0\0", "1002 invalid opcode"),
    ],
)
def test_other_ends_of_a_connection(last_bytes: bytes, note: str, dev: Dev) -> None:
    with raw_socket(dev) as client:
        assert client.recv(4096).startswith(b"HTTP/1.1 101 ")
        client.sendall(last_bytes)
    assert dev.line("request", method="DISCONNECT", note=note)["status"] == 200


# The handshake's answer


@pytest.mark.parametrize("status", [302, 400, 401, 403, 500])
def test_the_function_refuses_a_client(status: int, dev: Dev) -> None:
    assert refused(dev, f"/?status={status}") == status


def test_a_handshake_that_fails(dev: Dev) -> None:
    assert refused(dev, "/?fail=1") == 502
    assert "ValueError" in str(dev.line("request", method="CONNECT", status=502)["error"])


def test_the_function_chooses_the_subprotocol(dev: Dev) -> None:
    with connected(dev, "/?protocol=v2", subprotocols=["v1", "v2"]) as client:
        assert client.subprotocol == "v2"


@pytest.mark.parametrize(
    ("status", "line"),
    [(200, {"method": "DISCONNECT", "note": "1006 Connection closed abnormally"}), (401, {"status": 401})],
)
def test_a_client_that_is_gone_before_it_is_accepted(status: int, line: dict[str, object], tmp_path: Path) -> None:
    with Dev(HANDLER, "--origin", "websocket", cwd=tmp_path) as dev, Gate() as gate:
        with raw_socket(dev, f"/?port={gate.port}&status={status}"):
            gate.arrive()
        gate.open()
        dev.line("request", **line)
    assert not any("Traceback" in line for line in dev.seen)


def test_a_client_that_does_not_wait_and_is_wrong(tmp_path: Path) -> None:
    with Dev(HANDLER, "--origin", "websocket", cwd=tmp_path) as dev, Gate() as gate:
        with raw_socket(dev, f"/?port={gate.port}") as client:
            gate.arrive()
            client.sendall(b"\x83\x80\0\0\0\0")
            assert client.recv(1) == b""
        gate.open()
        assert dev.line("request", method="DISCONNECT")["note"] == "1006 Connection closed abnormally"


@pytest.mark.parametrize(
    ("arguments", "stage", "accepted", "others"),
    [
        (["--stage", "beta"], "beta", ["/beta", "/beta/"], ["/", "/betas"]),
        (["--base-path", "/chat"], "prod", ["/chat"], ["/prod"]),
        ([], "prod", ["/"], ["/other"]),
    ],
)
def test_the_path_of_the_api(
    arguments: list[str], stage: str, accepted: list[str], others: list[str], tmp_path: Path
) -> None:
    with Dev(HANDLER, "--origin", "websocket", *arguments, cwd=tmp_path) as dev:
        for target in accepted:
            with connected(dev, target) as client:
                assert echo(client)["requestContext"]["stage"] == stage, target
        for target in others:
            assert refused(dev, target) == 403, target
            assert "this API is at" in str(dev.line("request", method="CONNECT", status=403)["note"])


# Messages that go wrong


@pytest.mark.parametrize("action", ["fail", "malformed"])
def test_a_message_that_fails(action: str, dev: Dev) -> None:
    with connected(dev) as client:
        context = echo(client)["requestContext"]
        say(client, {"action": action})
        error = heard(client)
        assert error.startswith('{"message": "Internal server error", "connectionId": "')
        assert context["connectionId"] in error
        assert echo(client)["requestContext"]["connectionId"] == context["connectionId"]


def test_no_sandbox_is_free(tmp_path: Path) -> None:
    arguments = ["--origin", "websocket", "--concurrency", "1"]
    with Dev(HANDLER, *arguments, cwd=tmp_path) as dev, Gate() as gate, connected(dev) as client:
        say(client, {"action": "wait", "port": gate.port})
        gate.arrive()
        say(client, {"action": "echo"})
        assert "Internal server error" in heard(client)
        gate.open()
        assert heard(client) == "waited"


def test_the_function_takes_too_long(tmp_path: Path) -> None:
    arguments = ["--origin", "websocket", "--integration-timeout", "2"]
    with Dev(HANDLER, *arguments, cwd=tmp_path) as dev, Gate() as gate:
        dev.line("init")
        with connected(dev) as client:
            say(client, {"action": "wait", "port": gate.port})
            gate.arrive()
            assert heard(client).startswith('{"message": "Endpoint request timed out", "connectionId": "')
            assert refused(dev, f"/?port={gate.port}") == 504
            gate.open()
            assert heard(client) == "waited"  # the function has kept running


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("x" * 32769, 1009),
        ("x" * 3_000_000, 1009),
        (["x" * 32768, "x" * 32768, "x" * 32768, "x" * 32768, "x"], 1009),
        (b"binary", 1003),
    ],
    ids=["large frame", "very large frame", "large message", "binary"],
)
def test_what_no_message_may_be(message: str | bytes | list[str], code: int, dev: Dev) -> None:
    with connected(dev) as client:
        connection = echo_id(client)
        with suppress(ConnectionClosed):  # all of it may not have left when the other side closes
            client.send(message)
        assert closing(client)[0] == code
    assert str(dev.line("request", target=f"$disconnect {connection}")["note"]).startswith(f"{code} ")


def test_the_largest_message(dev: Dev) -> None:
    with connected(dev) as client:
        client.send(['{"action": "answer", "x": "', *["x" * 32768] * 3, "x" * (32768 - 29), '"}'])
        assert dev.line("request", method="MESSAGE", target=f"answer {echo_id(client)}")["status"] == 200


def echo_id(client: ClientConnection) -> str:
    return str(echo(client)["requestContext"]["connectionId"])


# What the client receives


def test_a_response_is_not_sent(dev: Dev) -> None:
    with connected(dev) as client:
        say(client, {"action": "answer"})
        dev.line("request", method="MESSAGE", target=f"answer {echo_id(client)}")


def test_a_route_with_a_response(tmp_path: Path) -> None:
    with Dev(HANDLER, "--origin", "websocket", "--route-response", cwd=tmp_path) as dev, connected(dev) as client:
        say(client, {"action": "answer"})
        assert heard(client) == "the function's answer"


def test_a_response_to_a_client_that_is_gone(tmp_path: Path) -> None:
    with Dev(HANDLER, "--origin", "websocket", "--route-response", cwd=tmp_path) as dev:
        with connected(dev) as client:
            say(client, {"action": "leave"})
            assert closing(client) == (1000, "Connection Closed Normally")
        assert dev.line("request", method="MESSAGE")["bytes"] == len("unseen")
    assert not any("Traceback" in line for line in dev.seen)


def test_two_clients(dev: Dev) -> None:
    with connected(dev) as one, connected(dev) as two:
        say(one, {"action": "to", "id": echo_id(two), "text": "hëllo"})
        assert heard(two) == "hëllo"


def test_the_function_disconnects_a_client(dev: Dev) -> None:
    with connected(dev) as client:
        say(client, {"action": "leave"})
        assert closing(client) == (1000, "Connection Closed Normally")
    assert dev.line("request", method="DISCONNECT", note="1000 Connection Closed Normally")["status"] == 200


def test_a_message_before_the_client_is_accepted(dev: Dev) -> None:
    assert refused(dev, "/?early=1") == 401


@pytest.mark.parametrize("app", ["asgi_app", "on_event"])
def test_an_app(app: str, tmp_path: Path) -> None:
    with Dev(f"tests.support.websocket_apps:{app}", "--origin", "websocket", cwd=tmp_path) as dev:
        assert refused(dev, "/?status=403") == 403
        with connected(dev) as client:
            say(client, {"action": "say"})
            assert heard(client) == 'POST /say {"action": "say"}'
            client.send("hello")
            assert heard(client) == "POST /$default hello"
        assert dev.line("request", method="DISCONNECT")["status"] == 200


# Time


def test_an_idle_connection(tmp_path: Path) -> None:
    with Dev(HANDLER, "--origin", "websocket", "--idle-timeout", "2", cwd=tmp_path) as dev:
        dev.line("init")
        api = management(dev)
        with connected(dev) as client:
            connection = connection_id(dev)
            busy_until = time.monotonic() + 3
            while time.monotonic() < busy_until:
                api.post_to_connection(ConnectionId=connection, Data=b"still here")
                assert heard(client) == "still here"
            assert closing(client) == (1001, "Going away")
        assert dev.line("request", method="DISCONNECT")["note"] == "1001 Going away"


def connection_id(dev: Dev) -> str:
    """Of the next connection that the terminal shows."""
    return str(dev.line("request", method="CONNECT", status=101)["target"]).removeprefix("$connect ")


def test_a_connection_that_is_open_for_too_long(tmp_path: Path) -> None:
    arguments = ["--origin", "websocket", "--connection-duration", "1"]
    with Dev(HANDLER, *arguments, cwd=tmp_path) as dev, connected(dev) as client:
        assert closing(client) == (1001, "Going away")


def test_without_a_timeout(tmp_path: Path) -> None:
    with Dev(HANDLER, "--origin", "websocket", "--no-timeout", cwd=tmp_path) as dev, connected(dev) as client:
        assert echo(client)["body"] == '{"action": "echo"}'


# Many at once


def test_a_slow_message_delays_no_other(dev: Dev) -> None:
    with Gate() as gate, connected(dev) as slow, connected(dev) as other:
        say(slow, {"action": "wait", "port": gate.port})
        gate.arrive()
        assert echo(other)["body"] == '{"action": "echo"}'
        assert echo(slow)["body"] == '{"action": "echo"}'
        gate.open()
        assert heard(slow) == "waited"


def test_two_hundred_clients_until_ctrl_c(tmp_path: Path) -> None:
    app = "tests.support.websocket_apps:asgi_app"
    with Dev(app, "--origin", "websocket", cwd=tmp_path) as dev, ExitStack() as stack:
        clients = [stack.enter_context(connected(dev)) for _ in range(200)]
        for number, client in enumerate(clients):
            client.send(f"hello {number}")
            assert heard(client) == f"POST /$default hello {number}"
        started = time.monotonic()
        assert dev.end() == 0
        assert time.monotonic() - started < PATIENCE / 3
        assert {closing(client)[0] for client in clients} == {1012}
        assert not any('"DISCONNECT"' in line for line in dev.seen)


def test_ctrl_c_while_the_function_runs(tmp_path: Path) -> None:
    with Dev(HANDLER, "--origin", "websocket", cwd=tmp_path) as dev, Gate() as gate, connected(dev) as client:
        say(client, {"action": "wait", "port": gate.port})
        gate.arrive()
        assert dev.end() == 0


# The emulator's own pages


def test_the_status_page_and_a_replay(dev: Dev) -> None:
    with connected(dev) as client:
        connection = echo_id(client)
        request_id = dev.line("request", method="MESSAGE", target=f"echo {connection}")["request_id"]
        with dev.client() as http:
            http.base_url = http_url(dev)
            listed = http.get(f"/_lambda/invocations/{request_id}").json()
            assert listed["target"] == f"echo {connection}"
            assert http.post(f"/_lambda/replay/{request_id}").status_code == 202
        assert connection in heard(client)


def test_an_error_of_the_emulator_is_shown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """uvicorn, which would log it, is silent."""
    history = History()
    log = TerminalLog(history, quiet=True, as_json=True)
    pool = Pool(FunctionSettings([], {}, tmp_path), 1, False, log)
    api = WebSocketAPI(FrontDoorOptions(find_door("websocket")), WebSocketOptions(RouteSelection()), pool, history, log)

    async def receive() -> Message:
        return {}

    async def send(message: Message) -> None:
        raise AssertionError

    with pytest.raises(KeyError):
        asyncio.run(api({"type": "websocket"}, receive, send))
    assert "KeyError: 'headers'" in capsys.readouterr().err


def test_how_to_invoke_the_function(tmp_path: Path) -> None:
    with Dev(HANDLER, "--origin", "websocket", json_lines=False, cwd=tmp_path) as dev:
        assert "--url http://127.0.0.1:" in dev.text("Invoke it: ")
