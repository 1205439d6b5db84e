"""The Flask example under AWS's emulator, with an event of every origin."""

import base64
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from lambda_http_adapter.origins import RequestOrigin
from tests.support.paths import EVENTS, ROOT
from tests.support.runtime_interface_emulator import Emulator, StartEmulator
from tests.test_example_fastapi import ENVELOPES as FASTAPI
from tests.test_example_fastapi import ask, read

EXAMPLE = ROOT / "examples" / "flask_app"

Object = dict[str, object]
Header = list[str]

# Recorded where there are recordings.
NAMES = {
    "alb": "live",
    "api_gateway_v1": "live",
    "api_gateway_v2": "live",
    "function_url": "live",
    "lambda_edge": "viewer_request_post_base64",
    "vpc_lattice": "v2_get_iam",
    "websocket": "message_custom_route",
    "pass_through": "sqs",
}


def event(origin: str, path: str = "", method: str = "") -> Object:
    """The origin's event, or that with another request in it."""
    event = json.loads((EVENTS / origin / f"{NAMES[origin]}.json").read_bytes())
    if not path:
        return cast("Object", event)
    match origin:
        case "alb":
            event |= {"httpMethod": method, "path": path}
        case "api_gateway_v1":
            event |= {"httpMethod": method, "path": path}
            event["requestContext"]["path"] = "/live" + path
        case "api_gateway_v2" | "function_url":
            event["rawPath"] = path
            event["requestContext"]["http"] |= {"method": method, "path": path}
        case "lambda_edge":
            event["Records"][0]["cf"]["request"] |= {"method": method, "uri": path}
        case "vpc_lattice":
            event |= {"method": method, "path": path}
        case "websocket":
            event["requestContext"]["routeKey"] = path.removeprefix("/")
    return cast("Object", event)


@pytest.fixture
def example(emulator: StartEmulator, tmp_path: Path) -> Emulator:
    command = [sys.executable, "-m", "lambda_http_adapter", "run", "app:app"]
    environment = {"TMPDIR": str(tmp_path), "LAMBDA_HTTP_ADAPTER_PASS_THROUGH_PATH": "/capture/events"}
    return emulator(command, environment, EXAMPLE)


def joined(headers: list[Header]) -> list[Header]:
    """What is repeated is one header in an environ."""
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name, []).append(value)
    return [[name, ", ".join(several)] for name, several in values.items()]


def as_wsgi_has_it(envelope: Object) -> Object:
    body = cast("Object", envelope["body"])
    return envelope | {"body": body | {"headers": joined(cast("list[Header]", body["headers"]))}}


JSON = {"content-type": "application/json"}
LATTICE_HOST = "orders-0f1e2d3c4b5a69788.7d67968.vpc-lattice-svcs.us-east-2.on.aws"

# What each origin is handed, its body read: of one request, what FastAPI makes of it as well.
ENVELOPES: dict[str, Object] = {
    **{origin: as_wsgi_has_it(envelope) for origin, envelope in FASTAPI.items()},
    "lambda_edge": {
        "status": "200",
        "statusDescription": "OK",
        "headers": {"content-type": [{"key": "content-type", "value": "application/json"}]},
        "bodyEncoding": "text",
        "body": {
            "method": "POST",
            "path": "/capture/orders",
            "root_path": "",
            "query": [],
            "headers": [
                ["host", "d111111abcdef8.cloudfront.net"],
                ["content-type", "application/json"],
                ["content-length", "17"],
            ],
            "cookies": {},
            "client": "192.0.2.44",
            "scheme": "https",
            "host": "d111111abcdef8.cloudfront.net",
            "body": '{"item":"pencil"}',
        },
    },
    "vpc_lattice": {
        "statusCode": 200,
        "headers": JSON,
        "isBase64Encoded": False,
        "body": {
            "method": "GET",
            "path": "/capture/orders",
            "root_path": "",
            "query": [["page", "2"]],
            "headers": [
                ["user-agent", "curl/8.3.0"],
                ["accept", "*/*"],
                ["x-forwarded-for", "192.0.2.21"],
                ["host", LATTICE_HOST],
            ],
            "cookies": {},
            "client": "192.0.2.21",
            "scheme": "http",
            "host": LATTICE_HOST,
            "body": "",
        },
    },
    "websocket": {
        "statusCode": 200,
        "headers": JSON,
        "isBase64Encoded": False,
        "body": {
            "method": "POST",
            "path": "/capture/send",
            "root_path": "",
            "query": [],
            "headers": [["content-length", "43"]],
            "cookies": {},
            "client": "192.0.2.10",
            "scheme": "https",
            "host": None,
            "body": '{"action": "sendmessage", "data": "hi all"}',
        },
    },
    # Nobody reads a status or a header: the body is the function's result.
    "pass_through": {
        "method": "POST",
        "path": "/capture/events",
        "root_path": "",
        "query": [],
        "headers": [["host", "localhost"], ["content-type", "application/json"], ["content-length", "509"]],
        "cookies": {},
        "client": None,
        "scheme": "https",
        "host": "localhost",
        "body": json.dumps(event("pass_through")),
    },
}
ELSEWHERE = {
    "lambda_edge": ("/capture/orders", "POST"),
    "vpc_lattice": ("/capture/orders", "GET"),
    "websocket": ("/capture/send", "POST"),
}


