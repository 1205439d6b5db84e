"""The other direction: the HTTP response that a front door makes of what the function returned."""

# A result is text that somebody else interprets. A misplaced key, a number for a string or a header that isn't the
# function's to send, and the client gets an error of the front door's own.

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never, cast

from ..._values.request import Headers, LambdaEvent
from ...origins import RequestOrigin
from .client import ClientResponse, Field, matches_media_type
from .events import is_disallowed
from .result_fields import (
    RefusedError,
    body,
    compact,
    cookies,
    decoded,
    encoded,
    headers,
    mapping,
    multi,
    single,
    status_code,
    text,
)


def make_response(
    origin: RequestOrigin,
    result: object,
    event: LambdaEvent,
    *,
    failed: bool = False,
    binary_media_types: Sequence[str] = (),
) -> ClientResponse:
    """What the client gets to see of ``result``, the function's decoded JSON in answer to ``event``.

    ``failed`` where the function ended in an error, which ``result`` then describes. ``binary_media_types``: what is
    configured for a REST API.
    """
    try:
        if failed or len(encoded(compact(result))) > _limit(origin, event):
            raise RefusedError
        response = _response(origin, result, event, binary_media_types)
    except RefusedError:
        response = _error(origin, result, event, failed)
    return _sent(response, _method(event))


def _response(
    origin: RequestOrigin, result: object, event: LambdaEvent, binary_media_types: Sequence[str]
) -> ClientResponse:
    match origin:
        case RequestOrigin.api_gateway_v1 if "version" in event:
            return _http_api_v1(mapping(result))
        case RequestOrigin.api_gateway_v1:
            return _rest_api(mapping(result), event, binary_media_types)
        case RequestOrigin.api_gateway_v2:
            return _payload_v2(result, "text/plain; charset=utf-8")
        case RequestOrigin.function_url:
            return _remapped(_payload_v2(result, "application/json"), [b"www-authenticate"])
        case RequestOrigin.alb:
            return _load_balancer(mapping(result), event)
        case RequestOrigin.websocket:
            return _websocket(mapping(result), event)
        case RequestOrigin.vpc_lattice:
            return _strict(mapping(result), single(mapping(result).get("headers"), strict=True))
        case RequestOrigin.lambda_edge:
            return _cloudfront(mapping(result), event)
        case RequestOrigin.pass_through:
            return ClientResponse(200, list(_JSON), encoded(compact(result)))
        case _:
            assert_never(origin)


def _limit(origin: RequestOrigin, event: LambdaEvent) -> int:
    if origin is RequestOrigin.alb:
        return 1024 * 1024
    if origin is RequestOrigin.lambda_edge:
        return 40 * 1024 if _is_viewer_request(event) else 1024 * 1024
    return 6 * 1024 * 1024 + 100


def _method(event: LambdaEvent) -> object:
    match event:
        case {"httpMethod": method} | {"method": method} | {"requestContext": {"http": {"method": method}}}:
            return method
        case {"Records": [{"cf": {"request": {"method": method}}}]}:
            return method
    return None


def _sent(response: ClientResponse, method: object) -> ClientResponse:
    """How it is transferred is the front door's to say, and RFC 9110, 6.4.1 says what has no content."""
    fields = [field for field in response.headers if field[0].lower() not in _OF_THE_TRANSFER]
    if method == "HEAD" or response.status < 200 or response.status in (204, 304):
        return ClientResponse(response.status, fields, b"")
    length = (b"content-length", b"%d" % len(response.body))
    return ClientResponse(response.status, [*fields, length], response.body)


_OF_THE_TRANSFER = (b"connection", b"content-length", b"keep-alive", b"transfer-encoding", b"upgrade")


# API Gateway and Function URLs

_REST_KEYS = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
# "May be remapped", says the guide of many more; these have been seen.
_REMAPPED = [b"authorization", b"connection", b"content-length", b"date", b"server", b"www-authenticate"]


def _rest_api(result: LambdaEvent, event: LambdaEvent, binary_media_types: Sequence[str]) -> ClientResponse:
    """Strict about keys; base64 is decoded only where the first Accept of the request is a binary media type."""
    if not result or not result.keys() <= _REST_KEYS:
        raise RefusedError
    fields = [*multi(result.get("multiValueHeaders")), *single(result.get("headers"))]
    asked = dict(single(event.get("headers")))
    accept = next((value for name, value in asked.items() if name.lower() == "accept"), "")
    is_binary = matches_media_type(accept.partition(",")[0].partition(";")[0].strip(), binary_media_types)
    content = body(result) if is_binary else encoded(text(result))
    response = ClientResponse(status_code(result.get("statusCode", 200)), headers(fields), content)
    return _remapped(_with_type(response, b"application/json"), _REMAPPED)


def _http_api_v1(result: LambdaEvent) -> ClientResponse:
    fields = [*single(result.get("headers")), *multi(result.get("multiValueHeaders"))]
    response = ClientResponse(status_code(result.get("statusCode")), headers(fields), body(result))
    return _with_type(response, b"text/plain; charset=utf-8")


def _payload_v2(result: object, content_type: str) -> ClientResponse:
    """Without a statusCode the result is itself the content, unless it looks like an error."""
    if not isinstance(result, dict) or "statusCode" not in result:
        if isinstance(result, dict) and "errorMessage" in result:
            raise RefusedError
        content = encoded(result if isinstance(result, str) else compact(result))
        return ClientResponse(200, list(_JSON), content)
    fields = [*single(result.get("headers")), *cookies(result.get("cookies"))]
    response = ClientResponse(status_code(result["statusCode"]), headers(fields), body(result))
    return _with_type(response, content_type.encode())


