"""The management API of `dev --origin websocket`, as boto3 calls it."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import ClientError

from lambda_http_adapter._emulator.dev import management_api
from lambda_http_adapter._emulator.dev.connections import Connection, Connections
from lambda_http_adapter._emulator.dev.management_api import manage, with_management_api
from lambda_http_adapter._emulator.doors.client import ClientRequest
from lambda_http_adapter._types import Send
from tests.support.dev_process import PATIENCE, Dev
from tests.support.websocket_client import closing, connected, echo, heard, http_url, management

HANDLER = "tests.support.websocket_apps:handler"
UNKNOWN = "L0SM9cOFvHcCIhw="


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    with Dev(HANDLER, "--origin", "websocket", cwd=tmp_path_factory.mktemp("dev")) as dev:
        yield dev


@pytest.mark.parametrize("path", ["", "/", "/prod"])
def test_a_message_to_a_client(path: str, dev: Dev) -> None:
    with connected(dev) as client:
        connection = echo(client)["requestContext"]["connectionId"]
        for data in (b"hello", "größe".encode(), b"", b"x" * 131072):
            management(dev, path).post_to_connection(ConnectionId=connection, Data=data)
            assert heard(client) == data.decode()


def test_a_message_that_is_no_text(dev: Dev) -> None:
    with connected(dev) as client:
        connection = echo(client)["requestContext"]["connectionId"]
        management(dev).post_to_connection(ConnectionId=connection, Data=b"\xff")
        assert heard(client) == "�"


def test_the_state_of_a_connection(dev: Dev) -> None:
    with connected(dev, user_agent="chat/1.0") as client:
        event = echo(client)
        before = management(dev).get_connection(ConnectionId=event["requestContext"]["connectionId"])
        echo(client)
        after = management(dev).get_connection(ConnectionId=event["requestContext"]["connectionId"])
    assert before["Identity"] == {"SourceIp": "127.0.0.1", "UserAgent": "chat/1.0"}
    assert before["ConnectedAt"].timestamp() * 1000 == event["requestContext"]["connectedAt"]
    assert datetime.now(UTC) - before["ConnectedAt"] < timedelta(seconds=PATIENCE)
    assert before["ConnectedAt"] == after["ConnectedAt"] <= before["LastActiveAt"] < after["LastActiveAt"]


def test_disconnecting_a_client(dev: Dev) -> None:
    with connected(dev) as client:
        connection = echo(client)["requestContext"]["connectionId"]
        management(dev).delete_connection(ConnectionId=connection)
        assert closing(client) == (1000, "Connection Closed Normally")
    line = dev.line("request", target=f"$disconnect {connection}")
    assert line["note"] == "1000 Connection Closed Normally"
    with pytest.raises(ClientError, match="GoneException"):
        management(dev).delete_connection(ConnectionId=connection)


@pytest.mark.parametrize("operation", ["get_connection", "delete_connection", "post_to_connection"])
@pytest.mark.parametrize(
    ("connection", "status", "code", "message"),
    [
        (UNKNOWN, 410, "GoneException", ""),
        ("L0SM9cOFvHcCIhw%3D", 400, "BadRequestException", "Invalid connectionId: L0SM9cOFvHcCIhw%3D"),
        ("../prod", 400, "BadRequestException", "Invalid connectionId: ../prod"),
    ],
)
def test_no_such_connection(operation: str, connection: str, status: int, code: str, message: str, dev: Dev) -> None:
    data = {"Data": b"hello"} if operation == "post_to_connection" else {}
    with pytest.raises(ClientError) as raised:
        getattr(management(dev), operation)(ConnectionId=connection, **data)
    error = raised.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == status
    assert (error["Error"]["Code"], error["Error"]["Message"]) == (code, message)


def test_a_message_that_is_too_large(dev: Dev) -> None:
    with connected(dev) as client:
        api, connection = management(dev), echo(client)["requestContext"]["connectionId"]
        with pytest.raises(api.exceptions.PayloadTooLargeException):
            api.post_to_connection(ConnectionId=connection, Data=b"x" * 131073)
        assert echo(client)["requestContext"]["connectionId"] == connection


@pytest.mark.parametrize(
    ("method", "path", "status", "note"),
    [
        ("POST", f"/@connections/{UNKNOWN}", 410, "not signed: on AWS 403, see Signature Version 4"),
        ("POST", f"/%40connections/{UNKNOWN}", 410, "not signed: on AWS 403, see Signature Version 4"),
        ("PUT", f"/@connections/{UNKNOWN}", 403, "not signed: on AWS 403, see Signature Version 4"),
        ("GET", "/", 426, "not a WebSocket handshake, and not below /@connections"),
        ("POST", f"/beta/@connections/{UNKNOWN}", 426, "not a WebSocket handshake, and not below /@connections"),
    ],
)
def test_other_requests(method: str, path: str, status: int, note: str, dev: Dev) -> None:
    response = httpx.request(method, http_url(dev) + path, timeout=PATIENCE, trust_env=False)
    assert response.status_code == status
    assert dev.line("request", method=method, target=path)["note"] == note


@pytest.mark.parametrize("arguments", [["--stage", "beta"], ["--base-path", "chat"]])
def test_below_the_path_of_the_api(arguments: list[str], tmp_path: Path) -> None:
    """The function's boto3 finds it by itself."""
    path = f"/{arguments[1]}"
    with Dev(HANDLER, "--origin", "websocket", *arguments, cwd=tmp_path) as dev, connected(dev, path) as client:
        connection = echo(client)["requestContext"]["connectionId"]
        assert dev.line("request", method="POST")["target"] == f"{path}/@connections/{connection[:-1]}%3D"
        management(dev, path).post_to_connection(ConnectionId=connection, Data=b"hello")
        assert heard(client) == "hello"


async def never(message: object) -> None:
    await asyncio.Event().wait()


async def gone(message: object) -> None:
    raise ConnectionError


async def closed(message: object) -> None:
    """As uvicorn does for a connection that it has closed itself."""
    raise RuntimeError


@pytest.mark.parametrize(
    ("send", "method", "status"),
    [
        (never, "POST", 429),
        (gone, "POST", 410),
        (closed, "POST", 410),
        (gone, "DELETE", 204),
        (closed, "DELETE", 204),
    ],
)
def test_a_client_that_does_not_listen(send: Send, method: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async def called() -> int:
        connections, connection = Connections(), Connection(ClientRequest(), "prod", send)
        connections.add(connection)
        return (await manage(connections, connection.id, ClientRequest(method, body=b"hello"))).status

    monkeypatch.setattr(management_api, "_CLIENT_PATIENCE", 0.01)
    assert asyncio.run(called()) == status


@pytest.mark.parametrize(
    ("shell", "file", "home", "keys"),
    [
        ({}, {}, [], ["local", "local"]),
        ({"AWS_PROFILE": "mine"}, {}, [], [None, None]),
        ({}, {"AWS_ACCESS_KEY_ID": "mine"}, [], ["mine", None]),
        ({}, {}, [".aws"], [None, None]),
    ],
)
def test_the_credentials_of_the_function(
    shell: dict[str, str],
    file: dict[str, str],
    home: list[str],
    keys: list[str | None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing replaces the user's own."""
    for name in management_api._CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in shell.items():
        monkeypatch.setenv(name, value)
    for directory in home:
        (tmp_path / directory).mkdir()
    variables = with_management_api(file, "http://127.0.0.1:8000")
    assert variables["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"] == "http://127.0.0.1:8000"
    assert [variables.get(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")] == keys
