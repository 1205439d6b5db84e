"""The events of API Gateway, and of Function URLs, which use its payload 2.0."""

# https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
# https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from .client import ClientRequest, header_value, matches_media_type, media_type, text_fields
from .event_fields import (
    HOP_BY_HOP,
    client_fields,
    event_body,
    gateway_id,
    group_headers,
    group_parameters,
    joined_values,
    last_values,
    with_forwarded,
)
from .mount import EXECUTE_API, Mount, api_fields, host_name

if TYPE_CHECKING:
    from ..._values.request import LambdaEvent

_ACCOUNT = "123456789012"
_FUNCTION_URL = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws"


# Payload 1.0

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html, the table of headers
_DROPPED_BY_REST = HOP_BY_HOP | {"content-length", "content-md5", "max-forwards", "server", "www-authenticate"}


def rest_api(request: ClientRequest, mount: Mount, binary_media_types: Sequence[str]) -> LambdaEvent:
    """Path as sent, query decoded, no Content-Length. A binary media type becomes base64, any other body text."""
    path = "/" + mount.path.lstrip("/")
    proxy = mount.resource.lstrip("/").removesuffix("/")
    resource = "/{proxy+}" if proxy else "/"
    if matches_media_type(media_type(request.headers), binary_media_types):
        body, is_base64 = event_body(request.body, is_text=False)
    else:
        body, is_base64 = request.body.decode(errors="replace"), False
    # A semicolon separates parameters, as "&" does.
    parameters = parse_qsl(request.query.replace(";", "&"), keep_blank_values=True)
    return {
        "resource": resource,
        "path": path,
        "httpMethod": request.method,
        **_fields_v1(request, mount.domain, parameters, _DROPPED_BY_REST),
        "pathParameters": {"proxy": proxy} if proxy else None,
        "stageVariables": None,
        "requestContext": {
            **_context_v1(request, mount, request.path, str(uuid.uuid4())),
            "resourceId": "al6gqb",
            "resourcePath": resource,
        },
        "body": body or None,
        "isBase64Encoded": is_base64,
    }


def http_api_v1(request: ClientRequest, mount: Mount) -> LambdaEvent:
    """Differs from a REST API's: Content-Length, base64 by the media type, a decoded path in requestContext."""
    request = _with_content_length(request)
    context_path = mount.path if mount.stage == "$default" else f"/{mount.stage}{mount.path}"
    parameters = parse_qsl(request.query, keep_blank_values=True)
    body, is_base64 = event_body(request.body, _is_text(request))
    return {
        "version": "1.0",
        "resource": "$default",
        "path": mount.path or "/",
        "httpMethod": request.method,
        **_fields_v1(request, mount.domain, parameters, HOP_BY_HOP),
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            **_context_v1(request, mount, unquote(context_path), gateway_id()),
            "resourceId": "$default",
            "resourcePath": "$default",
        },
        "body": body or None,
        "isBase64Encoded": is_base64,
    }


def _fields_v1(
    request: ClientRequest, domain: str, parameters: list[tuple[str, str]], without: frozenset[str]
) -> LambdaEvent:
    """Headers and query parameters twice: with the last value of each name, and with all values."""
    fields = with_forwarded(client_fields(request, domain, without), request)
    headers = group_headers((_spelling_v1(name), value) for name, value in fields)
    return {
        "headers": last_values(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": last_values(group_parameters(parameters)) or None,
        "multiValueQueryStringParameters": group_parameters(parameters) or None,
    }


def _spelling_v1(name: str) -> str:
    """The client's spelling, except for four names that API Gateway always spells in its own way."""
    title = name.title()
    return title if title in ("Authorization", "Content-Length", "Host", "User-Agent") else name


_NO_IDENTITY = dict.fromkeys(
    (
        "accessKey",
        "accountId",
        "caller",
        "cognitoAuthenticationProvider",
        "cognitoAuthenticationType",
        "cognitoIdentityId",
        "cognitoIdentityPoolId",
        "principalOrgId",
        "user",
        "userArn",
    )
)


def _context_v1(request: ClientRequest, mount: Mount, path: str, request_id: str) -> LambdaEvent:
    time, epoch = _now()
    return {
        "accountId": _ACCOUNT,
        **api_fields(mount),
        "extendedRequestId": gateway_id(),
        "httpMethod": request.method,
        "identity": _NO_IDENTITY | {"sourceIp": request.client, "userAgent": _user_agent(request)},
        "path": path,
        "protocol": "HTTP/1.1",
        "requestId": request_id,
        "requestTime": time,
        "requestTimeEpoch": epoch,
    }


# Payload 2.0


def http_api_v2(request: ClientRequest, mount: Mount) -> LambdaEvent:
    """rawPath decoded, with the stage (on a custom domain too), without the API mapping; cookies not in headers."""
    request = _with_content_length(request)
    path = unquote(mount.resource if mount.stage == "$default" else f"/{mount.stage}{mount.resource}") or "/"
    headers, cookies = _fields_v2(request, mount.domain)
    headers.pop("cookie", None)
    context = {"accountId": _ACCOUNT, **api_fields(mount), "requestId": gateway_id()}
    return _event_v2(request, path, path, headers, cookies, context)


def function_url(request: ClientRequest) -> LambdaEvent:
    """rawPath as sent; cookies both in headers and in their own list."""
    headers, cookies = _fields_v2(request, _FUNCTION_URL)
    if request.scheme == "https":
        headers |= {"x-amzn-tls-cipher-suite": "TLS_AES_128_GCM_SHA256", "x-amzn-tls-version": "TLSv1.3"}
    url_id = _FUNCTION_URL.partition(".")[0]
    names = {"apiId": url_id, "domainName": _FUNCTION_URL, "domainPrefix": url_id, "stage": "$default"}
    context = {"accountId": "anonymous", **names, "requestId": str(uuid.uuid4())}
    return _event_v2(request, request.path, unquote(request.path), headers, cookies, context)


def _fields_v2(request: ClientRequest, domain: str) -> tuple[dict[str, str], list[str]]:
    """Headers in lower case, repeated ones joined with "," (Cookie with "; "); and the list of cookies."""
    groups = group_headers(with_forwarded(client_fields(request, domain, HOP_BY_HOP), request), lower=True)
    lines = groups.get("cookie", [])
    headers = joined_values(groups, ",")
    if lines:
        headers["cookie"] = "; ".join(lines)
    return headers, [cookie for line in lines for part in line.split(";") if (cookie := part.strip())]


def _event_v2(
    request: ClientRequest,
    raw_path: str,
    path: str,
    headers: dict[str, str],
    cookies: list[str],
    context: Mapping[str, object],
) -> LambdaEvent:
    """The query as sent, and decoded with repeated parameters joined. Empty optional fields are left out."""
    parameters = joined_values(group_parameters(parse_qsl(request.query, keep_blank_values=True)), ",")
    body, is_base64 = event_body(request.body, _is_text(request))
    http = {
        "method": request.method,
        "path": path.removesuffix("/") or "/",
        "protocol": "HTTP/1.1",
        "sourceIp": request.client,
        "userAgent": _user_agent(request) or "",
    }
    time, epoch = _now()
    event: LambdaEvent = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": raw_path,
        "rawQueryString": request.query,
        "cookies": cookies,
        "headers": headers,
        "queryStringParameters": parameters,
        "requestContext": {**context, "http": http, "routeKey": "$default", "time": time, "timeEpoch": epoch},
        "body": body,
        "isBase64Encoded": is_base64,
    }
    optional = ("cookies", "queryStringParameters", "body")
    return {name: value for name, value in event.items() if value or name not in optional}


