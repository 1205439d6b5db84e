"""The FastAPI example under AWS's emulator, and the same file under uvicorn."""

import base64
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import httpx
import pytest

from lambda_http_adapter.origins import ORIGINS
from tests.support.paths import EVENTS, ROOT
from tests.support.runtime_interface_emulator import Emulator, StartEmulator
from tests.support.server_process import free_port, server_process

EXAMPLE = ROOT / "examples" / "fastapi_app"
LIVE = {origin.name: EVENTS / origin.name / "live.json" for origin in ORIGINS}
LIVE = {name: path for name, path in LIVE.items() if path.exists()}

Object = dict[str, object]
JSON = {"content-type": "application/json"}

# One request as curl sent it to each front door.
TARGET = (
    "/capture/space%20value?repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb"
    "&literalPlus=a+b&encodedPlus=a%2Bb&empty="
)
BODY = '{"message":"hello from the public internet","unicode":"lambda-λ"}'
SEEN: Object = {
    "method": "POST",
    "path": "/capture/space value",
    "root_path": "",
    "query": [
        ["repeat", "one"],
        ["repeat", "two"],
        ["redirect", "https://example.com/a/b"],
        ["literalPlus", "a b"],
        ["encodedPlus", "a+b"],
        ["empty", ""],
    ],
    "cookies": {"session": "abc123", "theme": "dark"},
    "body": BODY,
}
# The maps of these origins are sorted by name.
SORTED_QUERY = [
    ["empty", ""],
    ["encodedPlus", "a+b"],
    ["literalPlus", "a b"],
    ["redirect", "https://example.com/a/b"],
    ["repeat", "one"],
    ["repeat", "two"],
]
ALB_HOST = "vokerhtt-ALB-4XF8jCVDRJg4-1316758055.us-west-2.elb.amazonaws.com"
REST_HOST = "5h7pqvr9u4.execute-api.us-west-2.amazonaws.com"
HTTP_HOST = "sjzepsqsu5.execute-api.us-west-2.amazonaws.com"
URL_HOST = "2cxn22odiwguak4feg4jtt7cwm0ziblr.lambda-url.us-west-2.on.aws"

# What each origin is handed, its content-length checked and its body read.
ENVELOPES: dict[str, Object] = {
    "alb": {
        "statusCode": 200,
        "statusDescription": "200 OK",
        "multiValueHeaders": {"content-type": ["application/json"]},
        "isBase64Encoded": False,
        "body": SEEN
        | {
            "query": SORTED_QUERY,
            "client": "198.51.100.18",
            "scheme": "http",
            "host": ALB_HOST,
            "headers": [
                ["accept", "*/*"],
                ["content-length", "66"],
                ["content-type", "application/json"],
                ["cookie", "session=abc123; theme=dark"],
                ["host", ALB_HOST],
                ["user-agent", "curl/8.7.1"],
                ["x-amzn-trace-id", "Root=1-6a5145a7-5c3686ff7df3149177a89157"],
                ["x-forwarded-for", "198.51.100.18"],
                ["x-forwarded-port", "80"],
                ["x-forwarded-proto", "http"],
                ["x-voker-probe", "first"],
                ["x-voker-probe", "second"],
            ],
        },
    },
    "api_gateway_v1": {
        "statusCode": 200,
        "multiValueHeaders": {"content-type": ["application/json"]},
        "isBase64Encoded": False,
        "body": SEEN
        | {
            "path": "/live/capture/space value",
            "root_path": "/live",
            "query": SORTED_QUERY,
            "client": "198.51.100.18",
            "scheme": "https",
            "host": REST_HOST,
            "headers": [
                ["host", REST_HOST],
                ["user-agent", "curl/8.7.1"],
                ["x-amzn-trace-id", "Root=1-6a5145a8-536f3e792f6be9b44c1f46fa"],
                ["x-forwarded-for", "198.51.100.18"],
                ["x-forwarded-port", "443"],
                ["x-forwarded-proto", "https"],
                ["accept", "*/*"],
                ["content-type", "application/json"],
                ["cookie", "session=abc123; theme=dark"],
                ["x-voker-probe", "first"],
                ["x-voker-probe", "second"],
                ["content-length", "66"],
            ],
        },
    },
    "api_gateway_v2": {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "isBase64Encoded": False,
        "body": SEEN
        | {
            "client": "198.51.100.18",
            "scheme": "https",
            "host": HTTP_HOST,
            "headers": [
                ["accept", "*/*"],
                ["content-length", "66"],
                ["content-type", "application/json"],
                ["host", HTTP_HOST],
                ["user-agent", "curl/8.7.1"],
                ["x-amzn-trace-id", "Root=1-6a5145a9-1bae89e2512ec92d5d9438a0"],
                ["x-forwarded-for", "198.51.100.18"],
                ["x-forwarded-port", "443"],
                ["x-forwarded-proto", "https"],
                ["x-voker-probe", "first,second"],
                ["cookie", "session=abc123; theme=dark"],
            ],
        },
    },
    "function_url": {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "isBase64Encoded": False,
        "body": SEEN
        | {
            "client": "198.51.100.18",
            "scheme": "https",
            "host": URL_HOST,
            "headers": [
                ["accept", "*/*"],
                ["content-length", "66"],
                ["content-type", "application/json"],
                ["cookie", "session=abc123; theme=dark"],
                ["host", URL_HOST],
                ["user-agent", "curl/8.7.1"],
                ["x-amzn-tls-cipher-suite", "TLS_AES_128_GCM_SHA256"],
                ["x-amzn-tls-version", "TLSv1.3"],
                ["x-amzn-trace-id", "Root=1-6a5145aa-290a323a5de9a2e0636377d4"],
                ["x-forwarded-for", "198.51.100.18"],
                ["x-forwarded-port", "443"],
                ["x-forwarded-proto", "https"],
                ["x-voker-probe", "first,second"],
            ],
        },
    },
}


