"""API Gateway WebSocket API: each message as an HTTP request to its route.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html
"""

# Facts
# - CONNECT is the client's handshake with its headers and query; MESSAGE has a body and neither; DISCONNECT may never
#   come. The connection is requestContext.connectionId.
# - The answer to CONNECT decides: any status but 2xx refuses the connection. The answer to a MESSAGE reaches the client
#   only where the route has a route response, 128 KB of it.
# - The server speaks through POST https://{domainName}/{stage}/@connections/{connectionId}, not through the answer.

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _answer, _fields, _url
from ._origin import Origin

if TYPE_CHECKING:
    from .._values.config import Config
    from .._values.request import Headers, HTTPRequest, LambdaEvent

_NAME = "websocket"


def matches(event: LambdaEvent) -> bool:
    context = event.get("requestContext")
    return (
        isinstance(context, dict)
        and "connectionId" in context
        and context.get("eventType") in ("CONNECT", "MESSAGE", "DISCONNECT")
        and "methodArn" not in event
    )


def decode(event: LambdaEvent, config: Config) -> HTTPRequest:
    context = _fields.mapping(_NAME, event, "requestContext")
    identity = _fields.mapping(_NAME, context, "identity", "requestContext.")
    headers = _fields.request_headers(_fields.pairs(_NAME, event, "multiValueHeaders", "headers"))
    query = _fields.pairs(_NAME, event, "multiValueQueryStringParameters", "queryStringParameters")
    return _fields.build_request(
        method="POST",
        path="/" + _url.canonical_path(_fields.text(_NAME, context, "routeKey", at="requestContext.")),
        query_string=_url.form_query(query),
        headers=headers,
        body=_fields.body_bytes(_NAME, event),
        scheme=_fields.scheme_from(headers, "https"),
        domain=_fields.text(_NAME, context, "domainName", "", "requestContext."),
        client=_fields.client_at(identity.get("sourceIp")),
        protocol=context.get("protocol"),
        stage="",
        config=config,
    )


def encode(status: int, headers: Headers, body: str, is_base64: bool, event: LambdaEvent) -> dict[str, object]:
    return {
        "statusCode": status,
        "headers": _answer.single_headers(headers),
        "body": body,
        "isBase64Encoded": is_base64,
    }


ORIGIN = Origin(_NAME, matches, decode, encode, response_limit=lambda event: 128 * 1024)
