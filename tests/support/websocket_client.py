"""Clients of `dev --origin websocket`, and the events and errors that a test looks for."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from socket import create_connection, socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.support.dev_process import PATIENCE, Dev
from tests.support.management_client import ManagementClient, management_client

Event = dict[str, Any]


def http_url(dev: Dev) -> str:
    return dev.url.replace("ws", "http", 1)


def connected(
    dev: Dev,
    target: str = "/",
    headers: Sequence[tuple[str, str]] = (),
    subprotocols: Sequence[str] = (),
    user_agent: str = "chat/1.0",
) -> ClientConnection:
    return connect(
        dev.url + target,
        additional_headers=headers,
        subprotocols=[Subprotocol(name) for name in subprotocols] or None,
        user_agent_header=user_agent,
        open_timeout=PATIENCE,
        close_timeout=PATIENCE,
        proxy=None,
    )


CLOSE_WITHOUT_CODE = b"\x88\x80\0\0\0\0"


def raw_socket(dev: Dev, target: str = "/") -> socket:
    """Sends the handshake, and nothing more by itself."""
    url = urlsplit(dev.url)
    assert url.hostname is not None
    client = create_connection((url.hostname, url.port), timeout=PATIENCE)
    fields = [
        f"GET {target} HTTP/1.1",
        f"Host: {url.netloc}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    client.sendall("\r\n".join([*fields, "", ""]).encode())
    return client


def say(client: ClientConnection, message: Mapping[str, object]) -> None:
    client.send(json.dumps(message))


def heard(client: ClientConnection) -> str:
    received = client.recv(timeout=PATIENCE)
    assert isinstance(received, str)
    return received


def echo(client: ClientConnection, **message: object) -> Event:
    """The event that the function received for a message."""
    say(client, {"action": "echo", **message})
    event = json.loads(heard(client))
    assert isinstance(event, dict)
    return event


def refused(dev: Dev, target: str = "/") -> int:
    """The status of a refused handshake."""
    with pytest.raises(InvalidStatus) as refusal:
        connected(dev, target)
    return refusal.value.response.status_code


def closing(client: ClientConnection) -> tuple[int, str]:
    """The code and the reason with which the server closes the connection."""
    with pytest.raises(ConnectionClosed) as closed:
        client.recv(timeout=PATIENCE)
    frame = closed.value.rcvd
    assert frame is not None
    return frame.code, frame.reason


def management(dev: Dev, path: str = "") -> ManagementClient:
    return management_client(
        endpoint_url=http_url(dev) + path,
        region_name="us-east-1",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    )


def saved(directory: Path, event_type: str) -> list[Event]:
    return [json.loads(file.read_bytes()) for file in sorted(directory.glob(f"*-{event_type}-*.json"))]
