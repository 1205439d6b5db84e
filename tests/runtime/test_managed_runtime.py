"""Plain handlers under AWS's own Python runtime client, with AWS's emulator as the other side."""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, cast

import pytest

from tests.support.paths import EVENTS
from tests.support.runtime_interface_emulator import Emulator, StartEmulator

LIVE = sorted(path.parent.name for path in EVENTS.glob("*/live.json"))

MAIN = """
import json, os
from lambda_http_adapter import asgi_handler, wsgi_handler

starts = 0

def view(method, path, body, origin, context):
    if path == "/crash":
        1 / 0
    if path == "/large":
        return b"x" * 6_300_000
    told = {
        "method": method,
        "path": path,
        "body": body.decode(),
        "origin": origin,
        "request_id": context.aws_request_id,
        "in_time": 0 < context.get_remaining_time_in_millis() <= 300_000,
        "pid": os.getpid(),
        "starts": starts,
    }
    return json.dumps(told).encode()

async def asgi(scope, receive, send):
    global starts
    if scope["type"] == "lifespan":
        await receive()
        print("startup during", os.environ.get("_X_AMZN_TRACE_ID", "init"), flush=True)
        starts += 1
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    body = (await receive())["body"]
    answer = view(scope["method"], scope["path"], body, scope["aws.request_origin"], scope["aws.context"])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": answer})

def wsgi(environ, start_response):
    path = (environ["SCRIPT_NAME"] + environ["PATH_INFO"]).encode("latin-1").decode()
    body = environ["wsgi.input"].read()
    answer = view(environ["REQUEST_METHOD"], path, body, environ["aws.request_origin"], environ["aws.context"])
    start_response("200 OK", [("Content-Type", "application/json")])
    return [answer]

handler = %s_handler(%s)
"""

Object = dict[str, object]


class Deploy(Protocol):
    """The source of ``main.py`` as a function of the managed runtime, by default with an app of the colour at test."""

    def __call__(self, source: str | None = None, env: Mapping[str, str] = ...) -> Emulator: ...


@pytest.fixture(params=["asgi", "wsgi"])
def colour(request: pytest.FixtureRequest) -> str:
    return cast("str", request.param)


@pytest.fixture
def deploy(emulator: StartEmulator, tmp_path: Path, colour: str) -> Deploy:
    def start(source: str | None = None, env: Mapping[str, str] = {}) -> Emulator:
        (tmp_path / "main.py").write_text(source or MAIN % (colour, colour))
        return emulator([sys.executable, "-m", "awslambdaric", "main.handler"], env)

    return start


def ask(function: Emulator, event: object) -> Object:
    """What the origin is handed, or the error that the invocation failed with."""
    status, answer = function.invoke(event)
    assert status == 200
    return cast("Object", json.loads(answer))


def http(path: str) -> Object:
    event = json.loads((EVENTS / "function_url/plain.json").read_bytes())
    return cast("Object", event | {"rawPath": path})


def told(envelope: Object) -> Object:
    assert envelope["statusCode"] == 200
    return cast("Object", json.loads(cast("str", envelope["body"])))


PLAIN: Object = {"statusCode": 200, "headers": {"content-type": "application/json"}, "isBase64Encoded": False}
MULTI: Object = {
    "statusCode": 200,
    "multiValueHeaders": {"content-type": ["application/json"]},
    "isBase64Encoded": False,
}
ENVELOPES: dict[str, Object] = {
    "alb": {**MULTI, "statusDescription": "200 OK"},
    "api_gateway_v1": MULTI,
    "api_gateway_v2": PLAIN,
    "function_url": PLAIN,
}


def test_live_events(deploy: Deploy, colour: str) -> None:
    function = deploy()
    pids, request_ids = set(), set()
    assert set(ENVELOPES) == set(LIVE)
    for origin in LIVE:
        envelope = ask(function, json.loads((EVENTS / origin / "live.json").read_bytes()))
        answer = told(envelope)
        del envelope["body"]
        assert envelope == ENVELOPES[origin]
        pids.add(cast("int", answer.pop("pid")))
        request_ids.add(cast("str", answer.pop("request_id")))
        assert answer == {
            "method": "POST",
            "path": ("/live" if origin == "api_gateway_v1" else "") + "/capture/space value",
            "body": '{"message":"hello from the public internet","unicode":"lambda-λ"}',
            "origin": origin,
            "in_time": True,
            "starts": 1 if colour == "asgi" else 0,
        }
    assert (len(pids), len(request_ids)) == (1, 4)
    started = re.findall("^startup during .*", function.logs, re.MULTILINE)
    assert started == (["startup during init"] if colour == "asgi" else [])


def test_a_crash_is_an_answer_and_the_next_invocation_is_served(deploy: Deploy) -> None:
    function = deploy()
    before = told(ask(function, http("/")))
    assert ask(function, http("/crash")) == {
        "statusCode": 500,
        "headers": {"content-type": "text/plain; charset=utf-8"},
        "body": "Internal Server Error",
        "isBase64Encoded": False,
    }
    assert "ZeroDivisionError" in function.logs
    assert told(ask(function, http("/")))["pid"] == before["pid"]


@pytest.mark.parametrize(
    ("path", "env", "error_type"),
    [
        ("/large", {}, "ResponseTooLargeError"),
        ("/crash", {"LAMBDA_HTTP_ADAPTER_FAIL_ON_STATUS": "500"}, "FailedStatusError"),
    ],
)
def test_a_failed_invocation_leaves_the_process_alive(
    deploy: Deploy, path: str, env: Mapping[str, str], error_type: str
) -> None:
    function = deploy(env=env)
    before = told(ask(function, http("/")))
    failure = ask(function, http(path))
    assert failure["errorType"] == error_type
    assert told(ask(function, http("/")))["pid"] == before["pid"]


def test_an_event_that_is_no_request(deploy: Deploy) -> None:
    function = deploy()
    queue = json.loads((EVENTS / "pass_through/sqs.json").read_bytes())
    answer = ask(function, queue)
    assert (answer["method"], answer["path"], json.loads(cast("str", answer["body"]))) == ("POST", "/events", queue)
    assert answer["origin"] == "pass_through"


STARTUP_FAILS = """
from lambda_http_adapter import asgi_handler

async def app(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "the database is down"})

handler = asgi_handler(app)
"""


@pytest.mark.parametrize("colour", ["asgi"], indirect=True)
def test_a_startup_that_fails_fails_the_function(deploy: Deploy) -> None:
    function = deploy(STARTUP_FAILS)
    _, body = function.invoke(http("/"))
    assert "The app's startup failed: the database is down" in json.loads(body)["errorMessage"]


def test_an_option_that_is_wrong_fails_the_function(deploy: Deploy) -> None:
    function = deploy(env={"LAMBDA_HTTP_ADAPTER_TRUSTED_PROXIES": "some"})
    _, body = function.invoke(http("/"))
    assert "LAMBDA_HTTP_ADAPTER_TRUSTED_PROXIES is 'some'" in json.loads(body)["errorMessage"]
