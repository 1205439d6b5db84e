"""The inverse of ``origins``: the event that AWS documents for an HTTP request at a front door."""

# Where the front doors differ is what an adapter can get wrong: which parts they decode, how they keep or join what
# repeats, which header names they lower, drop or add, and which bodies become base64. Each function says its own.

from __future__ import annotations

import json
import secrets
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, assert_never

from ...origins import RequestOrigin
from . import events_api_gateway
from .client import (
    ClientRequest,
    Field,
    client_fields,
    event_body,
    field,
    forwarded,
    grouped,
    joined,
    last,
    listed,
    media_type,
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
    """What ``request`` becomes at ``origin``; the rest is how that front door is configured.

    API Gateway: ``stage``, in front of the client's path where ``domain_name`` (else the request's host) is an
    execute-api domain; ``base_path``, the API mapping of a custom domain, in front of the path there; ``payload``, the
    kind of API that sends payload 1.0; ``binary_media_types`` of a REST API. Load balancer: ``multi_value``. VPC
    Lattice: ``version`` of the event. CloudFront's trigger: ``event_type``, a viewer request if not named. WebSocket
    API: ``event_type``, if not named a MESSAGE where there is a body, and ``route_key`` of a message.

    A pass-through request's body is the event itself. Raises ValueError where no event would be sent: the path is
    outside the stage or the mapping, or that body is not a JSON object.
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
    """Path and query raw, names lower-cased; in single-value mode the last value of what repeats."""
    headers = grouped(forwarded(client_fields(request, _ALB_NAME), request), lower=True)
    parameters = listed(_raw_parameters(request.query))
    text = _is_elb_text(request) and not field(request.headers, "content-encoding")
    body, is_base64 = event_body(request.body, text)
    return {
        "requestContext": {"elb": {"targetGroupArn": _TARGET_GROUP}},
        "httpMethod": request.method,
        "path": request.path,
        **(
            {"multiValueQueryStringParameters": parameters, "multiValueHeaders": headers}
            if multi_value
            else {"queryStringParameters": last(parameters), "headers": last(headers)}
        ),
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
# Whether path and query are decoded is not documented: they are handed on here as they came.

_SERVICE_NAME = "shop-0a40eebed65f8d69c.7d67968.vpc-lattice-svcs.us-east-1.on.aws"
_LATTICE = "arn:aws:vpc-lattice:us-east-1:123456789012:"
# Stripped, so that callers can't pretend to be somebody.
_LATTICE_OWN = tuple(f"x-amzn-lattice-{what}" for what in ("identity", "identity-tags", "network", "target"))


def _lattice_headers(request: ClientRequest) -> dict[str, list[str]]:
    """X-Forwarded-For is the only header that Lattice adds: no scheme, no port."""
    fields = [*client_fields(request, _SERVICE_NAME, _LATTICE_OWN), ("X-Forwarded-For", request.client)]
    headers = grouped(fields, lower=True)
    headers["x-forwarded-for"] = [", ".join(headers["x-forwarded-for"])]
    return headers


def _lattice_v1(request: ClientRequest) -> LambdaEvent:
    """Header values that repeat joined, query values the last."""
    body, is_base64 = event_body(request.body, _is_elb_text(request))
    return {
        "raw_path": request.path,
        "method": request.method,
        "headers": joined(_lattice_headers(request), ", "),
        "query_string_parameters": last(listed(_raw_parameters(request.query))),
        "body": body,
        "is_base64_encoded": is_base64,
    }


def _lattice_v2(request: ClientRequest) -> LambdaEvent:
    """Lists throughout; isBase64Encoded only where it is true."""
    body, is_base64 = event_body(request.body, _is_elb_text(request))
    return {
        "version": "2.0",
        "path": request.path,
        "method": request.method,
        "headers": _lattice_headers(request),
        "queryStringParameters": listed(_raw_parameters(request.query)),
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


# CloudFront, with "include body" and, for the origin, the policy AllViewerAndCloudFrontHeaders
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
    """Of a header that edge functions neither see nor may send; ``name`` in lower case."""
    return name in _DISALLOWED or name.startswith(("x-amz-cf-", "x-edge-"))


def _cloudfront(request: ClientRequest, event_type: EventType) -> LambdaEvent:
    """Path and query raw; headers are lists under the lower-cased name, some never arrive; the body is cut."""
    viewer = event_type == "viewer-request"
    data = request.body[: 40 * 1024 if viewer else 1024 * 1024]
    fields = [pair for pair in client_fields(request, _DISTRIBUTION) if not is_disallowed(pair[0].lower())]
    if not viewer:
        hops = [value for name, value in fields if name.lower() == "x-forwarded-for"]
        fields = [pair for pair in fields if pair[0].lower() not in ("x-forwarded-for", "cloudfront-forwarded-proto")]
        fields += [
            ("X-Forwarded-For", ", ".join([*hops, request.client])),
            ("CloudFront-Forwarded-Proto", request.scheme),
            ("Via", f"2.0 {secrets.token_hex(16)}.cloudfront.net (CloudFront)"),
        ]
    headers: dict[str, list[dict[str, str]]] = {}
    for name, value in fields:
        headers.setdefault(name.lower(), []).append({"key": name, "value": value})
    config = {
        "distributionDomainName": _DISTRIBUTION,
        "distributionId": "EDFDVBD6EXAMPLE",
        "eventType": event_type,
        "requestId": b64encode(secrets.token_bytes(40)).decode("ascii"),
    }
    return {
        "Records": [
            {
                "cf": {
                    "config": config,
                    "request": {
                        "clientIp": request.client,
                        "headers": headers,
                        "method": request.method,
                        **({} if viewer else {"origin": {"custom": _ORIGIN}}),
                        "querystring": request.query,
                        "uri": request.path,
                        "body": {
                            "inputTruncated": len(data) < len(request.body),
                            "action": "read-only",
                            "encoding": "base64",
                            "data": b64encode(data).decode("ascii"),
                        },
                    },
                }
            }
        ]
    }
