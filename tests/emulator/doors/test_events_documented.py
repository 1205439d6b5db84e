"""Single rules of AWS's documents, each seen in an event."""

import base64
from collections.abc import Mapping
from typing import cast

import pytest

from lambda_http_adapter._emulator.doors.client import ClientRequest
from lambda_http_adapter._emulator.doors.events import make_event
from lambda_http_adapter._values.request import LambdaEvent
from lambda_http_adapter.origins import RequestOrigin
from tests.support.doors import DOORS

TEXT_BODY, BYTES = b"a=1", b"\x89PNG"


def post(content_type: str, body: bytes = TEXT_BODY, *headers: tuple[bytes, bytes]) -> ClientRequest:
    return ClientRequest("POST", headers=[(b"content-type", content_type.encode()), *headers], body=body)


def is_base64(name: str, request: ClientRequest) -> bool:
    event = DOORS[name].event(request)
    flags = [event.get(key) for key in ("isBase64Encoded", "is_base64_encoded")]
    body = cast("str", event["body"]).encode()
    assert body == (base64.b64encode(request.body) if True in flags else request.body)
    return True in flags


@pytest.mark.parametrize(
    ("content_type", "gateway", "balancer"),
    [
        ("text/plain", False, False),
        ("text/html; charset=utf-8", False, False),
        ("application/json", False, False),
        ("application/xml", False, False),
        ("application/javascript", False, False),
        ("application/problem+json", False, True),
        ("image/svg+xml", False, True),
        ("application/x-www-form-urlencoded", True, True),
        ("multipart/form-data; boundary=x", True, True),
        ("application/octet-stream", True, True),
    ],
)
def test_which_bodies_become_base64(content_type: str, gateway: bool, balancer: bool) -> None:
    request = post(content_type)
    for name in ("HTTP API, payload 1.0", "HTTP API, payload 2.0", "Function URL"):
        assert is_base64(name, request) is gateway
    for name in ("ALB", "ALB, multi-value", "VPC Lattice, version 1", "VPC Lattice, version 2"):
        assert is_base64(name, request) is balancer
    assert is_base64("REST API", request) is True
    assert is_base64("REST API, text only", request) is False


def test_a_load_balancer_encodes_what_has_a_content_coding() -> None:
    request = post("application/json", b"{}", (b"Content-Encoding", b"br"))
    assert is_base64("ALB", request) is True
    assert is_base64("VPC Lattice, version 1", request) is False


@pytest.mark.parametrize(
    ("content_type", "binary_media_types", "expected"),
    [
        ("image/png", ("image/png",), True),
        ("image/png", ("image/*",), True),
        ("image/png; q=1", ("*/*",), True),
        ("image/png", ("application/json",), False),
        ("", ("application/json",), True),
    ],
)
def test_a_rest_api_s_binary_media_types(
    content_type: str, binary_media_types: tuple[str, ...], expected: bool
) -> None:
    event = make_event(RequestOrigin.api_gateway_v1, post(content_type), binary_media_types=binary_media_types)
    assert event["isBase64Encoded"] is expected


def test_a_rest_api_without_them_spoils_bytes() -> None:
    assert DOORS["REST API, text only"].event(post("image/png", BYTES))["body"] == "�PNG"


HOPS = [(b"X-Forwarded-For", b"192.0.2.1"), (b"X-Forwarded-Proto", b"http"), (b"X-Forwarded-Port", b"8080")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("REST API", {"For": "192.0.2.1, 203.0.113.7", "Port": "443", "Proto": "https"}),
        ("HTTP API, payload 2.0", {"for": "192.0.2.1, 203.0.113.7", "port": "443", "proto": "https"}),
        ("Function URL", {"for": "192.0.2.1, 203.0.113.7", "port": "443", "proto": "https"}),
        ("ALB", {"for": "192.0.2.1, 203.0.113.7", "port": "443", "proto": "https"}),
        ("VPC Lattice, version 1", {"for": "192.0.2.1, 203.0.113.7", "proto": "http", "port": "8080"}),
    ],
)
def test_forwarded_fields(name: str, expected: dict[str, str]) -> None:
    headers = cast("dict[str, str]", DOORS[name].event(ClientRequest(headers=HOPS))["headers"])
    forwarded = {key.rpartition("-")[2]: value for key, value in headers.items() if "forwarded" in key.lower()}
    assert forwarded == expected


@pytest.mark.parametrize(
    ("name", "get", "chunked_post"),
    [
        ("REST API", None, None),
        ("HTTP API, payload 1.0", "0", "3"),
        ("HTTP API, payload 2.0", "0", "3"),
        ("Function URL", None, "3"),
        ("ALB", None, "3"),
    ],
)
def test_content_length(name: str, get: str | None, chunked_post: str | None) -> None:
    requests = ClientRequest(), ClientRequest("POST", headers=[(b"Transfer-Encoding", b"chunked")], body=b"abc")
    for request, expected in zip(requests, (get, chunked_post), strict=True):
        headers = {
            key.lower(): value for key, value in cast("dict[str, str]", DOORS[name].event(request)["headers"]).items()
        }
        assert headers.get("content-length") == expected
        assert "transfer-encoding" not in headers


