"""Lambda Function URL.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

# Facts
# - The event is payload format 2.0; the generated domain (".lambda-url.") tells it from an HTTP API, behind CloudFront
#   too, since domainName isn't the Host header.
# - rawPath is as the client sent it; requestContext.http.path is the decoded one, and drops a trailing slash.
# - The Cookie header is there, and its cookies once more in cookies[].
# - sourceIp is the TCP peer: CloudFront's address where that is in front.
# - The answer is as for HTTP APIs. A streamed one has the same head, single-valued, as its prelude.

from __future__ import annotations

from typing import TYPE_CHECKING

from .._values.codec import dumps
from . import _fields, _payload_v2
from ._origin import Origin

if TYPE_CHECKING:
    from .._values.config import Config
    from .._values.request import Headers, HTTPRequest, LambdaEvent

_NAME = "function_url"


def matches(event: LambdaEvent) -> bool:
    domain = _payload_v2.domain_name(event)
    return domain is not None and ".lambda-url." in domain


def decode(event: LambdaEvent, config: Config) -> HTTPRequest:
    path = _fields.text(_NAME, event, "rawPath", "/")
    return _payload_v2.decode(event, config, _NAME, path, "", _payload_v2.headers(event, _NAME))


def prelude(status: int, headers: Headers) -> bytes:
    return dumps(_payload_v2.head(status, headers))


ORIGIN = Origin(_NAME, matches, decode, _payload_v2.encode, prelude=prelude)
