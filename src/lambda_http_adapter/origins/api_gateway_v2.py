"""API Gateway HTTP API, payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

# Facts
# - rawPath is percent-decoded by AWS, whatever its name says ("/a%2541" arrives as "/a%41"): decoding it again would
#   turn one path into another. What the client really sent ("%2F" or "/") is lost; raw_path is the canonical encoding.
# - On a named stage rawPath starts with "/stage", on a custom domain too, where the client's URL doesn't have it.
# - rawQueryString is verbatim.
# - Header names are lower-cased, repeated ones joined with ","; Cookie is taken out into cookies[].
# - The answer: headers are single-valued, Set-Cookie goes to cookies[], multiValueHeaders is ignored. Without
#   statusCode the whole JSON would become the body. A response can't be streamed.

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _fields, _payload_v2, _url
from ._origin import Origin

if TYPE_CHECKING:
    from .._values.config import Config
    from .._values.request import HTTPRequest, LambdaEvent

_NAME = "api_gateway_v2"


def matches(event: LambdaEvent) -> bool:
    domain = _payload_v2.domain_name(event)
    return domain is not None and ".lambda-url." not in domain


def decode(event: LambdaEvent, config: Config) -> HTTPRequest:
    headers = _payload_v2.headers(event, _NAME)
    path = _fields.text(_NAME, event, "rawPath", "/")
    context = _fields.mapping(_NAME, event, "requestContext")
    stage = context.get("stage")
    rest = _url.strip_segments(path, f"/{stage}") if isinstance(stage, str) and stage != "$default" else None
    prefix = "" if rest is None else _fields.stage_prefix(context, headers)
    canonical = _url.canonical_path(path if rest is None else rest)
    return _payload_v2.decode(event, config, _NAME, canonical, prefix, headers)


ORIGIN = Origin(_NAME, matches, decode, _payload_v2.encode)
