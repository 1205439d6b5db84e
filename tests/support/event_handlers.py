"""Handlers of `run` that are told by the event what to do."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lambda_http_adapter import LambdaContext


def handler(event: Any, context: LambdaContext) -> object:  # noqa: ANN401
    match event:
        case {"do": "raise"}:
            raise ValueError("no such luck")
        case {"do": "exit"}:
            os._exit(3)
        case {"do": "hang"}:
            time.sleep(60)
        case {"do": "large", "size": size}:
            return "x" * (size - 2)
        case {"do": "bytes", "bytes": text}:
            return text.encode()
        case {"do": "stream"}:
            return _stream(event)
        case {"do": "gate", "port": port}:
            _wait_at(port)
    return seen(event, context)


def seen(event: object, context: LambdaContext) -> dict[str, object]:
    client = context.client_context
    return {
        "event": event,
        "request_id": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "name": context.function_name,
        "custom": None if client is None else client.custom,
        "identity": list(context.identity),
        "tenant": context.tenant_id,
        "trace": context.xray_trace_id,
    }


def _stream(event: Any) -> Iterator[bytes]:  # noqa: ANN401
    for piece in event["pieces"]:
        yield piece.encode() * event.get("times", 1)
    if "port" in event:
        _wait_at(event["port"])
    if event.get("fail") == "raise":
        raise ValueError("broken")
    if event.get("fail") == "exit":
        os._exit(3)


def _wait_at(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as gate:
        gate.recv(1)


async def async_handler(event: object, context: LambdaContext) -> object:
    return seen(event, context)


@dataclass
class Order:
    id: int
    items: list[str]


def typed_handler(order: Order) -> object:
    return {"first": order.items[0], "id": order.id}


def http_handler(event: dict[str, Any]) -> object:
    return {"statusCode": 418, "headers": {"x-path": event["rawPath"]}, "body": "short and stout"}