# WebSocket
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html


def websocket(
    request: ClientRequest, stage: str, domain_name: str, event_type: str | None, route_key: str
) -> LambdaEvent:
    """Only the handshake has headers and a query, only a message has a body. There is no path."""
    mount = Mount(domain_name or host_name(request.host) or EXECUTE_API, stage, "", "")
    if event_type is None:
        event_type = "MESSAGE" if request.body else "CONNECT"
    context = _websocket_context(request, mount, event_type, route_key)
    if event_type == "CONNECT":
        return {**_handshake_fields(request, mount), "requestContext": context, "isBase64Encoded": False}
    if event_type == "DISCONNECT":
        context |= {"disconnectStatusCode": 1005, "disconnectReason": "Client-side close frame status not set"}
        return {**_disconnect_fields(mount), "requestContext": context, "isBase64Encoded": False}
    context["messageId"] = gateway_id()
    body, is_base64 = event_body(request.body, is_text=True)
    return {"requestContext": context, "body": body, "isBase64Encoded": is_base64}


def _websocket_context(request: ClientRequest, mount: Mount, event_type: str, route_key: str) -> LambdaEvent:
    time, epoch = _now()
    request_id = gateway_id()
    api = api_fields(mount)
    return {
        **{name: api[name] for name in ("apiId", "domainName", "stage")},
        "routeKey": {"CONNECT": "$connect", "DISCONNECT": "$disconnect"}.get(event_type, route_key),
        "eventType": event_type,
        "extendedRequestId": request_id,
        "requestTime": time,
        "messageDirection": "IN",
        "connectedAt": epoch,
        "requestTimeEpoch": epoch,
        "identity": {"userAgent": _user_agent(request), "sourceIp": request.client},
        "requestId": request_id,
        "connectionId": gateway_id(),
    }


def _handshake_fields(request: ClientRequest, mount: Mount) -> LambdaEvent:
    parameters = parse_qsl(request.query, keep_blank_values=True)
    fields = _fields_v1(request, mount.domain, parameters, HOP_BY_HOP | {"content-length"})
    return {name: values for name, values in fields.items() if values is not None}


def _disconnect_fields(mount: Mount) -> LambdaEvent:
    headers = {"Host": mount.domain, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    return {"headers": headers, "multiValueHeaders": {name: [value] for name, value in headers.items()}}


# Fields of several payloads


def _with_content_length(request: ClientRequest) -> ClientRequest:
    """HTTP APIs send Content-Length even if the client, without a body, didn't."""
    if any(name.lower() == "content-length" for name, _ in text_fields(request.headers)):
        return request
    return request._replace(headers=[*request.headers, (b"Content-Length", b"")])


def _user_agent(request: ClientRequest) -> str | None:
    return header_value(request.headers, "user-agent") or None


def _is_text(request: ClientRequest) -> bool:
    return any(word in media_type(request.headers) for word in ("text", "json", "xml", "javascript"))


def _now() -> tuple[str, int]:
    now = datetime.now(UTC)
    return now.strftime("%d/%b/%Y:%H:%M:%S +0000"), int(now.timestamp() * 1000)
