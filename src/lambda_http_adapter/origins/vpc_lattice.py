"""VPC Lattice, event structure versions 1 and 2.

https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
"""

# Facts
# - Version 1 is snake_case without a requestContext; version 2 is camelCase with version "2.0" and the service's ARNs,
#   its header and query values strings or lists of strings, and isBase64Encoded absent where there is no body.
# - Whether path and query arrive decoded is not documented: both are taken as they stand, and the path decoded once.
# - The event names no client address; Lattice appends the peer to X-Forwarded-For.
# - The answer is the same for both versions, with one value per header name.

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _answer, _fields, _url
from ._origin import Origin

if TYPE_CHECKING:
    from .._values.config import Config
    from .._values.request import Headers, HTTPRequest, LambdaEvent

_NAME = "vpc_lattice"


def matches(event: LambdaEvent) -> bool:
    if "raw_path" in event and "method" in event:
        return True
    context = event.get("requestContext")
    return (
        event.get("version") == "2.0"
        and isinstance(context, dict)
        and ("serviceNetworkArn" in context or "serviceArn" in context)
    )


def decode(event: LambdaEvent, config: Config) -> HTTPRequest:
    v1 = "raw_path" in event
    headers = _fields.request_headers(_fields.pairs(_NAME, event, None, "headers"))
    query = "queryStringParameters" if "queryStringParameters" in event else "query_string_parameters"
    return _fields.build_request(
        method=_fields.text(_NAME, event, "method"),
        path=_fields.text(_NAME, event, "raw_path" if v1 else "path", "/"),
        query_string=_url.raw_query(_fields.pairs(_NAME, event, None, query)),
        headers=headers,
        body=_fields.body_bytes(_NAME, event, "is_base64_encoded" if v1 else "isBase64Encoded"),
        scheme=_fields.scheme_from(headers, "http"),
        domain="",
        client=_fields.client_from_forwarded(headers, config.trusted_proxies),
        protocol=None,
        stage="",
        config=config,
    )


def encode(status: int, headers: Headers, body: str, is_base64: bool, event: LambdaEvent) -> dict[str, object]:
    return {
        "isBase64Encoded": is_base64,
        "statusCode": status,
        "headers": _answer.single_headers(headers),
        "body": body,
    }


ORIGIN = Origin(_NAME, matches, decode, encode)
