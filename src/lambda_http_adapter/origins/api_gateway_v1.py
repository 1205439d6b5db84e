"""API Gateway payload format 1.0: REST APIs, and HTTP APIs configured for it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

# Facts
# - path is as the client sent it, without the stage. requestContext.path is the path of the client's URL, which has the
#   stage.
# - Both include the base path mapping of a custom domain. No field of the event names it: the option base_path does.
# - Query maps are decoded. The order of different names is lost.
# - headers has the last value of each name, multiValueHeaders has all of them; either may be null. REST APIs don't send
#   Content-Length.
# - Whose word counts: API Gateway replaces X-Forwarded-Proto and -Port and appends to X-Forwarded-For. sourceIp is its
#   TCP peer, or the viewer of an edge-optimised API. Host selects the API, so a client can't choose another.
# - The result: headers and multiValueHeaders are concatenated, so a name must be in one of them only. An unknown
#   key, or a value that isn't a list, is a 502. isBase64Encoded counts only if the API's binaryMediaTypes match.
# - Only a REST API can stream; only an HTTP API's events have a version. The prelude of a streamed response has
#   statusCode and multiValueHeaders; a key other than these, headers and cookies is a 500. The delimiter must come
#   within 16 KB.

from __future__ import annotations

from typing import TYPE_CHECKING

from .._values.codec import dumps
from ..errors import AppError
from . import _fields
from ._http_request import build_request, client_behind, form_query, strip_segments
from ._origin import Origin

if TYPE_CHECKING:
    from .._values.config import Config
    from .._values.request import Headers, LambdaEvent
    from ._http_request import HTTPRequest

_NAME = "api_gateway_v1"

# Keys of other events that have httpMethod and requestContext as well: an authorizer's request, an action of an Amazon
# Bedrock agent.
_FOREIGN = ("methodArn", "apiPath")

_PRELUDE_LIMIT = 16 * 1024 - 8  # the delimiter is 8 bytes long


def matches(event: LambdaEvent) -> bool:
    # Hand-written events may have nothing but a method and a path.
    if event.get("httpMethod") is None or not any(key in event for key in ("path", "resource", "requestContext")):
        return False
    if any(key in event for key in _FOREIGN):
        return False
    context = event.get("requestContext")
    return not isinstance(context, dict) or not ("elb" in context or _is_websocket(context))


def _is_websocket(context: LambdaEvent) -> bool:
    """A REST API's context may have a connectionId as well, but not what belongs to a message."""
    return "connectionId" in context and ("routeKey" in context or "eventType" in context)


def decode(event: LambdaEvent, config: Config) -> HTTPRequest:
    context = _fields.mapping(_NAME, event, "requestContext")
    identity = _fields.mapping(_NAME, context, "identity", "requestContext.")
    query = _fields.pairs(_NAME, event, "queryStringParameters", "multiValueQueryStringParameters")
    headers = _fields.event_headers(_NAME, event, "multiValueHeaders")
    return build_request(
        method=_fields.method(_NAME, event),
        path=_fields.text(_NAME, event, "path", "/"),
        query_string=form_query(query),
        headers=headers,
        body=_fields.body_bytes(_NAME, event),
        default_scheme="https",
        domain=_fields.text(_NAME, context, "domainName", "", "requestContext."),
        stage=_stage(_fields.stage(_NAME, context), context.get("path")),
        client=client_behind(identity.get("sourceIp"), headers, config.trusted_proxies),
        protocol=context.get("protocol"),
        config=config,
    )


def _stage(stage: str, url_path: object) -> str:
    """The name of the stage; "" if ``url_path``, the path of the client's URL, doesn't start with it."""
    if isinstance(url_path, str) and strip_segments(url_path, "/" + stage) is None:
        return ""
    return stage


def encode(status: int, headers: Headers, body: str, is_base64: bool, event: LambdaEvent) -> dict[str, object]:
    return {
        "statusCode": status,
        "multiValueHeaders": _fields.multi_value_headers(headers),
        "body": body,
        "isBase64Encoded": is_base64,
    }


def prelude(status: int, headers: Headers) -> bytes:
    data = dumps({"statusCode": status, "multiValueHeaders": _fields.multi_value_headers(headers)})
    if len(data) > _PRELUDE_LIMIT:
        raise AppError(
            f"The head of the streamed response is {len(data):,} bytes, and API Gateway takes {_PRELUDE_LIMIT:,}. "
            "Send fewer or smaller headers."
        )
    return data


def streams(event: LambdaEvent) -> bool:
    return "version" not in event


ORIGIN = Origin(_NAME, matches, decode, encode, prelude, streams)
