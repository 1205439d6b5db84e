"""VPC Lattice, event structure versions 1 and 2.

https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
"""

# Facts
# - Version 1 is in snake_case and has no requestContext. Version 2 is in camelCase and has version "2.0" and the
#   service's ARNs. Its header and query values are strings or lists of strings. Without a body, isBase64Encoded is
#   absent.
# - path, in version 1 raw_path, includes the query: "/?a=1&b=2". The query's map has it as well, in version 1 with one
#   value per name. AWS's older samples have the query in the map only.
# - AWS doesn't document whether these arrive decoded. Path and query are used as they are, decoded once. The names and
#   values in the map are taken as decoded and encoded again: if left as they are, a "&" in a value would begin another.
# - The event has no client address. Lattice appends the address of its peer to X-Forwarded-For.
# - Whose word counts: the last entry of X-Forwarded-For, and x-amzn-lattice-*, are Lattice's. X-Forwarded-Proto and
#   -Port, and Host beyond what selects the service, are the client's: they don't determine scheme and port. Nothing in
#   an event does; a service with an HTTPS listener needs the option forwarded_proto.
# - The result is the same for both versions, with one value per header name.

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _fields
from ._http_request import build_request, client_from_forwarded, form_query, query_bytes
from ._origin import Origin

if TYPE_CHECKING:
    from .._values.config import Config
    from .._values.request import Headers, LambdaEvent
    from ._http_request import HTTPRequest

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
    headers = _fields.event_headers(_NAME, event)
    path, mark, query = _fields.text(_NAME, event, "raw_path" if v1 else "path", "/").partition("?")
    return build_request(
        method=_fields.method(_NAME, event, "method"),
        path=path,
        # The map comes second: it has lost the order of different names, and how they were encoded.
        query_string=query_bytes(query) if mark else form_query(_query_pairs(event)),
        headers=headers,
        body=_fields.body_bytes(_NAME, event, "is_base64_encoded" if v1 else "isBase64Encoded"),
        default_scheme="http",
        is_forwarded=False,
        client=client_from_forwarded(headers, config.trusted_proxies),
        config=config,
    )


def _query_pairs(event: LambdaEvent) -> _fields.Pairs:
    # AWS's samples of version 2 have either spelling.
    key = "queryStringParameters" if "queryStringParameters" in event else "query_string_parameters"
    return _fields.pairs(_NAME, event, key)


def encode(status: int, headers: Headers, body: str, is_base64: bool, event: LambdaEvent) -> dict[str, object]:
    return {
        "isBase64Encoded": is_base64,
        "statusCode": status,
        "headers": _fields.single_headers(headers),
        "body": body,
    }


ORIGIN = Origin(_NAME, matches, decode, encode)