@pytest.mark.parametrize("name", ["Content-MD5", "Max-Forwards", "Server", "WWW-Authenticate"])
def test_a_rest_api_drops_this_header_of_a_request(name: str) -> None:
    request = ClientRequest(headers=[(name.encode(), b"value"), (b"X-Other", b"value")])
    for door, dropped in (("REST API", True), ("HTTP API, payload 1.0", False)):
        event = DOORS[door].event(request)
        for headers in (cast("dict[str, object]", event[field]) for field in ("headers", "multiValueHeaders")):
            assert (name not in headers) is dropped
            assert "X-Other" in headers


def test_the_names_that_api_gateway_spells_itself() -> None:
    headers = [(b"user-agent", b"x"), (b"authorization", b"x"), (b"content-TYPE", b"x"), (b"tEsT", b"x")]
    event = DOORS["REST API"].event(ClientRequest(headers=headers))
    assert [*cast("dict[str, str]", event["headers"])][:5] == [
        "Host",
        "User-Agent",
        "Authorization",
        "content-TYPE",
        "tEsT",
    ]


@pytest.mark.parametrize(
    ("path", "resource", "parameters"),
    [
        ("/", "/", None),
        ("//", "/", None),
        ("/a%2Fb/c/", "/{proxy+}", {"proxy": "a%2Fb/c"}),
    ],
)
def test_the_resource_of_a_rest_api(path: str, resource: str, parameters: object) -> None:
    event = make_event(RequestOrigin.api_gateway_v1, ClientRequest(path="/shop" + path), base_path="/shop")
    assert (event["resource"], event["pathParameters"]) == (resource, parameters)


def test_payload_2_leaves_out_what_is_empty() -> None:
    event = DOORS["HTTP API, payload 2.0"].event(ClientRequest(path="/a/"))
    assert {"cookies", "queryStringParameters", "body"}.isdisjoint(event)
    assert event["rawPath"] == "/a/"
    assert cast("Mapping[str, LambdaEvent]", event["requestContext"])["http"]["path"] == "/a"


def test_version_2_of_lattice_says_base64_only_where_it_is() -> None:
    assert "isBase64Encoded" not in DOORS["VPC Lattice, version 2"].event(post("text/plain"))


def test_lattice_strips_what_pretends_to_be_an_identity() -> None:
    request = ClientRequest(headers=[(b"X-Amzn-Lattice-Identity", b"Principal=root"), (b"x-tag", b"1")])
    event = DOORS["VPC Lattice, version 2"].event(request)
    assert set(cast("Mapping[str, object]", event["headers"])) == {"host", "x-tag", "x-forwarded-for"}


def cloudfront(name: str, request: ClientRequest) -> dict[str, dict[str, object]]:
    records = cast("list[dict[str, dict[str, dict[str, dict[str, object]]]]]", DOORS[name].event(request)["Records"])
    return records[0]["cf"]["request"]


@pytest.mark.parametrize(("name", "limit"), [("CloudFront, viewer", 40 * 1024), ("CloudFront, origin", 1024 * 1024)])
def test_cloudfront_cuts_bodies(name: str, limit: int) -> None:
    for size in (0, limit, limit + 1):
        body = cloudfront(name, post("text/plain", b"x" * size))["body"]
        assert (len(base64.b64decode(cast("str", body["data"]))), body["inputTruncated"]) == (
            min(size, limit),
            size > limit,
        )


def test_headers_that_cloudfront_keeps() -> None:
    names = [b"Connection", b"X-Real-IP", b"X-Edge-Location", b"X-Amz-Cf-Pop", b"Expect", b"X-Tag", b"x-tag"]
    headers = cloudfront("CloudFront, viewer", ClientRequest(headers=[(name, b"1") for name in names]))["headers"]
    assert headers == {
        "host": [{"key": "Host", "value": "d111111abcdef8.cloudfront.net"}],
        "x-tag": [{"key": "X-Tag", "value": "1"}, {"key": "x-tag", "value": "1"}],
    }


def test_a_connection_that_ends() -> None:
    event = make_event(RequestOrigin.websocket, ClientRequest(), event_type="DISCONNECT")
    context = cast("Mapping[str, object]", event["requestContext"])
    assert (context["routeKey"], context["eventType"]) == ("$disconnect", "DISCONNECT")
    assert "body" not in event


@pytest.mark.parametrize(("body", "kind", "route"), [(b"", "CONNECT", "$connect"), (b"{}", "MESSAGE", "send")])
def test_a_body_makes_it_a_message(body: bytes, kind: str, route: str) -> None:
    event = make_event(RequestOrigin.websocket, ClientRequest(body=body), route_key="send")
    context = cast("Mapping[str, object]", event["requestContext"])
    assert (context["eventType"], context["routeKey"]) == (kind, route)
