"""Payload format 2.0, shared by HTTP APIs and Function URLs. They differ in the path and in the cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _fields
from ._http_request import build_request, client_at, query_bytes

if TYPE_CHECKING:
    from .._values.config import Config
    from .._values.request import Headers, HTTPRequest, LambdaEvent


def domain_name(event: LambdaEvent) -> str | None:
    """The domain name of a request in payload format 2.0; None for any other event, such as an authorizer's."""
    context = event.get("requestContext")
    if event.get("version") != "2.0" or not isinstance(context, dict) or "http" not in context or "routeArn" in event:
        return None
    domain = context.get("domainName")
    return domain if isinstance(domain, str) else ""


def decode(event: LambdaEvent, config: Config, origin: str, path: str, stage: str = "") -> HTTPRequest:
    """``path`` is percent-encoded and doesn't include the stage."""
    context = _fields.mapping(origin, event, "requestContext")
    http = _fields.mapping(origin, context, "http", "requestContext.")
    # HTTP APIs send cookies[] only. Function URLs send the Cookie header as well, which then counts.
    cookies = _fields.items(origin, event, "cookies")
    return build_request(
        method=_fields.text(origin, http, "method", at="requestContext.http."),
        path=path,
        # Not queryStringParameters: that is decoded, and joins the values of a repeated name with commas.
        query_string=query_bytes(_fields.text(origin, event, "rawQueryString", "")),
        headers=_fields.request_headers(_fields.pairs(origin, event, "headers"), cookies),
        body=_fields.body_bytes(origin, event),
        default_scheme="https",
        domain=_fields.text(origin, context, "domainName", "", "requestContext."),
        stage=stage,
        client=client_at(http.get("sourceIp")),
        protocol=http.get("protocol"),
        config=config,
    )


def head(status: int, headers: Headers) -> dict[str, object]:
    """A result without its body; also the prelude of a streamed response."""
    joined, cookies = _fields.joined_headers(headers)
    result: dict[str, object] = {"statusCode": status, "headers": joined}
    if cookies:
        result["cookies"] = cookies
    return result


def encode(status: int, headers: Headers, body: str, is_base64: bool, event: LambdaEvent) -> dict[str, object]:
    result = head(status, headers)
    result["body"] = body
    result["isBase64Encoded"] = is_base64
    return result
