"""API Gateway payload format 1.0: REST APIs, and HTTP APIs configured for it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

# Facts
# - path is as the client sent it, without the stage; requestContext.path is what the client's URL has, stage included.
# - A base path mapping of a custom domain stands in both of them, and nothing in the event names it: base_path does.
# - Query maps are decoded; the order between different names is lost.
# - headers holds the last value of each name, multiValueHeaders all of them; either may be null. REST APIs send no
#   Content-Length.
# - The answer: headers and multiValueHeaders are concatenated, so a name must stand in one of them; an unknown key, or
#   a value that is not a list, is a 502. isBase64Encoded counts only where the API's binaryMediaTypes match.
# - Only a REST API can stream; only an HTTP API's events have a version. A streamed answer has a prelude of statusCode
#   and multiValueHeaders, any other key but headers and cookies being a 500; its delimiter must come within 16 KB.

from __future__ import annotations

from typing import TYPE_CHECKING

from .._values.codec import dumps
from ..errors import AppError
from . import _answer, _fields, _url
from ._origin import Origin

if TYPE_CHECKING:
    from .._values.config import Config
    from .._values.request import Headers, HTTPRequest, LambdaEvent

_NAME = "api_gateway_v1"

# Of an authorizer's request, an Amazon Bedrock agent's action, and of front doors with the same fields otherwise.
_FOREIGN = ("methodArn", "authorizationToken", "apiPath")
_PRELUDE_LIMIT = 16 * 1024 - 8  # eight NULs follow
_FOREIGN_CONTEXT = ("elb", "connectionId")


def matches(event: LambdaEvent) -> bool:
    if event.get("httpMethod") is None or not ("resource" in event or "requestContext" in event):
        return False
    context = event.get("requestContext")
    return not any(key in event for key in _FOREIGN) and not (
        isinstance(context, dict) and any(key in context for key in _FOREIGN_CONTEXT)
    )


def decode(event: LambdaEvent, config: Config) -> HTTPRequest:
    context = _fields.mapping(_NAME, event, "requestContext")
    identity = _fields.mapping(_NAME, context, "identity", "requestContext.")
    headers = _fields.request_headers(_fields.pairs(_NAME, event, "multiValueHeaders", "headers"))
    query = _fields.pairs(_NAME, event, "multiValueQueryStringParameters", "queryStringParameters")
    stage = _fields.stage_prefix(context, headers)
    seen = context.get("path")
    if isinstance(seen, str) and _url.strip_segments(seen, stage) is None:
        stage = ""
    return _fields.build_request(
        method=_fields.text(_NAME, event, "httpMethod"),
        path=_fields.text(_NAME, event, "path", "/"),
        query_string=_url.form_query(query),
        headers=headers,
        body=_fields.body_bytes(_NAME, event),
        scheme=_fields.scheme_from(headers, "https"),
        domain=_fields.text(_NAME, context, "domainName", "", "requestContext."),
        client=_fields.client_at(identity.get("sourceIp")),
        protocol=context.get("protocol"),
        stage=stage,
        config=config,
    )


def encode(status: int, headers: Headers, body: str, is_base64: bool, event: LambdaEvent) -> dict[str, object]:
    return {
        "statusCode": status,
        "multiValueHeaders": _answer.multi_value_headers(headers),
        "body": body,
        "isBase64Encoded": is_base64,
    }


def prelude(status: int, headers: Headers) -> bytes:
    data = dumps({"statusCode": status, "multiValueHeaders": _answer.multi_value_headers(headers)})
    if len(data) > _PRELUDE_LIMIT:
        raise AppError(
            f"The head of the streamed response is {len(data):,} bytes, and API Gateway takes {_PRELUDE_LIMIT:,}. "
            "Send fewer or smaller headers."
        )
    return data


def streams(event: LambdaEvent) -> bool:
    return "version" not in event


ORIGIN = Origin(_NAME, matches, decode, encode, prelude, streams)
