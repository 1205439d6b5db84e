"""The limits of each front door, as `dev` applies them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lambda_http_adapter import testing as types
from lambda_http_adapter._emulator.doors.door import Door, find_door
from lambda_http_adapter._emulator.doors.limits import PAYLOAD_LIMIT, STREAM_LIMIT, limits_of
from lambda_http_adapter.origins import ORIGINS, Origin, RequestOrigin
from lambda_http_adapter.testing import make_event

from .markdown import table

_GATEWAY = "https://docs.aws.amazon.com/apigateway/latest/developerguide"
_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg"
_QUOTAS = f"{_LAMBDA}/gettingstarted-limits.html"
_CLOUDFRONT = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"


class FrontDoor(NamedTuple):
    """``name`` is the one in ``--origin``, ``pages`` are AWS's, ``note`` is what the table has no row for."""

    title: str
    name: types.FrontDoor
    pages: list[str]
    note: str = ""


FRONT_DOORS = [
    FrontDoor("Function URL", "function-url", [_QUOTAS, f"{_LAMBDA}/configuration-response-streaming.html"]),
    FrontDoor(
        "REST API",
        "rest",
        [f"{_GATEWAY}/api-gateway-execution-service-limits-table.html", f"{_GATEWAY}/response-transfer-mode.html"],
        "The 29 s can be raised for Regional and private APIs. An edge-optimised API waits 30 s for each chunk.",
    ),
    FrontDoor(
        "HTTP API",
        "http-api",
        [f"{_GATEWAY}/http-api-quotas.html"],
        "The request line and the values of the headers have 10,240 bytes together.",
    ),
    FrontDoor(
        "WebSocket API",
        "websocket",
        [f"{_GATEWAY}/apigateway-execution-service-websocket-limits-table.html"],
        "A frame has 32 KB: larger messages come in several. A connection ends after 2 hours.",
    ),
    FrontDoor(
        "Application Load Balancer",
        "alb",
        ["https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"],
    ),
    FrontDoor(
        "VPC Lattice", "vpc-lattice", ["https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html"]
    ),
    FrontDoor("CloudFront, viewer request", "lambda-edge", [_CLOUDFRONT]),
    FrontDoor("CloudFront, origin request", "lambda-edge-origin", [_CLOUDFRONT]),
    FrontDoor("other events", "pass_through", [_QUOTAS]),
]
READ = "30 November 2026"


def limits() -> str:
    return "\n\n".join(part for front_door in FRONT_DOORS for part in _section(front_door))


def _section(front_door: FrontDoor) -> Iterator[str]:
    yield f"## {front_door.title}"
    yield table(["limit", "value", "beyond it"], rows(find_door(front_door.name), front_door.name))
    if front_door.note:
        yield front_door.note
    yield f"AWS says so in {' and '.join(f'<{page}>' for page in front_door.pages)}, read on {READ}."


def rows(door: Door, name: types.FrontDoor) -> Iterator[list[str]]:
    limits = limits_of(door)
    if door.origin is RequestOrigin.websocket:
        refused = f"the client is closed with 1009, a POST to its connection gets {limits.too_large.status}"
        yield ["message, to the app or from it", size(limits.body), refused]
    else:
        yield ["request body", size(limits.body), f"{limits.too_large.status}"]
    if limits.body_kept is not None:
        yield [
            "request body that the function gets",
            size(limits.body_kept),
            "CloudFront cuts the rest off; the client gets 413",
        ]
    origin = _origin(door)
    yield [
        "result, as JSON",
        size(_response_limit(origin, name)),
        "`ResponseTooLargeError` in the log, and the front door's own error",
    ]
    if origin is not None and origin.prelude is not None and name != "http-api-v1":
        yield ["streamed response", f"{size(STREAM_LIMIT)}, 2 MB/s after the first 6 MB", "the stream ends"]
    if limits.timeout is not None and limits.timed_out is not None:
        yield ["time for a buffered response", _seconds(limits.timeout), f"{limits.timed_out.status}"]
    if limits.idle_timeout is not None:
        yield ["time between chunks or messages", _seconds(limits.idle_timeout), "the connection ends"]
    if limits.function_timeout is not None:
        yield ["the function's time-out", _seconds(limits.function_timeout), "CloudFront refuses the function"]
    if limits.memory is not None:
        yield ["the function's memory", f"{limits.memory} MB", "CloudFront refuses the function"]
    yield ["concurrent invocations", "the account's and the function's", f"{limits.throttled.status}"]


def _origin(door: Door) -> Origin | None:
    named: Mapping[str, Origin] = {origin.name: origin for origin in ORIGINS}
    return named.get(door.origin.value)


def _response_limit(origin: Origin | None, name: types.FrontDoor) -> int:
    if origin is None or origin.response_limit is None:
        return PAYLOAD_LIMIT
    return origin.response_limit(make_event(origin=name))


def size(count: int) -> str:
    """In MB, as AWS counts them, or KB: as exact as it is."""
    if count == PAYLOAD_LIMIT:
        return "6 MB and 100 bytes"
    for unit, factor in (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024)):
        if count >= factor and count % factor == 0:
            return f"{count // factor} {unit}"
    return f"{count:,} bytes"


def _seconds(value: float) -> str:
    return f"{value:g} s" if value < 120 else f"{value / 60:g} min"
