"""What each front door refuses, cuts off or is refused, and the answer it gives then.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-503-service-unavailable.html
"""

# How a function's own error, and a result that is malformed or too large, are answered is in `_results`. Function URLs
# document the statuses of their errors and not the bodies: those here are what the Invoke API answers.

from __future__ import annotations

from typing import NamedTuple

from ...origins import RequestOrigin
from .client import ClientResponse
from .door import Door
from .responses import html_error

_MB = 1024 * 1024
PAYLOAD_LIMIT = 6 * _MB + 100
STREAM_LIMIT = 200 * _MB


class Limits(NamedTuple):
    """``body`` in bytes as the client sends it, before base64; ``seconds`` until the front door gives up.

    A streamed answer has no such time.
    """

    body: int
    too_large: ClientResponse
    throttled: ClientResponse
    seconds: float | None = None
    timed_out: ClientResponse | None = None


def _json(status: int, text: str) -> ClientResponse:
    return ClientResponse(status, [(b"content-type", b"application/json")], text.encode())


_REST = Limits(
    10 * _MB,
    _json(413, '{"message":"Request Too Long"}'),
    _json(500, '{"message": "Internal server error"}'),
    29,
    _json(504, '{"message": "Endpoint request timed out"}'),
)
_HTTP_API = Limits(
    10 * _MB,
    _json(413, '{"message":"Request Entity Too Large"}'),
    _json(503, '{"message":"Service Unavailable"}'),
    30,
    _json(503, '{"message":"Service Unavailable"}'),
)
_INVOKE = Limits(
    6 * _MB,
    _json(413, '{"message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}'),
    _json(429, '{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}'),
)
_ALB = Limits(_MB, html_error(413, "Request Entity Too Large"), html_error(502, "Bad Gateway"))
_LATTICE = Limits(6 * _MB, html_error(413, "Request Entity Too Large"), html_error(502, "Bad Gateway"))
# Of larger bodies the function gets the beginning.
_EDGE = Limits(20 * 1024 * _MB, html_error(413, "Request Entity Too Large"), html_error(503, "Service Unavailable"))


def is_rest_api(door: Door) -> bool:
    return door.origin is RequestOrigin.api_gateway_v1 and door.settings.get("payload") != "http_api"


def limits_of(door: Door) -> Limits:
    if is_rest_api(door):
        return _REST
    return {
        RequestOrigin.api_gateway_v1: _HTTP_API,
        RequestOrigin.api_gateway_v2: _HTTP_API,
        RequestOrigin.alb: _ALB,
        RequestOrigin.vpc_lattice: _LATTICE,
        RequestOrigin.lambda_edge: _EDGE,
    }.get(door.origin, _INVOKE)
