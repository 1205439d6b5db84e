"""The inverse of a result: the HTTP response that a front door makes of what the function returned."""

# A misplaced key, a number instead of a string or a header that the function may not set: then the front door ignores
# the result and sends an error of its own.

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never, cast

from ..._delivery.encoders import has_no_body
from ..._values.request import Headers, LambdaEvent
from ...origins import RequestOrigin
from .client import ClientResponse, Field, matches_media_type
from .events import is_disallowed
from .result_fields import (
    RefusedError,
    as_headers,
    as_object,
    as_status,
    body_bytes,
    body_text,
    cookie_fields,
    decode_base64,
    encode_json,
    encode_text,
    multi_fields,
    single_fields,
)


def make_response(
    origin: RequestOrigin,
    result: object,
    event: LambdaEvent,
    *,
    failed: bool = False,
    streamed: bool = False,
    binary_media_types: Sequence[str] = (),
) -> ClientResponse:
    """The response that the client of ``origin`` receives for ``result``, the function's decoded JSON.

    ``failed``: the invocation ended with an error, which ``result`` describes. ``streamed``: ``result`` is the head of
    a stream, whose length nobody knows. ``binary_media_types``: a REST API's.
    """
    if failed or len(encode_json(result)) > _limit(origin, event):
        response = _error(origin, result, event, failed)
    else:
        try:
            response = _response(origin, result, event, streamed, binary_media_types)
        except RefusedError:
            response = _error(origin, result, event, failed)
    return _framed(response, method_of(event), streamed and not response.body)


def _response(
    origin: RequestOrigin, result: object, event: LambdaEvent, streamed: bool, binary_media_types: Sequence[str]
) -> ClientResponse:
    match origin:
        case RequestOrigin.api_gateway_v1 if "version" in event:
            return _http_api_v1(as_object(result))
        case RequestOrigin.api_gateway_v1:
            return _rest_api(as_object(result), event, binary_media_types)
        case RequestOrigin.api_gateway_v2:
            return _payload_v2(result, "text/plain; charset=utf-8")
        case RequestOrigin.function_url:
            return _function_url(result, streamed)
        case RequestOrigin.alb:
            return _load_balancer(as_object(result), event)
        case RequestOrigin.websocket:
            return _websocket(as_object(result), event)
        case RequestOrigin.vpc_lattice:
            return _lattice(as_object(result))
        case RequestOrigin.lambda_edge:
            return _cloudfront(as_object(result), event)
        case RequestOrigin.pass_through:
            return ClientResponse(200, list(_JSON), encode_json(result))
        case _:
            assert_never(origin)


def _limit(origin: RequestOrigin, event: LambdaEvent) -> int:
    """Of a result, in bytes as JSON."""
    if origin is RequestOrigin.alb:
        return 1024 * 1024
    if origin is RequestOrigin.lambda_edge:
        return 40 * 1024 if _is_viewer_request(event) else 1024 * 1024
    return 6 * 1024 * 1024 + 100


def method_of(event: LambdaEvent) -> str:
    """The method of the request in ``event``, or ""."""
    match event:
        case (
            {"httpMethod": str(method)}
            | {"method": str(method)}
            | {"requestContext": {"http": {"method": str(method)}}}
            | {"Records": [{"cf": {"request": {"method": str(method)}}}]}
        ):
            return method
    return ""


def _framed(response: ClientResponse, method: str, streamed: bool) -> ClientResponse:
    """The front door, not the function, decides how a response is framed. RFC 9110, 6.4.1: some have no content."""
    headers = [(name, value) for name, value in response.headers if name.lower() not in _FRAMING]
    if streamed or has_no_body(method, response.status):
        return ClientResponse(response.status, headers, b"")
    length = (b"content-length", b"%d" % len(response.body))
    return ClientResponse(response.status, [*headers, length], response.body)


_FRAMING = (b"connection", b"content-length", b"keep-alive", b"transfer-encoding", b"upgrade")


# API Gateway and Function URLs