@pytest.fixture
def example(emulator: StartEmulator, tmp_path: Path) -> Emulator:
    command = [sys.executable, "-m", "lambda_http_adapter", "run", "app:app"]
    return emulator(command, {"TMPDIR": str(tmp_path)}, EXAMPLE)


def ask(example: Emulator, event: object) -> Object:
    status, answer = example.invoke(event)
    assert status == 200
    return cast("Object", json.loads(answer))


def read(envelope: Object) -> Object:
    """The envelope with its JSON body decoded, and without content-length where that is true."""
    body = cast("str", envelope["body"])
    name = "multiValueHeaders" if "multiValueHeaders" in envelope else "headers"
    headers = dict(cast("Mapping[str, object]", envelope[name]))
    length = str(len(body.encode()))
    assert headers.pop("content-length") in (length, [length])
    return envelope | {"body": json.loads(body), name: headers}


def test_every_origin(example: Emulator) -> None:
    answers = {name: read(ask(example, json.loads(path.read_bytes()))) for name, path in LIVE.items()}
    assert answers == ENVELOPES


def request(method: str, path: str, body: object = None, cookies: str = "") -> Object:
    """The live event of the Function URL, with another request in it."""
    event = json.loads(LIVE["function_url"].read_bytes())
    event["rawPath"] = path
    event["rawQueryString"] = ""
    event["requestContext"]["http"] |= {"method": method, "path": path}
    event["headers"] |= {"cookie": cookies}
    event["body"] = None if body is None else json.dumps(body)
    return cast("Object", event)


def test_a_session(example: Emulator) -> None:
    """One environment: what startup opened is there for every request."""
    logo = ask(example, request("GET", "/logo.png"))
    assert (logo["statusCode"], logo["isBase64Encoded"]) == (200, True)
    assert base64.b64decode(cast("str", logo["body"])).startswith(b"\x89PNG\r\n\x1a\n")

    visits = ask(example, request("GET", "/visits", cookies="visits=6"))
    assert visits["body"] == '{"visits":7}'
    first, second = cast("list[str]", visits["cookies"])
    assert first == "visits=7; HttpOnly; Path=/; SameSite=lax"
    assert second.startswith("last_visit=")

    created = ask(example, request("POST", "/notes", {"text": "buy milk ☕"}))
    note = json.loads(cast("str", created["body"]))
    assert (created["statusCode"], note["text"]) == (201, "buy milk ☕")
    assert json.loads(cast("str", ask(example, request("GET", "/notes"))["body"])) == [note]
    deleted = ask(example, request("DELETE", f"/notes/{note['id']}"))
    assert deleted == {"statusCode": 204, "headers": JSON, "body": "", "isBase64Encoded": False}

    head = ask(example, request("HEAD", "/capture/any"))
    assert (head["statusCode"], head["body"], head["isBase64Encoded"]) == (200, "", False)

    behind = json.loads(cast("str", ask(example, request("GET", "/lambda"))["body"]))["lambda"]
    assert (behind["origin"], 0 < behind["remaining_time_in_millis"] <= 300_000) == ("function_url", True)


def test_the_same_under_uvicorn(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port)]
    headers = {"content-type": "application/json", "cookie": "session=abc123; theme=dark"}
    with server_process(command, {"TMPDIR": str(tmp_path)}, EXAMPLE, port):
        response = httpx.post(f"http://127.0.0.1:{port}{TARGET}", content=BODY.encode(), headers=headers)
    seen = response.json()
    assert response.headers["content-type"] == "application/json"
    assert {name: seen[name] for name in SEEN} == SEEN
