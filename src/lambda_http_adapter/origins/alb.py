"""Application Load Balancer.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

# Facts
# - path and query are as the client sent them: keys and values of the query maps are not decoded. "?a" and "?a=" look
#   the same, and the order between different names is lost.
# - Single-value mode (the default) has headers and queryStringParameters, of repeated names the last value; multi-value
#   mode has the multiValue maps, the others being absent or null. The answer must use the same family.
# - The load balancer appends the peer it saw to X-Forwarded-For; what stands before is the client's own claim.
# - A health check has a User-Agent and nothing else: no Host, no X-Forwarded-*.
# - The answer: statusCode an integer, header values strings, 1 MB of JSON at most, no streaming. In single-value mode
#   there is one place for Set-Cookie.

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING

from . import _answer, _fields, _url
from ._origin import Origin

if TYPE_CHECKING:
    from .._values.config import Config
    from .._values.request import Headers, HTTPRequest, LambdaEvent

_NAME = "alb"
_logger = logging.getLogger("lambda_http_adapter")


def matches(event: LambdaEvent) -> bool:
    context = event.get("requestContext")
    return isinstance(context, dict) and "elb" in context


def decode(event: LambdaEvent, config: Config) -> HTTPRequest:
    headers = _fields.request_headers(_fields.pairs(_NAME, event, "multiValueHeaders", "headers"))
    query = _fields.pairs(_NAME, event, "multiValueQueryStringParameters", "queryStringParameters")
    return _fields.build_request(
        method=_fields.text(_NAME, event, "httpMethod"),
        path=_fields.text(_NAME, event, "path", "/"),
        query_string=_url.raw_query(query),
        headers=headers,
        body=_fields.body_bytes(_NAME, event),
        scheme=_fields.scheme_from(headers, "http"),
        domain="",
        client=_fields.client_from_forwarded(headers, config.trusted_proxies),
        protocol=None,
        stage="",
        config=config,
    )


def encode(status: int, headers: Headers, body: str, is_base64: bool, event: LambdaEvent) -> dict[str, object]:
    answer: dict[str, object] = {
        "statusCode": status,
        "statusDescription": f"{status} {_answer.reason_phrase(status)}",
        "isBase64Encoded": is_base64,
        "body": body,
    }
    if event.get("multiValueHeaders") is not None:
        answer["multiValueHeaders"] = _answer.multi_value_headers(headers)
    else:
        answer["headers"] = _answer.single_headers(headers)
        if sum(name.lower() == b"set-cookie" for name, _ in headers) > 1:
            _warn_of_cookies()
    return answer


@cache
def _warn_of_cookies() -> None:
    _logger.warning(
        "An ALB in single-value mode has one place for Set-Cookie; several were sent under case variants of the name. "
        "Turn on lambda.multi_value_headers.enabled for the target group."
    )


ORIGIN = Origin(_NAME, matches, decode, encode, response_limit=lambda event: 1_048_576)
