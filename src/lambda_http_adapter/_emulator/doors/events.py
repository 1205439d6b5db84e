"""The inverse of ``origins``: the event that AWS documents for an HTTP request at a front door."""

# An adapter can get wrong what differs between the front doors: which parts they decode, whether they keep or join
# repeated values, which header names they lower-case, drop or add, and which bodies they send as base64. The docstring
# of each function says how its front door does it.

from __future__ import annotations

import json
import secrets
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, assert_never

from ...origins import RequestOrigin
from . import events_api_gateway
from .client import ClientRequest, Field, header_value, media_type
from .event_fields import (
    HOP_BY_HOP,
    client_fields,
    event_body,
    group_headers,
    group_parameters,
    joined_values,
    last_values,
    with_forwarded,
)
from .mount import mount_of

if TYPE_CHECKING:
    from ..._values.request import LambdaEvent

EventType = Literal["viewer-request", "origin-request", "CONNECT", "MESSAGE", "DISCONNECT"]


def make_event(
    origin: RequestOrigin,
    request: ClientRequest,
    *,
    stage: str | None = None,
    base_path: str = "",
    domain_name: str = "",
    payload: Literal["rest", "http_api"] = "rest",
    binary_media_types: Sequence[str] = (),
    multi_value: bool = False,
    version: Literal[1, 2] = 2,
    event_type: EventType | None = None,
    route_key: str = "$default",
) -> LambdaEvent:
    """The event that ``origin`` sends for ``request``. The other parameters configure the front door:

    - API Gateway: ``stage`` (part of the client's path if ``domain_name``, else the request's host, is an execute-api
      domain), ``base_path`` (the API mapping of a custom domain, part of the client's path there), ``payload`` (which
      kind of API sends payload 1.0) and a REST API's ``binary_media_types``.
    - Application Load Balancer: ``multi_value`` headers.
    - VPC Lattice: the event's ``version``.
    - CloudFront: the trigger's ``event_type``, by default a viewer request.
    - WebSocket API: ``event_type``, by default MESSAGE for a request with a body, else CONNECT; a message's
      ``route_key``.

    With the origin ``pass_through`` the request's body is the event itself. Raises ValueError if the front door would
    send no event: the path is outside the stage or the mapping, or that body is not a JSON object.
    """
    match origin:
        case RequestOrigin.api_gateway_v1 if payload == "http_api":
            mount = mount_of(request, stage, base_path, domain_name)
            return events_api_gateway.http_api_v1(request, mount)
        case RequestOrigin.api_gateway_v1:
            mount = mount_of(request, stage, base_path, domain_name, rest=True)
            return events_api_gateway.rest_api(request, mount, binary_media_types)
        case RequestOrigin.api_gateway_v2:
            mount = mount_of(request, stage, base_path, domain_name)
            return events_api_gateway.http_api_v2(request, mount)
        case RequestOrigin.function_url:
            return events_api_gateway.function_url(request)
        case RequestOrigin.alb:
            return _load_balancer(request, multi_value)
        case RequestOrigin.websocket:
            return events_api_gateway.websocket(request, stage or "prod", domain_name, event_type, route_key)
        case RequestOrigin.vpc_lattice:
            return _lattice_v1(request) if version == 1 else _lattice_v2(request)
        case RequestOrigin.lambda_edge:
            return _cloudfront(request, event_type or "viewer-request")
        case RequestOrigin.pass_through:
            event = json.loads(request.body or b"{}")
            if not isinstance(event, dict):
                raise ValueError(f"Expected a JSON object as the event, got {type(event).__name__}.")
            return event
        case _:
            assert_never(origin)


# Application Load Balancer
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html

_ALB_NAME = "shop-1234567890.us-east-1.elb.amazonaws.com"
_TARGET_GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop/6d0ecf831eec9f09"


def _load_balancer(request: ClientRequest, multi_value: bool) -> LambdaEvent:
    """Path and query as sent, header names in lower case. Without multi-value headers, the last value wins."""
    headers = group_headers(with_forwarded(client_fields(request, _ALB_NAME), request), lower=True)
    parameters = group_parameters(_raw_parameters(request.query))
    is_text = _is_elb_text(request) and not header_value(request.headers, "content-encoding")
    body, is_base64 = event_body(request.body, is_text)
    fields: LambdaEvent
    if multi_value:
        fields = {"multiValueQueryStringParameters": parameters, "multiValueHeaders": headers}
    else:
        fields = {"queryStringParameters": last_values(parameters), "headers": last_values(headers)}
    return {
        "requestContext": {"elb": {"targetGroupArn": _TARGET_GROUP}},
        "httpMethod": request.method,
        "path": request.path,
        **fields,
        "body": body,
        "isBase64Encoded": is_base64,
    }


def _raw_parameters(query: str) -> Iterator[Field]:
    for parameter in query.split("&"):
        if parameter:
            name, _, value = parameter.partition("=")
            yield name, value


def _is_elb_text(request: ClientRequest) -> bool:
    kind = media_type(request.headers)
    return kind.startswith("text/") or kind in ("application/json", "application/javascript", "application/xml")


# VPC Lattice
# https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
# AWS doesn't document whether Lattice decodes path and query. Here they are passed on as sent, the query twice.

_SERVICE_NAME = "shop-0a40eebed65f8d69c.7d67968.vpc-lattice-svcs.us-east-1.on.aws"
_LATTICE = "arn:aws:vpc-lattice:us-east-1:123456789012:"
# Lattice removes these from the client's request: a client must not be able to forge an identity.
_LATTICE_OWN = {f"x-amzn-lattice-{what}" for what in ("identity", "identity-tags", "network", "target")}
_DROPPED_BY_LATTICE = HOP_BY_HOP | _LATTICE_OWN