_REST_KEYS = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html, the table of headers. It
# passes Content-Length on; a deployed API renames it.
_REST_RENAMED = [
    b"authorization",
    b"connection",
    b"content-length",
    b"content-md5",
    b"date",
    b"max-forwards",
    b"server",
    b"user-agent",
    b"www-authenticate",
]
_REST_DROPPED = [
    b"expect",
    b"host",
    b"proxy-authenticate",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
    b"via",
]


def _rest_api(result: LambdaEvent, event: LambdaEvent, binary_media_types: Sequence[str]) -> ClientResponse:
    """Unknown keys are refused. Base64 is decoded only if the request's first Accept is a binary media type.

    Both maps count, and a pair of name and value that both contain counts once:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    if not result or not result.keys() <= _REST_KEYS:
        raise RefusedError
    multiple = list(multi_fields(result.get("multiValueHeaders")))
    fields = [*multiple, *(field for field in single_fields(result.get("headers")) if field not in multiple)]
    if matches_media_type(_first_accepted(event), binary_media_types):
        body = body_bytes(result)
    else:
        body = encode_text(body_text(result))
    headers = [(name, value) for name, value in as_headers(fields) if name.lower() not in _REST_DROPPED]
    response = ClientResponse(as_status(result.get("statusCode", 200)), headers, body)
    return _remapped(_with_content_type(response, b"application/json"), _REST_RENAMED)


def _first_accepted(event: LambdaEvent) -> str:
    headers = dict(single_fields(event.get("headers")))
    accept = next((value for name, value in headers.items() if name.lower() == "accept"), "")
    return accept.partition(",")[0].partition(";")[0].strip()


def _http_api_v1(result: LambdaEvent) -> ClientResponse:
    fields = [*single_fields(result.get("headers")), *multi_fields(result.get("multiValueHeaders"))]
    response = ClientResponse(as_status(result.get("statusCode")), as_headers(fields), body_bytes(result))
    return _with_content_type(response, b"text/plain; charset=utf-8")


def _payload_v2(result: object, content_type: str) -> ClientResponse:
    """A result without statusCode is the body of the response itself, unless it looks like an error."""
    if not isinstance(result, dict) or "statusCode" not in result:
        if isinstance(result, dict) and "errorMessage" in result:
            raise RefusedError
        body = encode_text(result) if isinstance(result, str) else encode_json(result)
        return ClientResponse(200, list(_JSON), body)
    fields = [*single_fields(result.get("headers")), *cookie_fields(result.get("cookies"))]
    response = ClientResponse(as_status(result["statusCode"]), as_headers(fields), body_bytes(result))
    return _with_content_type(response, content_type.encode())


def _function_url(result: object, streamed: bool) -> ClientResponse:
    """Headers that look as if they had been renamed already are refused, with a status of their own. A stream's length
    is renamed too.

    https://github.com/cargo-lambda/cargo-lambda/issues/862
    """
    response = _payload_v2(result, "application/json")
    if any(name.lower().startswith(b"x-amzn-remapped-") for name, _ in response.headers):
        return ClientResponse(500, [], b"Internal Server Error")
    return _remapped(response, [b"www-authenticate", b"content-length"] if streamed else [b"www-authenticate"])


def _websocket(result: LambdaEvent, event: LambdaEvent) -> ClientResponse:
    """A handshake's result accepts or rejects it. A message's result is a message, if the route has a response."""
    event_type = cast("dict[str, str]", event["requestContext"])["eventType"]
    status = as_status(result.get("statusCode"))
    if event_type != "CONNECT":
        return ClientResponse(status, [], body_bytes(result) if event_type == "MESSAGE" else b"")
    if not 200 <= status < 300:
        return ClientResponse(status, [], b"")
    headers = as_headers(single_fields(result.get("headers")))
    accepted = [(name, value) for name, value in headers if name.lower() == b"sec-websocket-protocol"]
    return ClientResponse(101, accepted, b"")


def _with_content_type(response: ClientResponse, content_type: bytes) -> ClientResponse:
    if any(name.lower() == b"content-type" for name, _ in response.headers):
        return response
    return response._replace(headers=[*response.headers, (b"content-type", content_type)])


def _remapped(response: ClientResponse, names: Iterable[bytes]) -> ClientResponse:
    """API Gateway renames headers that it sets itself."""
    headers = [
        (b"x-amzn-Remapped-" + name if name.lower() in names else name, value) for name, value in response.headers
    ]
    return response._replace(headers=headers)


# Load balancers


def _load_balancer(result: LambdaEvent, event: LambdaEvent) -> ClientResponse:
    """Only the event's kind of headers. It may be empty, but not absent; a body may be absent, but not null."""
    multi_value = event.get("multiValueHeaders") is not None
    headers = result.get("multiValueHeaders" if multi_value else "headers")
    if headers is None or ("body" in result and result["body"] is None):
        raise RefusedError
    fields = multi_fields(headers, strict=True) if multi_value else single_fields(headers, strict=True)
    return _with_numeric_status(result, fields)


