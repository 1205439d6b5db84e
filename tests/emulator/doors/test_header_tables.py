"""What each front door does with a header: a row for each name in AWS's tables, both ways."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import httpx
import pytest

from lambda_http_adapter._emulator.doors.client import ClientRequest, ClientResponse
from lambda_http_adapter._emulator.doors.events import is_disallowed
from lambda_http_adapter._values.request import Headers
from lambda_http_adapter.testing import AsyncLambdaTransport, FrontDoor, LambdaTransport
from tests.support.doors import DOORS, HTTP_DOORS

# Requests

HOP_BY_HOP = [
    "Connection",
    "Expect",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
]
IDENTITY = ["X-Amzn-Lattice-Identity", "X-Amzn-Lattice-Network", "X-Amzn-Lattice-Target"]
OF_CLOUDFRONT = [
    "X-Accel-Buffering",
    "X-Accel-Charset",
    "X-Accel-Limit-Rate",
    "X-Accel-Redirect",
    "X-Amz-Cf-Pop",
    "X-Amzn-Auth",
    "X-Amzn-Cf-Billing",
    "X-Amzn-Cf-Id",
    "X-Amzn-Cf-Xff",
    "X-Amzn-Errortype",
    "X-Amzn-Fle-Profile",
    "X-Amzn-Header-Count",
    "X-Amzn-Header-Order",
    "X-Amzn-Lambda-Integration-Tag",
    "X-Amzn-RequestId",
    "X-Cache",
    "X-Edge-Location",
    "X-Forwarded-Proto",
    "X-Real-IP",
]
# CloudFront's own table has no TE, and no front door passes on how the client framed its request.
EDGE = [*(name for name in HOP_BY_HOP if name != "TE"), *OF_CLOUDFRONT]
DROPPED = {
    "REST API": [*HOP_BY_HOP, "Content-Length", "Content-MD5", "Max-Forwards", "Server", "WWW-Authenticate"],
    "HTTP API, payload 1.0": HOP_BY_HOP,
    "HTTP API, payload 2.0": HOP_BY_HOP,
    "Function URL": HOP_BY_HOP,
    "ALB": ["Transfer-Encoding"],
    "ALB, multi-value": ["Transfer-Encoding"],
    "VPC Lattice, version 1": [*HOP_BY_HOP, *IDENTITY],
    "VPC Lattice, version 2": [*HOP_BY_HOP, *IDENTITY],
    "CloudFront, viewer": EDGE,
    "CloudFront, origin": EDGE,
}
# The front door's own value instead of the client's, or behind it.
FORWARDED = {
    "X-Forwarded-For": "192.0.2.1, 203.0.113.7",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Proto": "https",
    "X-Amzn-Trace-Id": "Root=1-client",
}
WRITTEN: dict[str, dict[str, str]] = {
    "REST API": FORWARDED,
    "HTTP API, payload 1.0": FORWARDED | {"Content-Length": "4"},
    "HTTP API, payload 2.0": FORWARDED | {"Content-Length": "4"},
    "Function URL": FORWARDED | {"Content-Length": "4", "X-Amzn-Tls-Version": "TLSv1.3"},
    "ALB": FORWARDED | {"Content-Length": "4"},
    "ALB, multi-value": FORWARDED | {"Content-Length": "4"},
    "VPC Lattice, version 1": {"X-Forwarded-For": "192.0.2.1, 203.0.113.7", "Content-Length": "4"},
    "VPC Lattice, version 2": {"X-Forwarded-For": "192.0.2.1, 203.0.113.7", "Content-Length": "4"},
    "CloudFront, viewer": {"Content-Length": "4"},
    "CloudFront, origin": {
        "X-Forwarded-For": "192.0.2.1, 203.0.113.7",
        "CloudFront-Forwarded-Proto": "https",
        "Content-Length": "4",
    },
}
CLAIMED = {"X-Forwarded-For": "192.0.2.1", "X-Amzn-Trace-Id": "Root=1-client"}


def received(door: str, headers: Headers) -> dict[str, list[str]]:
    """The headers of the event, by their name in lower case."""
    event = DOORS[door].event(ClientRequest("POST", headers=headers, body=b"body"))
    if "Records" in event:
        records = cast("list[dict[str, dict[str, dict[str, dict[str, list[dict[str, str]]]]]]]", event["Records"])
        items = records[0]["cf"]["request"]["headers"]
        return {name: [item["value"] for item in values] for name, values in items.items()}
    values = cast("Mapping[str, str | list[str]]", event.get("multiValueHeaders") or event["headers"])
    return {name.lower(): [value] if isinstance(value, str) else value for name, value in values.items()}


def test_each_front_door_is_in_the_tables() -> None:
    doors = [name for name in HTTP_DOORS if name != "REST API, text only"]  # its headers are those of a REST API
    assert [*DROPPED] == [*WRITTEN] == doors


@pytest.mark.parametrize(("door", "name"), [(door, name) for door, names in DROPPED.items() for name in names])
def test_a_front_door_drops_this_header_of_a_request(door: str, name: str) -> None:
    headers = received(door, [(name.encode(), b"a client's"), (b"X-Other", b"value")])
    assert "a client's" not in headers.get(name.lower(), [])
    assert headers["x-other"] == ["value"]


@pytest.mark.parametrize("door", DROPPED)
@pytest.mark.parametrize("name", ["Authorization", "Cookie", "Date", "From", "Range", "Referer", "Via", "X-Tag"])
def test_a_front_door_passes_this_header_of_a_request_on(door: str, name: str) -> None:
    if (door, name) == ("HTTP API, payload 2.0", "Cookie"):
        return  # in a list of their own: see the round trips
    assert "value=1" in received(door, [(name.encode(), b"value=1")])[name.lower()]


@pytest.mark.parametrize(
    ("door", "name", "value"), [(door, name, value) for door, row in WRITTEN.items() for name, value in row.items()]
)
def test_a_front_door_writes_this_header_of_a_request(door: str, name: str, value: str) -> None:
    claimed = CLAIMED.get(name, "1234")
    assert received(door, [(name.encode(), claimed.encode())])[name.lower()] == [value]


@pytest.mark.parametrize("door", HTTP_DOORS)
def test_values_of_a_request_arrive_without_outer_white_space(door: str) -> None:
    seen = received(door, [(b"X-A", b" \t a \t b\t "), (b"X-B", b"\t"), (b"X-C", b"\xa0c\xa0")])
    assert (seen["x-a"], seen["x-b"], seen["x-c"]) == (["a \t b"], [""], ["\xa0c\xa0"])


# Responses

RENAMED = {
    "REST API": [
        "authorization",
        "connection",
        "content-length",
        "content-md5",
        "date",
        "max-forwards",
        "server",
        "user-agent",
        "www-authenticate",
    ],
    "Function URL": ["www-authenticate"],
}
LOST = {
    "REST API": ["expect", "host", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade", "via"],
}
FRAMING = ["connection", "keep-alive", "transfer-encoding", "upgrade"]
READ_ONLY = {
    "CloudFront, viewer": ["Content-Length", "Host", "Via"],
    "CloudFront, origin": [
        "Accept-Encoding",
        "Content-Length",
        "If-Modified-Since",
        "If-None-Match",
        "If-Range",
        "If-Unmodified-Since",
        "Via",
    ],
}


def result(door: str, name: str, value: str = "value") -> dict[str, object]:
    """With one header."""
    if door.startswith("CloudFront"):
        return {"status": "200", "headers": {name.lower(): [{"key": name, "value": value}]}}
    if door.startswith("ALB, multi") or door.startswith("REST"):
        return {"statusCode": 200, "multiValueHeaders": {name: [value]}}
    return {"statusCode": 200, "headers": {name: value}}


def sent(door: str, name: str, value: str = "value", streamed: bool = False) -> ClientResponse:
    return DOORS[door].response(result(door, name, value), DOORS[door].event(ClientRequest()), streamed=streamed)


def values_of(response: ClientResponse, name: str) -> list[str]:
    return [value.decode("latin-1") for key, value in response.headers if key.lower() == name.lower().encode()]


@pytest.mark.parametrize(("door", "name"), [(door, name) for door, names in RENAMED.items() for name in names])
def test_a_front_door_renames_this_header_of_a_response(door: str, name: str) -> None:
    response = sent(door, name.title())
    assert values_of(response, f"x-amzn-remapped-{name}") == ["value"]
    assert "value" not in values_of(response, name)


@pytest.mark.parametrize(("door", "name"), [(door, name) for door, names in LOST.items() for name in names])
def test_a_front_door_loses_this_header_of_a_response(door: str, name: str) -> None:
    response = sent(door, name.title())
    assert response.status == 200
    assert values_of(response, name) == values_of(response, f"x-amzn-remapped-{name}") == []


@pytest.mark.parametrize("door", [door for door in HTTP_DOORS if not door.startswith(("REST", "CloudFront"))])
@pytest.mark.parametrize("name", FRAMING)
def test_a_function_does_not_frame_its_response(door: str, name: str) -> None:
    response = sent(door, name.title())
    assert response.status == 200
    assert values_of(response, name) == []


@pytest.mark.parametrize("door", [door for door in HTTP_DOORS if not door.startswith("CloudFront")])
def test_content_length_is_the_front_door_s(door: str) -> None:
    assert values_of(sent(door, "Content-Length", "17"), "content-length") == [str(len(sent(door, "X-A").body))]


@pytest.mark.parametrize("name", ["X-Amzn-Remapped-Date", "x-amzn-remapped-anything"])
def test_a_function_url_refuses_what_looks_renamed(name: str) -> None:
    assert sent("Function URL", name) == (500, [(b"content-length", b"21")], b"Internal Server Error")
    for door in ("HTTP API, payload 2.0", "ALB"):
        assert values_of(sent(door, name), name) == ["value"]


def test_a_function_url_renames_the_length_of_a_stream() -> None:
    assert values_of(sent("Function URL", "Content-Length", "17", streamed=True), "x-amzn-remapped-content-length") == [
        "17"
    ]
    assert values_of(sent("Function URL", "Content-Length", "17"), "x-amzn-remapped-content-length") == []


@pytest.mark.parametrize(
    ("door", "name"), [(door, name) for door, names in READ_ONLY.items() for name in [*EDGE, *names]]
)
def test_cloudfront_refuses_this_header_of_a_response(door: str, name: str) -> None:
    assert sent(door, name).status == 502


def test_the_rows_of_cloudfront_are_its_table() -> None:
    assert [name for name in EDGE if name != "Transfer-Encoding" and not is_disallowed(name.lower())] == []


@pytest.mark.parametrize("door", HTTP_DOORS)
def test_values_of_a_response_are_sent_without_outer_white_space(door: str) -> None:
    assert values_of(sent(door, "X-A", " \t a \t b\t "), "x-a") == ["a \t b"]
    assert values_of(sent(door, "X-A", "\t"), "x-a") == [""]
    assert values_of(sent(door, "X-A", "\xa0c\xa0"), "x-a") == ["\xa0c\xa0"]


@pytest.mark.parametrize("origin", ["function-url", "alb"])
def test_a_transport_strips_both_ways(origin: FrontDoor) -> None:
    def handler(event: dict[str, Any], context: object) -> dict[str, object]:
        fields = event["headers"]
        return {"statusCode": 200, "headers": {"X-Seen": f" {fields['x-tag']}|{fields['host']}\t"}}

    async def ask() -> httpx.Response:
        transport = AsyncLambdaTransport(handler, origin, kind="handler")
        async with httpx.AsyncClient(transport=transport, base_url="https://a") as client:
            return await client.get("/", headers=headers)

    headers = {"X-Tag": " a\t", "Host": "\tshop.example "}
    with httpx.Client(transport=LambdaTransport(handler, origin, kind="handler"), base_url="https://a") as client:
        answers = [client.get("/", headers=headers), asyncio.run(ask())]
    assert [answer.headers["x-seen"] for answer in answers] == ["a|shop.example"] * 2
