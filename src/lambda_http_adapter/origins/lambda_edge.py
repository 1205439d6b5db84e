"""Lambda@Edge: CloudFront viewer and origin requests, answered by the function instead of the origin.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
"""

# Facts
# - uri and querystring (without "?") are as the client sent them. AWS has samples without a querystring.
# - headers has a list of {key, value} for each name in lower case.
# - Whose word counts: clientIp is CloudFront's. In origin requests CloudFront writes CloudFront-Forwarded-Proto, the
#   viewer's scheme, if the origin request policy includes it. In viewer requests all headers are the viewer's, and
#   nothing tells the scheme: https, unless the option forwarded_proto says otherwise. CloudFront never shows
#   X-Forwarded-Proto to a function and doesn't write X-Forwarded-Port. Host selects the distribution.
# - The event has a body only if the association includes it, cut off at 40 KB (viewer requests) or 1 MB (origin
#   requests). Only inputTruncated tells: such a request is answered with 413.
# - The result: status is a string, bodyEncoding replaces isBase64Encoded, the limit is 40 KB or 1 MB in total. A header
#   that CloudFront reserves for itself is a 502, and so is a body with status 204, even an empty one.

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ..errors import TruncatedBodyError
from . import _fields
from ._http_request import build_request, client_behind, query_bytes
from ._origin import Origin

if TYPE_CHECKING:
    from .._values.config import Config
    from .._values.request import Headers, LambdaEvent
    from ._http_request import HTTPRequest

_NAME = "lambda_edge"
_AT = "Records[0].cf."

# Response headers that the function must not set.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
_REFUSED = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
        "x-accel-buffering",
        "x-accel-charset",
        "x-accel-limit-rate",
        "x-accel-redirect",
        "x-amzn-auth",
        "x-amzn-cf-billing",
        "x-amzn-cf-id",
        "x-amzn-cf-xff",
        "x-amzn-errortype",
        "x-amzn-fle-profile",
        "x-amzn-header-count",
        "x-amzn-header-order",
        "x-amzn-lambda-integration-tag",
        "x-amzn-requestid",
        "x-cache",
        "x-forwarded-proto",
        "x-real-ip",
    }
)
_REFUSED_PREFIXES = ("x-amz-cf-", "x-edge-")


def matches(event: LambdaEvent) -> bool:
    records = event.get("Records")
    first = records[0] if isinstance(records, list) and records else None
    cf = first.get("cf") if isinstance(first, dict) else None
    return isinstance(cf, dict) and "request" in cf and "response" not in cf


def decode(event: LambdaEvent, config: Config) -> HTTPRequest:
    cf = _cf(event)
    request = _fields.mapping(_NAME, cf, "request", _AT)
    at = _AT + "request."
    fields = _header_pairs(_fields.mapping(_NAME, request, "headers", at), at + "headers")
    headers = _fields.request_headers(_NAME, fields, at=at + "headers")
    address, hops = request.get("clientIp"), headers
    if _is_viewer_request(cf) and isinstance(address, str):
        hops = [*headers, (b"x-forwarded-for", address.encode("ascii", "replace"))]  # as in the origin request
    domain = _fields.mapping(_NAME, cf, "config", _AT).get("distributionDomainName")
    return build_request(
        method=_fields.method(_NAME, request, "method", at),
        path=_fields.text(_NAME, request, "uri", "/", at),
        query_string=query_bytes(_fields.text(_NAME, request, "querystring", "", at)),
        headers=headers,
        body=_body(_fields.mapping(_NAME, request, "body", at), at + "body."),
        default_scheme="https" if _is_viewer_request(cf) else _viewer_scheme(headers),
        is_forwarded=False,
        domain=domain if isinstance(domain, str) else "",
        client=client_behind(address, hops, config.trusted_proxies),
        config=config,
    )


def _viewer_scheme(headers: Headers) -> str:
    """The scheme of the viewer's URL, in an origin request."""
    return "http" if _fields.header(headers, b"cloudfront-forwarded-proto") == "http" else "https"


def _cf(event: LambdaEvent) -> LambdaEvent:
    return cast("dict[str, list[dict[str, LambdaEvent]]]", event)["Records"][0]["cf"]


def _header_pairs(fields: LambdaEvent, at: str) -> _fields.Pairs:
    pairs: _fields.Pairs = []
    for name, items in fields.items():
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and item.get("value") is not None:
                pairs.append((name, _fields.scalar(_NAME, at, item["value"])))
    return pairs


def _body(body: LambdaEvent, at: str) -> bytes:
    if body.get("inputTruncated") is True:
        raise TruncatedBodyError(
            _NAME,
            at + "inputTruncated",
            "is true: CloudFront has cut off the body, at 40 KB of a viewer request or 1 MB of an origin request",
        )
    data = _fields.text(_NAME, body, "data", "", at)
    if body.get("encoding") == "base64":
        return _fields.base64_bytes(_NAME, data, at + "data")
    return data.encode("utf-8", "replace")


def encode(status: int, headers: Headers, body: str, is_base64: bool, event: LambdaEvent) -> dict[str, object]:
    fields: dict[str, list[dict[str, str]]] = {}
    for raw_name, value in headers:
        name = raw_name.decode("latin-1").lower()
        if name not in _REFUSED and not name.startswith(_REFUSED_PREFIXES):
            fields.setdefault(name, []).append({"key": name, "value": value.decode("latin-1")})
    result: dict[str, object] = {
        "status": str(status),
        "statusDescription": _fields.reason_phrase(status),
        "headers": fields,
    }
    if status not in (204, 304):
        result["body"] = body
        result["bodyEncoding"] = "base64" if is_base64 else "text"
    return result


def response_limit(event: LambdaEvent) -> int:
    return 40 * 1024 if _is_viewer_request(_cf(event)) else 1024 * 1024


def _is_viewer_request(cf: LambdaEvent) -> bool:
    config = cf.get("config")
    return isinstance(config, dict) and config.get("eventType") == "viewer-request"


ORIGIN = Origin(_NAME, matches, decode, encode, response_limit=response_limit)
