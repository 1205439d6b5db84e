"""One function behind a WebSocket API in three forms: a plain handler, an ASGI app, and an app with `on_event`.

A message is `{"action": …}`. What it says is done with boto3, as on AWS.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from botocore.exceptions import ClientError

from lambda_http_adapter import asgi_handler, lambda_request
from lambda_http_adapter.origins import ORIGINS
from tests.support.management_client import ManagementClient, management_client

if TYPE_CHECKING:
    from lambda_http_adapter._types import Receive, Scope, Send

Event = dict[str, Any]


@cache
def management() -> ManagementClient:
    return management_client()


def handler(event: Event) -> object:
    context = event["requestContext"]
    if context["eventType"] == "CONNECT":
        return connect(context["connectionId"], event.get("queryStringParameters", {}))
    if context["eventType"] == "MESSAGE":
        return message(context["connectionId"], event)
    return {"statusCode": 200}


def connect(own_id: str, query: Mapping[str, str]) -> object:
    if "port" in query:
        wait_at_gate(int(query["port"]))
    if "fail" in query:
        raise ValueError("no such luck")
    if "early" in query:
        try:
            management().post_to_connection(ConnectionId=own_id, Data=b"too early")
        except ClientError as error:
            return {"statusCode": 400 + (error.response["Error"]["Code"] == "GoneException")}
    headers = {"Sec-WebSocket-Protocol": query["protocol"]} if "protocol" in query else {}
    return {"statusCode": int(query.get("status", "200")), "headers": headers}


def message(own_id: str, event: Event) -> object:
    try:
        order = json.loads(event["body"])
    except ValueError:
        order = {}
    match order:
        case {"action": "fail"}:
            raise ValueError("no such luck")
        case {"action": "malformed"}:
            return "no object"
        case {"action": "wait", "port": port}:
            wait_at_gate(port)
            management().post_to_connection(ConnectionId=own_id, Data=b"waited")
        case {"action": "answer"}:
            return {"statusCode": 200, "body": "the function's answer"}
        case {"action": "to", "id": other, "text": text}:
            management().post_to_connection(ConnectionId=other, Data=text.encode())
        case {"action": "leave"}:
            management().delete_connection(ConnectionId=own_id)
        case _:
            management().post_to_connection(ConnectionId=own_id, Data=json.dumps(event).encode())
    return {"statusCode": 200, "body": "unseen"}


def wait_at_gate(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as gate:
        gate.settimeout(60)
        gate.recv(1)


async def asgi_app(scope: Scope, receive: Receive, send: Send) -> None:
    """The route is the path, the query is that of the handshake, the message is the body."""
    if scope["type"] == "lifespan":
        return
    request = await receive()
    path, body = scope["path"], request["body"]
    assert isinstance(body, bytes)
    own_id = lambda_request(scope).request_context["connectionId"]
    status = 200
    if path == "/$connect":
        query = scope["query_string"]
        assert isinstance(query, bytes)
        status = int(dict(parse_qsl(query.decode())).get("status", "200"))
    elif path != "/$disconnect":
        text = f"{scope['method']} {path} {body.decode()}"
        management().post_to_connection(ConnectionId=own_id, Data=text.encode())
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b"unseen"})


def by_event(event: Event) -> object:
    context = event["requestContext"]
    if context["eventType"] == "CONNECT":
        return {"statusCode": int(event.get("queryStringParameters", {}).get("status", "200"))}
    if context["eventType"] == "MESSAGE":
        text = f"POST /{context['routeKey']} {event['body']}"
        management().post_to_connection(ConnectionId=context["connectionId"], Data=text.encode())
    return {"statusCode": 200}


# Without the origin of WebSocket events, no front door claims them.
on_event = asgi_handler(
    asgi_app, on_event=by_event, origins=[origin for origin in ORIGINS if origin.name != "websocket"], lifespan="off"
)
