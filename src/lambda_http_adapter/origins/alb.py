"""Application Load Balancer.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

# Facts
# - path and query are as the client sent them: names and values of the query maps are not decoded. "?a" and "?a=" look
#   the same, and the order of different names is lost.
# - Single-value mode (the default) has headers and queryStringParameters, with the last value of a repeated name.
#   Multi-value mode has the multiValue maps; the others are absent or null. The result must use the maps of its mode.
# - The load balancer appends the address of its peer to X-Forwarded-For. The client can send entries of its own.
# - Whose word counts: the load balancer replaces X-Forwarded-Proto and -Port. Host is the client's, unless a rule of
#   the listener compares it.
# - A health check has only a User-Agent: no Host, no X-Forwarded-*.
# - The result: statusCode is an integer, header values are strings, the limit is 1 MB of JSON. A response can't be
#   streamed. Single-value mode has one place for Set-Cookie.

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING

from . import _fields
from ._http_request import build_request, client_from_forwarded, raw_query
from ._origin import Origin

if TYPE_CHECKING:
    from .._values.config import Config
    from .._values.request import Headers, LambdaEvent
    from ._http_request import HTTPRequest

_NAME = "alb"
_logger = logging.getLogger("lambda_http_adapter")


def matches(event: LambdaEvent) -> bool:
    context = event.get("requestContext")
    return isinstance(context, dict) and "elb" in context


def decode(event: LambdaEvent, config: Config) -> HTTPRequest:
    headers = _fields.event_headers(_NAME, event, "multiValueHeaders")
    query = _fields.pairs(_NAME, event, "queryStringParameters", "multiValueQueryStringParameters")
    return build_request(
        method=_fields.method(_NAME, event),
        path=_fields.text(_NAME, event, "path", "/"),
        query_string=raw_query(query),
        headers=headers,
        body=_fields.body_bytes(_NAME, event),
        default_scheme="http",
        client=client_from_forwarded(headers, config.trusted_proxies),
        config=config,
    )


def encode(status: int, headers: Headers, body: str, is_base64: bool, event: LambdaEvent) -> dict[str, object]:
    result: dict[str, object] = {
        "statusCode": status,
        "statusDescription": f"{status} {_fields.reason_phrase(status)}",
        "isBase64Encoded": is_base64,
        "body": body,
    }
    if event.get("multiValueHeaders") is not None:
        result["multiValueHeaders"] = _fields.multi_value_headers(headers)
    else:
        result["headers"] = _fields.single_headers(headers)
        cookies = [value for name, value in headers if name.lower() == b"set-cookie"]
        if len(cookies) > 1:
            _warn_of_cookies()
    return result


@cache  # once per process
def _warn_of_cookies() -> None:
    _logger.warning(
        "An ALB in single-value mode has one place for Set-Cookie; several were sent under case variants of the name. "
        "Turn on lambda.multi_value_headers.enabled for the target group."
    )


ORIGIN = Origin(_NAME, matches, decode, encode, response_limit=lambda event: 1_048_576)
