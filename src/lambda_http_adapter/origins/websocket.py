"""API Gateway WebSocket API: each message becomes an HTTP request to its route.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html
"""

# Facts
# - CONNECT is the client's handshake and has headers and a query. MESSAGE has only a body. DISCONNECT may never come.
#   requestContext.connectionId identifies the connection.
# - Whose word counts: in a handshake as for a REST API. Messages have no headers: https, and domainName.
# - A result of CONNECT whose status isn't 2xx refuses the connection. The result of a MESSAGE reaches the client only
#   if the route has a route response; the limit is 128 KB.
# - The server sends messages with POST https://{domainName}/{stage}/@connections/{connectionId}, not as a result.

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _fields
from ._http_request import build_request, canonical_path, client_behind, form_query
from ._origin import Origin

if TYPE_CHECKING:
    from .._values.config import Config
    from .._values.request import Headers, LambdaEvent
    from ._http_request import HTTPRequest

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
    query = _fields.pairs(_NAME, event, "queryStringParameters", "multiValueQueryStringParameters")
    headers = _fields.event_headers(_NAME, event, "multiValueHeaders")
    return build_request(
        method="POST",
        path="/" + canonical_path(_fields.text(_NAME, context, "routeKey", at="requestContext.")),
        query_string=form_query(query),
        headers=headers,
        body=_fields.body_bytes(_NAME, event),
        default_scheme="https",
        domain=_fields.text(_NAME, context, "domainName", "", "requestContext."),
        client=client_behind(identity.get("sourceIp"), headers, config.trusted_proxies),
        protocol=context.get("protocol"),
        config=config,
    )


def encode(status: int, headers: Headers, body: str, is_base64: bool, event: LambdaEvent) -> dict[str, object]:
    return {
        "statusCode": status,
        "headers": _fields.single_headers(headers),
        "body": body,
        "isBase64Encoded": is_base64,
    }


ORIGIN = Origin(_NAME, matches, decode, encode, response_limit=lambda event: 128 * 1024)
