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
# - The result is as for HTTP APIs. The prelude of a streamed response has the same fields except the body's.

from __future__ import annotations

from typing import TYPE_CHECKING

from .._values.codec import dumps
from . import _fields
from ._origin import Origin

if TYPE_CHECKING:
    from .._values.config import Config
    from .._values.request import Headers, LambdaEvent
    from ._http_request import HTTPRequest

_NAME = "function_url"


def matches(event: LambdaEvent) -> bool:
    domain = _fields.payload_v2_domain(event)
    return domain is not None and ".lambda-url." in domain


def decode(event: LambdaEvent, config: Config) -> HTTPRequest:
    return _fields.decode_payload_v2(event, config, _NAME, _fields.text(_NAME, event, "rawPath", "/"))


def prelude(status: int, headers: Headers) -> bytes:
    return dumps(_fields.payload_v2_head(status, headers))


ORIGIN = Origin(_NAME, matches, decode, _fields.encode_payload_v2, prelude=prelude)