def _lattice(result: LambdaEvent) -> ClientResponse:
    return _with_numeric_status(result, single_fields(result.get("headers"), strict=True))


def _with_numeric_status(result: LambdaEvent, fields: Iterable[Field]) -> ClientResponse:
    status = result.get("statusCode")
    if not isinstance(status, int) or not isinstance(result.get("statusDescription", ""), str):
        raise RefusedError
    return ClientResponse(as_status(status), as_headers(fields), body_bytes(result))


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
    """The status is a string. CloudFront refuses a header of its own, and a 204 with a body, even an empty one."""
    viewer = _is_viewer_request(event)
    status, encoding, text = result.get("status"), result.get("bodyEncoding", "text"), body_text(result)
    if not isinstance(status, str) or encoding not in ("text", "base64"):
        raise RefusedError
    if status == "204" and "body" in result:
        raise RefusedError
    headers = _cloudfront_headers(result, _READ_ONLY_VIEWER if viewer else _READ_ONLY_ORIGIN)
    body = decode_base64(text) if encoding == "base64" else encode_text(text)
    return ClientResponse(as_status(status), headers, body)


def _cloudfront_headers(result: LambdaEvent, read_only: set[str]) -> Headers:
    fields: list[Field] = []
    for name, items in as_object(result.get("headers") or {}).items():
        if is_disallowed(name.lower()) or name.lower() in read_only or not isinstance(items, list):
            raise RefusedError
        for item in items:
            value = as_object(item).get("value")
            if not isinstance(value, str):
                raise RefusedError
            fields.append((str(as_object(item).get("key", name)), value))
    return as_headers(fields)


# The front doors' own errors

_JSON: Headers = [(b"content-type", b"application/json")]
_HTML: Headers = [(b"content-type", b"text/html")]


def json_error(status: int, text: str) -> ClientResponse:
    return ClientResponse(status, list(_JSON), text.encode())


def html_error(status: int, reason: str) -> ClientResponse:
    text = f"<html><head><title>{status} {reason}</title></head><body><h1>{status} {reason}</h1></body></html>"
    return ClientResponse(status, list(_HTML), text.encode())


def _error(origin: RequestOrigin, result: object, event: LambdaEvent, failed: bool) -> ClientResponse:
    match origin:
        case RequestOrigin.api_gateway_v1 if "version" not in event:
            return json_error(502, '{"message": "Internal server error"}')
        case RequestOrigin.api_gateway_v1 | RequestOrigin.api_gateway_v2:
            return json_error(500, '{"message":"Internal Server Error"}')
        case RequestOrigin.function_url:
            return ClientResponse(502, [], b"Internal Server Error")
        case RequestOrigin.lambda_edge if failed:  # an execution error; a malformed result is a validation error
            return html_error(503, "Service Unavailable")
        case RequestOrigin.alb | RequestOrigin.vpc_lattice | RequestOrigin.lambda_edge:
            return html_error(502, "Bad Gateway")
        case RequestOrigin.websocket:
            context = cast("dict[str, str]", event["requestContext"])
            ids = {name: context[name] for name in ("connectionId", "requestId")}
            return ClientResponse(502, list(_JSON), encode_json({"message": "Internal server error"} | ids))
        case RequestOrigin.pass_through:
            return ClientResponse(200, [*_JSON, (b"x-amz-function-error", b"Unhandled")], encode_json(result))
        case _:
            assert_never(origin)
