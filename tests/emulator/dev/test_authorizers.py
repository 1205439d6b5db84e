"""A Lambda authorizer in front of `dev`, as a function in sandboxes of its own."""

import asyncio
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from lambda_http_adapter._emulator.dev.authorizers import LambdaAuthorizer
from lambda_http_adapter._emulator.doors.caller import Caller
from lambda_http_adapter._emulator.doors.client import ClientRequest, NoEventError
from lambda_http_adapter._emulator.doors.door import DOORS
from lambda_http_adapter._emulator.sandbox.function import FunctionSettings
from lambda_http_adapter._emulator.sandbox.invocation import Invocation, InvocationError
from lambda_http_adapter._emulator.sandbox.pool import Pool
from lambda_http_adapter._emulator.sandbox.report import Report
from lambda_http_adapter._emulator.sandbox.sandbox import Sandbox
from lambda_http_adapter._emulator.sandbox.telemetry import LogRecord
from tests.support.dev_events import events
from tests.support.dev_process import PATIENCE, Dev, Gate, processes_of

APP = "tests.support.event_app:handler"
FUNCTION = "lambda=tests.support.event_app:authorizer"
LIMITED = "with an explicit deny in an identity-based policy"


class Answers(NamedTuple):
    """Status and body of what the API says itself, and the type of error in a header."""

    unauthorized: tuple[int, str, str | None]
    denied: tuple[int, str, str | None]
    not_allowed: tuple[int, str, str | None]
    broken: tuple[int, str, str | None]


REST = Answers(
    (401, '{"message":"Unauthorized"}', "UnauthorizedException"),
    (403, f'{{"Message":"User is not authorized to access this resource {LIMITED}"}}', "AccessDeniedException"),
    (403, '{"Message":"User is not authorized to access this resource"}', "AccessDeniedException"),
    (500, '{"message":null}', "AuthorizerConfigurationException"),
)
HTTP_API = Answers(
    (401, '{"message":"Unauthorized"}', None),
    (403, '{"message":"Forbidden"}', None),
    (403, '{"message":"Forbidden"}', None),
    (500, '{"message":"Internal Server Error"}', None),
)
BROKEN = {"error", "crash", "nothing"}
APIS = {
    ("rest", "token"): (REST, {"nested", "simple", "simply no"}),
    ("rest", "request"): (REST, {"nested", "simple", "simply no"}),
    ("http-api", "2.0"): (HTTP_API, set()),
    ("http-api", "1.0"): (HTTP_API, {"simple", "simply no"}),
    ("http-api-v1", "2.0"): (HTTP_API, set()),
}


@pytest.fixture(scope="module", params=APIS, ids=" ".join)
def api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Dev]]:
    origin, payload = request.param
    directory = tmp_path_factory.mktemp("authorizer")
    with Dev(APP, "--origin", origin, "--authorizer", FUNCTION, "--authorizer-payload", payload, cwd=directory) as dev:
        yield request.param, dev


def test_every_answer_of_the_api(api: tuple[Any, Dev]) -> None:
    name, dev = api
    answers, also_broken = APIS[name]
    expected = dict.fromkeys(BROKEN | also_broken, answers.broken)
    expected |= {"unauthorized": answers.unauthorized, "Deny": answers.denied, "other method": answers.not_allowed}
    expected.setdefault("simply no", answers.denied)
    for token, answer in expected.items():
        refused = dev.get("/items", authorization=token)
        assert (refused.status_code, refused.text, refused.headers.get("x-amzn-errortype")) == answer, token
    missing = dev.get("/items")
    assert (missing.status_code, missing.text, missing.headers.get("x-amzn-errortype")) == answers.unauthorized
    note = dev.line("request", status=401, note="the authorizer isn't invoked without the header Authorization")
    assert note["request_id"] is None


def test_the_context_reaches_the_function(api: tuple[Any, Dev]) -> None:
    (origin, payload), dev = api
    response = dev.get("/items?a=1", authorization="a token")
    event = response.json()["event"]
    written = event["requestContext"]["authorizer"]
    if origin == "rest":
        assert (written["principalId"], type(written["pid"])) == ("user-7", str)
    context = written["lambda"] if origin == "http-api" else written
    assert int(context["pid"]) not in (os.getpid(), 0)
    sent = json.loads(context["event"])
    arn = sent["methodArn" if payload != "2.0" else "routeArn"]
    assert arn.endswith("/prod/GET/items" if origin == "rest" else "/$default/GET/items")
    if payload == "token":
        assert sent == {"type": "TOKEN", "methodArn": arn, "authorizationToken": "a token"}
    else:
        assert sent["queryStringParameters"] == {"a": "1"}
        assert sent["requestContext"]["requestId"] == event["requestContext"]["requestId"]


