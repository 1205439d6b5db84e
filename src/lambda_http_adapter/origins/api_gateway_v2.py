"""API Gateway HTTP API, payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

# Facts
# - rawPath is percent-decoded by AWS, despite its name ("/a%2541" arrives as "/a%41"): decoding it again would turn one
#   path into another. What the client sent ("%2F" or "/") is lost; raw_path is the canonical encoding.
# - On a named stage, rawPath starts with "/stage", on a custom domain too, where the client's URL doesn't have it.
# - rawQueryString is as the client sent it.
# - Header names are in lower case, repeated ones joined with ",". The Cookie header is moved to cookies[].
# - Whose word counts: API Gateway replaces X-Forwarded-Proto and -Port and appends to X-Forwarded-For. sourceIp is its
#   TCP peer. Host selects the API, so a client can't choose another.
# - The result: headers are single-valued, Set-Cookie goes to cookies[], multiValueHeaders is ignored. Without
#   statusCode the whole JSON would become the body. A response can't be streamed.

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _fields
from ._http_request import canonical_path, strip_segments
from ._origin import Origin

if TYPE_CHECKING:
    from .._values.config import Config
    from .._values.request import LambdaEvent
    from ._http_request import HTTPRequest

_NAME = "api_gateway_v2"


def matches(event: LambdaEvent) -> bool:
    domain = _fields.payload_v2_domain(event)
    return domain is not None and ".lambda-url." not in domain


def decode(event: LambdaEvent, config: Config) -> HTTPRequest:
    path = _fields.text(_NAME, event, "rawPath", "/")
    path, stage = _split_stage(path, _fields.stage(_NAME, _fields.mapping(_NAME, event, "requestContext")))
    return _fields.decode_payload_v2(event, config, _NAME, canonical_path(path), stage)


def _split_stage(path: str, stage: str) -> tuple[str, str]:
    """The path below the stage, and the stage's name: "" if the path has none."""
    if stage:
        below_stage = strip_segments(path, "/" + stage)
        if below_stage is not None:
            return below_stage, stage
    return path, ""


ORIGIN = Origin(_NAME, matches, decode, _fields.encode_payload_v2)