def _lattice_path(request: ClientRequest) -> str:
    return f"{request.path}?{request.query}" if request.query else request.path


def _lattice_headers(request: ClientRequest) -> dict[str, list[str]]:
    """X-Forwarded-For is the only header that Lattice adds: no scheme, no port."""
    fields = [*client_fields(request, _SERVICE_NAME, _DROPPED_BY_LATTICE), ("X-Forwarded-For", request.client)]
    headers = group_headers(fields, lower=True)
    headers["x-forwarded-for"] = [", ".join(headers["x-forwarded-for"])]
    return headers


def _lattice_v1(request: ClientRequest) -> LambdaEvent:
    """Repeated headers are joined; of a repeated query parameter the last value wins."""
    body, is_base64 = event_body(request.body, _is_elb_text(request))
    return {
        "raw_path": _lattice_path(request),
        "method": request.method,
        "headers": joined_values(_lattice_headers(request), ", "),
        "query_string_parameters": last_values(group_parameters(_raw_parameters(request.query))),
        "body": body,
        "is_base64_encoded": is_base64,
    }


def _lattice_v2(request: ClientRequest) -> LambdaEvent:
    """Headers and query parameters are lists. isBase64Encoded is present only if it is true."""
    body, is_base64 = event_body(request.body, _is_elb_text(request))
    return {
        "version": "2.0",
        "path": _lattice_path(request),
        "method": request.method,
        "headers": _lattice_headers(request),
        "queryStringParameters": group_parameters(_raw_parameters(request.query)),
        "body": body,
        **({"isBase64Encoded": True} if is_base64 else {}),
        "requestContext": {
            "serviceNetworkArn": _LATTICE + "servicenetwork/sn-0bf3f2882e9cc805a",
            "serviceArn": _LATTICE + "service/svc-0a40eebed65f8d69c",
            "targetGroupArn": _LATTICE + "targetgroup/tg-6d0ecf831eec9f09",
            "identity": {"sourceVpcArn": "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0b8276c84697e7339"},
            "region": "us-east-1",
            "timeEpoch": str(time.time_ns() // 1000),
        },
    }


# CloudFront, with "include body" and, for origin requests, the policy AllViewerAndCloudFrontHeaders
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html

_DISTRIBUTION = "d111111abcdef8.cloudfront.net"
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
_DISALLOWED = frozenset(
    {
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "trailer",
        "upgrade",
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
_ORIGIN = {
    "customHeaders": {},
    "domainName": "www.example.com",
    "keepaliveTimeout": 5,
    "path": "",
    "port": 443,
    "protocol": "https",
    "readTimeout": 30,
    "sslProtocols": ["TLSv1.2"],
}


def is_disallowed(name: str) -> bool:
    """Whether an edge function neither receives nor may send the header ``name`` (in lower case)."""
    return name in _DISALLOWED or name.startswith(("x-amz-cf-", "x-edge-"))


def _cloudfront(request: ClientRequest, event_type: EventType) -> LambdaEvent:
    """Path and query as sent; headers are lists under the name in lower case, without disallowed ones."""
    viewer = event_type == "viewer-request"
    config = {
        "distributionDomainName": _DISTRIBUTION,
        "distributionId": "EDFDVBD6EXAMPLE",
        "eventType": event_type,
        "requestId": b64encode(secrets.token_bytes(40)).decode("ascii"),
    }
    edge_request = {
        "clientIp": request.client,
        "headers": _cloudfront_headers(request, viewer),
        "method": request.method,
        **({} if viewer else {"origin": {"custom": _ORIGIN}}),
        "querystring": request.query,
        "uri": request.path,
        "body": _cloudfront_body(request, viewer),
    }
    return {"Records": [{"cf": {"config": config, "request": edge_request}}]}


def _cloudfront_headers(request: ClientRequest, viewer: bool) -> dict[str, list[dict[str, str]]]:
    fields = [(name, value) for name, value in client_fields(request, _DISTRIBUTION) if not is_disallowed(name.lower())]
    if not viewer:
        fields = _with_origin_fields(fields, request)
    headers: dict[str, list[dict[str, str]]] = {}
    for name, value in fields:
        headers.setdefault(name.lower(), []).append({"key": name, "value": value})
    return headers


def _with_origin_fields(fields: list[Field], request: ClientRequest) -> list[Field]:
    """``fields`` with the three headers that CloudFront sets for the origin."""
    hops = [value for name, value in fields if name.lower() == "x-forwarded-for"]
    replaced = ("x-forwarded-for", "cloudfront-forwarded-proto")
    return [
        *((name, value) for name, value in fields if name.lower() not in replaced),
        ("X-Forwarded-For", ", ".join([*hops, request.client])),
        ("CloudFront-Forwarded-Proto", request.scheme),
        ("Via", f"2.0 {secrets.token_hex(16)}.cloudfront.net (CloudFront)"),
    ]


def _cloudfront_body(request: ClientRequest, viewer: bool) -> dict[str, object]:
    """CloudFront cuts off what is over its limit."""
    data = request.body[: 40 * 1024 if viewer else 1024 * 1024]
    return {
        "inputTruncated": request.truncated or len(data) < len(request.body),
        "action": "read-only",
        "encoding": "base64",
        "data": b64encode(data).decode("ascii"),
    }