def envelope(origin: str, answer: Object) -> Object:
    if origin == "pass_through":
        return answer
    if origin == "lambda_edge":  # has no Content-Length: CloudFront refuses it
        return answer | {"body": json.loads(cast("str", answer["body"]))}
    return read(answer)


def test_every_origin(example: Emulator) -> None:
    assert set(NAMES) == set(RequestOrigin)
    answers = {origin: envelope(origin, ask(example, event(origin, *ELSEWHERE.get(origin, ())))) for origin in NAMES}
    assert answers == ENVELOPES


def test_the_invocation_behind_each_request(example: Emulator) -> None:
    request_ids = set()
    origins = {name for name in NAMES if name not in ("pass_through", "websocket")}  # which only POST
    for origin in origins:
        answer = ask(example, event(origin, "/lambda", "GET"))
        told = json.loads(cast("str", answer["body"]))["lambda"]
        request_ids.add(told.pop("aws_request_id"))
        assert 0 < told.pop("remaining_time_in_millis") <= 300_000
        assert told == {"origin": origin, "function_name": "test_function"}
    assert len(request_ids) == len(origins)


def request(method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Object:
    """The live event of the Function URL, with another request in it; bytes are sent as they are."""
    changed = event("function_url", path, method)
    changed["headers"] = {"host": "notes.example", "content-type": "application/json", **(headers or {})}
    changed["rawQueryString"] = ""
    changed["isBase64Encoded"] = isinstance(body, bytes)
    encoded = base64.b64encode(body).decode() if isinstance(body, bytes) else json.dumps(body)
    changed["body"] = None if body is None else encoded
    return changed


def test_a_visit(example: Emulator) -> None:
    """One environment: what the import opened is there for every request."""
    logo = ask(example, request("GET", "/logo.png"))
    assert (logo["statusCode"], logo["isBase64Encoded"]) == (200, True)
    assert base64.b64decode(cast("str", logo["body"])).startswith(b"\x89PNG\r\n\x1a\n")

    visits = ask(example, request("GET", "/visits", headers={"cookie": "visits=6"}))
    assert visits["body"] == '{"visits":7}\n'
    first, second = cast("list[str]", visits["cookies"])
    assert first == "visits=7; HttpOnly; Path=/; SameSite=Lax"
    assert second.startswith("last_visit=")

    created = ask(example, request("POST", "/notes", {"text": "buy milk ☕"}))
    note = json.loads(cast("str", created["body"]))
    assert (created["statusCode"], note["text"]) == (201, "buy milk ☕")
    assert json.loads(cast("str", ask(example, request("GET", "/notes"))["body"])) == [note]
    assert ask(example, request("DELETE", f"/notes/{note['id']}")) == {
        "statusCode": 204,
        "headers": {"content-type": "text/html; charset=utf-8"},
        "body": "",
        "isBase64Encoded": False,
    }
    assert ask(example, request("GET", f"/notes/{note['id']}"))["statusCode"] == 404

    head = ask(example, request("HEAD", "/capture/any"))
    assert (head["statusCode"], head["body"], head["isBase64Encoded"]) == (200, "", False)


def test_a_file_comes_back_as_it_went(example: Emulator) -> None:
    content = bytes(range(256))
    upload = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="every.bin"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n--b--\r\n"
    )
    uploaded = ask(example, request("POST", "/files", upload, {"content-type": "multipart/form-data; boundary=b"}))
    assert uploaded["statusCode"] == 201
    downloaded = ask(example, request("GET", cast("dict[str, str]", uploaded["headers"])["location"]))
    assert base64.b64decode(cast("str", downloaded["body"])) == content
    headers = cast("dict[str, str]", downloaded["headers"])
    assert headers["content-disposition"] == "attachment; filename=every.bin"
    assert headers["content-length"] == "256"


def test_behind_a_stage_every_link_keeps_it(example: Emulator) -> None:
    home = ask(example, event("api_gateway_v1", "/home", "GET"))
    headers = cast("dict[str, list[str]]", home["multiValueHeaders"])
    assert (home["statusCode"], headers["location"]) == (307, ["/live/"])
    page = ask(example, event("api_gateway_v1", "/", "GET"))
    assert '<base href="/live/">' in cast("str", page["body"])