@pytest.mark.parametrize("api", [("http-api", "2.0"), ("http-api-v1", "2.0")], ids=" ".join, indirect=True)
def test_a_simple_response_has_a_context_of_any_kind(api: tuple[Any, Dev]) -> None:
    (origin, _), dev = api
    written = dev.get("/", authorization="simple").json()["event"]["requestContext"]["authorizer"]
    assert (written["lambda"] if origin == "http-api" else written) == {"level": 3, "roles": ["a"]}


def test_only_the_function_is_in_the_log(api: tuple[Any, Dev]) -> None:
    _, dev = api
    dev.get("/marked", authorization="a token")
    request = dev.line("request", target="/marked")
    started = dev.line("start", request_id=request["request_id"])
    assert dev.line("report", request_id=request["request_id"])["pid"] == started["pid"]


def test_other_identity_sources(tmp_path: Path) -> None:
    sources = "$request.header.X-Key, $request.querystring.key"
    options = ("--origin", "http-api", "--authorizer", FUNCTION, "--identity-source")
    with Dev(APP, *options, sources, cwd=tmp_path) as dev:
        assert dev.get("/", **{"x-key": "k"}).status_code == 401
        assert dev.get("/?key=q").status_code == 401
        event = dev.get("/?key=q", **{"x-key": "k"}).json()["event"]
        sent = json.loads(event["requestContext"]["authorizer"]["lambda"]["event"])
        assert sent["identitySource"] == ["k", "q"]
    with Dev(APP, *options, "", cwd=tmp_path) as dev:
        event = dev.get("/").json()["event"]
        assert json.loads(event["requestContext"]["authorizer"]["lambda"]["event"])["identitySource"] is None


def test_a_new_authorizer_after_a_reload(tmp_path: Path) -> None:
    def write(result: bool) -> None:
        (tmp_path / "auth.py").write_text(f"def allow(event, context):\n    return {{'isAuthorized': {result}}}\n")

    write(False)
    options = ("--origin", "http-api", "--authorizer", "lambda=handler:auth:allow")
    with Dev(APP, *options, cwd=tmp_path) as dev:
        dev.line("init")
        assert dev.get("/", authorization="t").status_code == 403
        write(True)
        dev.line("emulator", message="Reloading: auth.py")
        dev.line("init")
        assert dev.get("/", authorization="t").status_code == 200


def test_a_reload_brings_an_authorizer_its_variables(tmp_path: Path) -> None:
    variables = tmp_path / "variables"
    variables.write_text("COLOUR=red\n")
    (tmp_path / "auth.py").write_text(
        "import os\ndef allow(event, context):\n"
        "    return {'isAuthorized': True, 'context': {'colour': os.environ['COLOUR']}}\n"
    )
    options = ("--origin", "http-api", "--authorizer", "lambda=auth:allow", "--env-file", "variables")

    def colour(dev: Dev) -> object:
        return dev.get("/", authorization="t").json()["event"]["requestContext"]["authorizer"]["lambda"]["colour"]

    with Dev(APP, *options, cwd=tmp_path) as dev:
        dev.line("init")
        assert colour(dev) == "red"
        variables.write_text("COLOUR=blue\n")
        dev.line("emulator", message="Reloading: variables")
        dev.line("init")
        assert colour(dev) == "blue"
        with events(dev) as read:
            snapshot = next(read).data
        assert {lane["function"] for lane in snapshot["sandboxes"] if lane["state"] != "ended"} == {"dev", "authorizer"}
        front_door = dict(snapshot["settings"]["Front door"])
        assert front_door["Authorizer"] == "lambda"
        assert "Entrance" not in front_door


def test_the_terminal_tells_an_authorizer_from_the_function(tmp_path: Path) -> None:
    (tmp_path / "auth.py").write_text(
        "import os\ndef allow(event, context):\n"
        "    if event['headers']['authorization'] == 'crash': os._exit(3)\n"
        "    raise KeyError('no such user')\n"
    )
    options = ("--origin", "http-api", "--authorizer", "lambda=auth:allow")
    with Dev(APP, *options, json_lines=False, cwd=tmp_path) as dev:
        dev.get("/", authorization="t")
        assert dev.text(" authorizer ERROR Uncaught exception")
        refused = dev.text("GET / 500")
        assert "KeyError: 'no such user': correct the authorizer" in refused
        assert dev.seen.index(refused) > dev.seen.index("KeyError: 'no such user'\n")
        page = dev.get("/", authorization="crash", accept="text/html")
        assert "Correct the authorizer" in page.text
        assert dev.text("The authorizer's process ")


