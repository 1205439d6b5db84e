"""Lambda Function URL.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

# Facts
# - The event is in payload format 2.0. Its domainName is the generated one (".lambda-url."), behind CloudFront too, and
#   distinguishes it from an HTTP API's.
# - rawPath is as the client sent it. requestContext.http.path is decoded and lacks a trailing slash.
# - The Cookie header is present, and the cookies are in cookies[] as well.
# - sourceIp is the TCP peer: CloudFront's address if CloudFront is in front.
# - Whose word counts: Lambda replaces X-Forwarded-Proto and -Port and appends to X-Forwarded-For. Host selects the
#   function, so a client can't choose another.
# - The result is as for HTTP APIs. The prelude of a streamed response has the same fields except the body's. A header
#   named x-amzn-remapped-* is a 500, and Lambda logs nothing about it.

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, cast

from .._values.codec import dumps
from . import _fields
from ._origin import Origin

if TYPE_CHECKING:
    from .._values.config import Config
    from .._values.request import Headers, LambdaEvent
    from ._http_request import HTTPRequest

_NAME = "function_url"
_REMAPPED = "x-amzn-remapped-"
_logger = logging.getLogger("lambda_http_adapter")


def matches(event: LambdaEvent) -> bool:
    domain = _fields.payload_v2_domain(event)
    return domain is not None and ".lambda-url." in domain


def decode(event: LambdaEvent, config: Config) -> HTTPRequest:
    return _fields.decode_payload_v2(event, config, _NAME, _fields.text(_NAME, event, "rawPath", "/"))


def encode(status: int, headers: Headers, body: str, is_base64: bool, event: LambdaEvent) -> dict[str, object]:
    result = _fields.payload_v2_head(status, headers)
    _drop_remapped(result)
    result["body"] = body
    result["isBase64Encoded"] = is_base64
    return result


def prelude(status: int, headers: Headers) -> bytes:
    head = _fields.payload_v2_head(status, headers)
    _drop_remapped(head)
    return dumps(head)


def _drop_remapped(head: dict[str, object]) -> None:
    headers = cast("dict[str, str]", head["headers"])
    if _REMAPPED not in " ".join(headers):  # as nearly always
        return
    for name in [name for name in headers if name.startswith(_REMAPPED)]:
        del headers[name]
        _warn_of_remapped()


@cache  # once per process
def _warn_of_remapped() -> None:
    _logger.warning("Dropped response headers named x-amzn-remapped-*: a Function URL would answer 500 to them")


ORIGIN = Origin(_NAME, matches, decode, encode, prelude=prelude)
