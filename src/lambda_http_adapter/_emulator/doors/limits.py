"""The limits of each front door, and the error responses that it sends beyond them.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-503-service-unavailable.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
"""

# The responses to a failed function and to a result that is malformed or too large are in `responses`. AWS documents
# the statuses of a Function URL's errors but not their bodies: those below are the Invoke API's.

from __future__ import annotations

from typing import NamedTuple

from ...origins import RequestOrigin
from .client import ClientResponse
from .door import Door
from .responses import html_error, json_error

_MB = 1024 * 1024
PAYLOAD_LIMIT = 6 * _MB + 100
STREAM_LIMIT = 200 * _MB
MESSAGE_LIMIT = 128 * 1024  # from a WebSocket's client, and to it


class Limits(NamedTuple):
    """``body``: the size of a request's body, or of a message, in bytes, before base64. ``body_kept``: how much of it
    the function gets.

    Time-outs are in seconds, None without a limit. ``timeout`` is the front door's own for a buffered response,
    ``idle_timeout`` for each chunk of a streamed one or for the next message; ``timed_out`` answers the first two.
    ``function_timeout`` and ``memory`` (in MB) are the most that a function behind this front door can have.
    """

    body: int
    too_large: ClientResponse
    throttled: ClientResponse
    timeout: float | None = None
    timed_out: ClientResponse | None = None
    idle_timeout: float | None = None
    function_timeout: float | None = None
    memory: int | None = None
    body_kept: int | None = None


_REST = Limits(
    10 * _MB,
    json_error(413, '{"message":"Request Too Long"}'),
    json_error(500, '{"message": "Internal server error"}'),
    29,
    json_error(504, '{"message": "Endpoint request timed out"}'),
    idle_timeout=300,  # of a Regional or private API
)
_HTTP_API = Limits(
    10 * _MB,
    json_error(413, '{"message":"Request Entity Too Large"}'),
    json_error(503, '{"message":"Service Unavailable"}'),
    30,
    json_error(503, '{"message":"Service Unavailable"}'),
)
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
_MESSAGE_TOO_LARGE = ClientResponse(
    413,
    [(b"content-type", b"application/json"), (b"x-amzn-errortype", b"PayloadTooLargeException")],
    b'{"message": "Message too long"}',
)
_WEBSOCKET = Limits(
    MESSAGE_LIMIT,
    _MESSAGE_TOO_LARGE,
    json_error(500, '{"message": "Internal server error"}'),
    29,
    json_error(504, '{"message": "Endpoint request timed out"}'),
    idle_timeout=600,  # of a connection
)
_INVOKE = Limits(
    6 * _MB,
    json_error(413, '{"message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}'),
    json_error(429, '{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}'),
)
_ALB = Limits(_MB, html_error(413, "Request Entity Too Large"), html_error(502, "Bad Gateway"))
_LATTICE = Limits(6 * _MB, html_error(413, "Request Entity Too Large"), html_error(502, "Bad Gateway"))
# CloudFront accepts 20 GB; the function receives only the beginning of a large body.
_EDGE_ORIGIN = Limits(
    20 * 1024 * _MB,
    html_error(413, "Request Entity Too Large"),
    html_error(503, "Service Unavailable"),
    function_timeout=30,
    body_kept=1024 * 1024,
)
_EDGE_VIEWER = _EDGE_ORIGIN._replace(function_timeout=5, memory=128, body_kept=40 * 1024)


def limits_of(door: Door) -> Limits:
    if door.is_rest_api:
        return _REST
    if door.event_type == "origin-request":
        return _EDGE_ORIGIN
    return {
        RequestOrigin.api_gateway_v1: _HTTP_API,
        RequestOrigin.api_gateway_v2: _HTTP_API,
        RequestOrigin.alb: _ALB,
        RequestOrigin.websocket: _WEBSOCKET,
        RequestOrigin.vpc_lattice: _LATTICE,
        RequestOrigin.lambda_edge: _EDGE_VIEWER,
    }.get(door.origin, _INVOKE)