def test_every_sandbox_of_the_authorizer_is_busy(tmp_path: Path) -> None:
    (tmp_path / "auth.py").write_text(
        "import socket\ndef allow(event, context):\n"
        "    with socket.create_connection(('127.0.0.1', int(event['headers']['authorization']))) as gate:\n"
        "        gate.recv(1)\n"
        "    return {'isAuthorized': True}\n"
    )
    options = ("--origin", "http-api", "--authorizer", "lambda=auth:allow", "--concurrency", "1")
    with Dev(APP, *options, cwd=tmp_path) as dev, Gate() as gate, ThreadPoolExecutor(1) as threads:
        held = threads.submit(dev.get, "/", authorization=str(gate.port))
        gate.arrive()
        refused = dev.get("/", authorization=str(gate.port), accept="text/html")
        gate.open()
        assert held.result().status_code == 200
    assert refused.status_code == 500
    assert "Every sandbox of the authorizer is busy. Raise --concurrency" in refused.text


def test_no_authorizer_outlives_dev(tmp_path: Path) -> None:
    marker = f"AUTHORIZER_OF={tmp_path}"
    options = ("--origin", "rest", "--concurrency", "2", "--authorizer", FUNCTION)
    with Dev(APP, *options, cwd=tmp_path, env=dict([marker.split("=", 1)])) as dev:
        pid = int(dev.get("/", authorization="t").json()["event"]["requestContext"]["authorizer"]["pid"])
        assert pid in processes_of(marker)
        assert dev.end() == 0
        assert processes_of(marker) == []


def test_an_authorizer_that_cannot_start(tmp_path: Path) -> None:
    (tmp_path / "handler.py").write_text("raise ValueError('no such luck')\n")
    options = ("--origin", "rest", "--authorizer", "lambda=handler:allow")
    with Dev(APP, *options, cwd=tmp_path) as dev:
        refused = dev.get("/", authorization="t")
        assert (refused.status_code, refused.text) == REST.broken[:2]
        assert "no such luck" in str(dev.line("request", status=500)["note"])
        assert "no such luck" in str(dev.line("ended")["error"])


class Unobserved:
    """Of sandboxes whose runtime is the test itself."""

    def initialised(self, sandbox: Sandbox, seconds: float) -> None: ...
    def started(self, sandbox: Sandbox, invocation: Invocation) -> None: ...
    def reported(self, sandbox: Sandbox, report: Report) -> None: ...
    def logged(self, sandbox: Sandbox, record: LogRecord) -> None: ...
    def ended(self, sandbox: Sandbox, error: InvocationError | None) -> None: ...


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (None, "an HTTP API waits no longer than 0.2 s for its authorizer"),
        (b"no JSON", "expected an object from the authorizer, got 'no JSON'"),
    ],
)
def test_an_authorizer_in_another_runtime(reply: bytes | None, reason: str, tmp_path: Path) -> None:
    async def authorize() -> None:
        pool = Pool(FunctionSettings([], {}, tmp_path), 1, False, Unobserved())
        authorizer = LambdaAuthorizer(pool, "2.0", (), 0.2 if reply is None else None)
        sandbox = await pool.warm()
        asked = asyncio.ensure_future(authorizer.authorize(ClientRequest(), DOORS["http-api"], Caller()))
        url = f"http://{sandbox.authority}/2018-06-01/runtime/invocation"
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as runtime:
            event = await runtime.get(f"{url}/next")
            if reply is not None:
                request_id = event.headers["lambda-runtime-aws-request-id"]
                await runtime.post(f"{url}/{request_id}/response", content=reply)
            with pytest.raises(NoEventError, match=f"^{reason}$") as refused:
                await asked
        assert (refused.value.response.status, refused.value.response.body.decode()) == HTTP_API.broken[:2]
        await pool.close()

    asyncio.run(authorize())


@pytest.mark.slow
def test_an_api_waits_ten_seconds_for_its_authorizer(tmp_path: Path) -> None:
    with Dev(APP, "--origin", "http-api", "--authorizer", FUNCTION, cwd=tmp_path) as dev:
        refused = dev.get("/", authorization="hang")
        assert (refused.status_code, refused.text) == HTTP_API.broken[:2]
        assert dev.line("request")["note"] == "an HTTP API waits no longer than 10 s for its authorizer"


def test_an_authorizer_that_takes_too_long(tmp_path: Path) -> None:
    with Dev(APP, "--origin", "rest", "--timeout", "0.5", "--authorizer", FUNCTION, cwd=tmp_path) as dev:
        refused = dev.get("/", authorization="hang")
        assert (refused.status_code, refused.text) == REST.broken[:2]
        assert "Task timed out after 0.50 seconds" in str(dev.line("request")["note"])