def _websocket(result: LambdaEvent, event: LambdaEvent) -> ClientResponse:
    """The answer to a handshake is a verdict, that to a message a message, for a route with a route response."""
    kind = cast("dict[str, str]", event["requestContext"])["eventType"]
    status = status_code(result.get("statusCode"))
    if kind != "CONNECT":
        return ClientResponse(status, [], body(result) if kind == "MESSAGE" else b"")
    if not 200 <= status < 300:
        return ClientResponse(status, [], b"")
    fields = headers(single(result.get("headers")))
    return ClientResponse(101, [field for field in fields if field[0].lower() == b"sec-websocket-protocol"], b"")


def _with_type(response: ClientResponse, content_type: bytes) -> ClientResponse:
    if any(name.lower() == b"content-type" for name, _ in response.headers):
        return response
    return response._replace(headers=[*response.headers, (b"content-type", content_type)])


def _remapped(response: ClientResponse, names: Iterable[bytes]) -> ClientResponse:
    fields = [
        (b"x-amzn-Remapped-" + name if name.lower() in names else name, value) for name, value in response.headers
    ]
    return response._replace(headers=fields)


# Load balancers


def _load_balancer(result: LambdaEvent, event: LambdaEvent) -> ClientResponse:
    """Headers in the family that the event has, and no other."""
    if event.get("multiValueHeaders") is None:
        own, other, fields = "headers", "multiValueHeaders", single(result.get("headers"), strict=True)
    else:
        own, other, fields = "multiValueHeaders", "headers", multi(result.get("multiValueHeaders"), strict=True)
    if result.get(own) is None and result.get(other) is not None:
        raise RefusedError
    return _strict(result, fields)


def _strict(result: LambdaEvent, fields: Iterable[Field]) -> ClientResponse:
    """The status a number and nothing else."""
    status = result.get("statusCode")
    if not isinstance(status, int) or not isinstance(result.get("statusDescription", ""), str):
        raise RefusedError
    return ClientResponse(status_code(status), headers(fields), body(result))


# CloudFront

_READ_ONLY = {"content-length", "transfer-encoding", "via"}
_READ_ONLY_VIEWER = _READ_ONLY | {"host"}
_READ_ONLY_ORIGIN = _READ_ONLY | {"accept-encoding"}
_READ_ONLY_ORIGIN |= {"if-modified-since", "if-none-match", "if-range", "if-unmodified-since"}


def _is_viewer_request(event: LambdaEvent) -> bool:
    match event:
        case {"Records": [{"cf": {"config": {"eventType": "viewer-request"}}}]}:
            return True
    return False


def _cloudfront(result: LambdaEvent, event: LambdaEvent) -> ClientResponse:
    """The status is a string; a header that is CloudFront's own, or content with a 204, spoils the response."""
    viewer = _is_viewer_request(event)
    status, encoding, content = result.get("status"), result.get("bodyEncoding", "text"), text(result)
    if not isinstance(status, str) or encoding not in ("text", "base64"):
        raise RefusedError
    if viewer and status == "204" and content:
        raise RefusedError
    fields = list(_cloudfront_fields(result, _READ_ONLY_VIEWER if viewer else _READ_ONLY_ORIGIN))
    return ClientResponse(status_code(status), fields, decoded(content) if encoding == "base64" else encoded(content))


def _cloudfront_fields(result: LambdaEvent, read_only: set[str]) -> Headers:
    fields: list[Field] = []
    for name, items in mapping(result.get("headers") or {}).items():
        if is_disallowed(name.lower()) or name.lower() in read_only or not isinstance(items, list):
            raise RefusedError
        for item in items:
            value = mapping(item).get("value")
            if not isinstance(value, str):
                raise RefusedError
            fields.append((str(mapping(item).get("key", name)), value))
    return headers(fields)


# The front doors' own errors

_JSON: Headers = [(b"content-type", b"application/json")]
_HTML: Headers = [(b"content-type", b"text/html")]


def html_error(status: int, reason: str) -> ClientResponse:
    text = f"<html><head><title>{status} {reason}</title></head><body><h1>{status} {reason}</h1></body></html>"
    return ClientResponse(status, list(_HTML), text.encode())


def _error(origin: RequestOrigin, result: object, event: LambdaEvent, failed: bool) -> ClientResponse:
    match origin:
        case RequestOrigin.api_gateway_v1 if "version" not in event:
            return ClientResponse(502, list(_JSON), b'{"message": "Internal server error"}')
        case RequestOrigin.api_gateway_v1 | RequestOrigin.api_gateway_v2:
            return ClientResponse(500, list(_JSON), b'{"message":"Internal Server Error"}')
        case RequestOrigin.function_url:
            return ClientResponse(502, [], b"Internal Server Error")
        case RequestOrigin.lambda_edge if failed:  # an execution error; what is no response is a validation error
            return html_error(503, "Service Unavailable")
        case RequestOrigin.alb | RequestOrigin.vpc_lattice | RequestOrigin.lambda_edge:
            return html_error(502, "Bad Gateway")
        case RequestOrigin.websocket:
            context = cast("dict[str, str]", event["requestContext"])
            names = ("connectionId", "requestId")
            message = {"message": "Internal server error"} | {name: context[name] for name in names}
            return ClientResponse(502, list(_JSON), encoded(compact(message)))
        case RequestOrigin.pass_through:
            return ClientResponse(200, [*_JSON, (b"x-amz-function-error", b"Unhandled")], encoded(compact(result)))
        case _:
            assert_never(origin)
