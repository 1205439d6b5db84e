"""The management API of a WebSocket API: how a function sends a client a message, looks at it and disconnects it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ..doors.client import ClientRequest, ClientResponse
from ..doors.responses import json_error
from .connections import Connection, Connections, is_connection_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ROOT = "/@connections/"
_CLIENT_PATIENCE = 5.0  # seconds that a client may take to make room for a message


# What boto3 and the other SDKs take credentials from, besides ~/.aws.
_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
}


def with_management_api(environment: Mapping[str, str], url: str, authorities: Path | None = None) -> dict[str, str]:
    """``environment`` of a function whose SDK finds the management API at ``url``, and credentials to sign with.

    ``authorities``: a file with the certificates to trust, if ``url`` is HTTPS.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    variables = {"AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": url}
    if authorities is not None:
        variables["AWS_CA_BUNDLE"] = str(authorities)
    if _CREDENTIALS.isdisjoint({*os.environ, *environment}) and not (Path.home() / ".aws").exists():
        variables |= {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    return {**variables, **environment}


def connection_id(path: str, mounts: Iterable[str]) -> str | None:
    """The ID in the path of a request to the management API below one of ``mounts``; None for any other path."""
    decoded = unquote(path)
    for mount in mounts:
        prefix = mount + _ROOT
        if decoded.startswith(prefix):
            return decoded.removeprefix(prefix)
    return None


async def manage(connections: Connections, name: str, request: ClientRequest) -> ClientResponse:
    """The response to ``request``, which is about the connection with the ID ``name``."""
    if request.method not in ("GET", "POST", "DELETE"):
        return _refused(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    if not is_connection_id(name):
        return _refused(400, "BadRequestException", f"Invalid connectionId: {name}")
    connection = connections.find(name)
    if connection is None:
        return _gone()
    if request.method == "GET":
        return _described(connection)
    if request.method == "DELETE":
        connections.remove(connection)
        await connection.close(1000, "Connection Closed Normally")
        return ClientResponse(204, [], b"")
    return await _post(connection, request.body)


async def _post(connection: Connection, body: bytes) -> ClientResponse:
    try:
        async with asyncio.timeout(_CLIENT_PATIENCE):
            await connection.send(body.decode(errors="replace"))  # API Gateway has no binary messages
    except TimeoutError:
        return _refused(429, "LimitExceededException", "The client reads too slowly")
    except OSError:
        return _gone()
    return ClientResponse(200, [], b"")


def _described(connection: Connection) -> ClientResponse:
    identity = {"sourceIp": connection.handshake.client, "userAgent": connection.user_agent}
    description = {
        "connectedAt": _time(connection.connected_at),
        "identity": identity,
        "lastActiveAt": _time(connection.last_active_at),
    }
    return json_error(200, json.dumps(description))


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _gone() -> ClientResponse:
    return ClientResponse(410, [(b"x-amzn-errortype", b"GoneException")], b"")


def _refused(status: int, error_type: str, message: str) -> ClientResponse:
    response = json_error(status, json.dumps({"message": message}))
    return response._replace(headers=[*response.headers, (b"x-amzn-errortype", error_type.encode())])
