"""Payload format 2.0, which HTTP APIs and Function URLs share but for the path and the cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._values.request import Headers, HTTPRequest, LambdaEvent
from . import _answer, _fields, _url

if TYPE_CHECKING:
    from .._values.config import Config


def domain_name(event: LambdaEvent) -> str | None:
    """The domain of a 2.0 request event; None for any other event, an authorizer's (``routeArn``) among them."""
    context = event.get("requestContext")
    if event.get("version") != "2.0" or not isinstance(context, dict) or "http" not in context or "routeArn" in event:
        return None
    domain = context.get("domainName")
    return domain if isinstance(domain, str) else ""


def decode(event: LambdaEvent, config: Config, origin: str, path: str, stage: str, headers: Headers) -> HTTPRequest:
    context = _fields.mapping(origin, event, "requestContext")
    http = _fields.mapping(origin, context, "http", "requestContext.")
    return _fields.build_request(
        method=_fields.text(origin, http, "method", at="requestContext.http."),
        path=path,
        # The string map next to it joins repeated keys with commas; only this one is the client's.
        query_string=_url.query_bytes(_fields.text(origin, event, "rawQueryString", "")),
        headers=headers,
        body=_fields.body_bytes(origin, event),
        scheme=_fields.scheme_from(headers, "https"),
        domain=_fields.text(origin, context, "domainName", "", "requestContext."),
        client=_fields.client_at(http.get("sourceIp")),
        protocol=http.get("protocol"),
        stage=stage,
        config=config,
    )


def headers(event: LambdaEvent, origin: str) -> Headers:
    # HTTP APIs send cookies[] alone, Function URLs send the header as well: the array only counts without it.
    cookies = map(_fields.scalar, _fields.items(origin, event, "cookies"))
    return _fields.request_headers(_fields.pairs(origin, event, None, "headers"), cookies)


def head(status: int, headers: Headers) -> dict[str, object]:
    joined, cookies = _answer.joined_headers(headers)
    answer: dict[str, object] = {"statusCode": status, "headers": joined}
    if cookies:
        answer["cookies"] = cookies
    return answer


def encode(status: int, headers: Headers, body: str, is_base64: bool, event: LambdaEvent) -> dict[str, object]:
    return {**head(status, headers), "body": body, "isBase64Encoded": is_base64}
