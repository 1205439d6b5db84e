"""An app that can't be loaded or started is reported once, and the process ends."""

import json
from typing import cast

import pytest

from tests.support.child_process import RunProcess
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.http_bytes import answer
from tests.support.runtime_process import APP, Serve, every_driver

STARTUP_FAILS = """
async def app(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "the database is down"})
"""

STARTUP_LEAVES = """
async def app(scope, receive, send):
    await receive()
    raise {}
"""


MUTE = """
class MuteError(BaseException):
    def __repr__(self):
        raise SystemExit
    __str__ = __repr__
    __traceback__ = property(__repr__)

raise MuteError
"""


@pytest.mark.parametrize(
    ("source", "app", "env", "error_type", "fact"),
    [
        ("import no_such_module", "app:app", {}, "Runtime.ImportModuleError", "no_such_module"),
        ("def app(:", "app:app", {}, "Runtime.UserCodeSyntaxError", "app.py"),
        ("1 / 0", "app:app", {}, "Runtime.InitError", "division by zero"),
        ("raise SystemExit(3)", "app:app", {}, "Runtime.InitError", "The app ended its init with SystemExit(3)"),
        ("raise SystemExit", "app:app", {}, "Runtime.InitError", "The app ended its init with SystemExit()"),
        ("raise KeyboardInterrupt", "app:app", {}, "Runtime.InitError", "KeyboardInterrupt()"),
        ("raise GeneratorExit", "app:app", {}, "Runtime.InitError", "GeneratorExit()"),
        (MUTE, "app:app", {}, "Runtime.InitError", "The app ended its init with MuteError"),
        (APP, "app:application", {}, "Runtime.HandlerNotFound", "'app'"),
        (APP, "main:app", {}, "Runtime.HandlerNotFound", "'main'"),
        (APP, "app", {}, "Runtime.HandlerNotFound", "module:attribute"),
        ("app = 1", "app:app", {}, "Runtime.HandlerNotFound", "int"),
        (STARTUP_FAILS, "app:app", {}, "Runtime.InitError", "the database is down"),
        (STARTUP_LEAVES.format("SystemExit(3)"), "app:app", {}, "Runtime.InitError", "SystemExit(3)"),
        (STARTUP_LEAVES.format("KeyboardInterrupt"), "app:app", {}, "Runtime.InitError", "KeyboardInterrupt()"),
        (STARTUP_LEAVES.format("GeneratorExit"), "app:app", {}, "Runtime.InitError", "GeneratorExit()"),
        (APP, "app:app", {"LAMBDA_HTTP_ADAPTER_LIFESPAN": "maybe"}, "Runtime.InitError", "'maybe'"),
        (APP, "app:app", {"LAMBDA_HTTP_ADAPTER_LIFESPAN": "on"}, "Runtime.InitError", "lifespan"),
    ],
    ids=[
        "import",
        "syntax",
        "raises",
        "SystemExit",
        "SystemExit without a code",
        "KeyboardInterrupt",
        "GeneratorExit",
        "no words",
        "attribute",
        "module",
        "string",
        "no app",
        "startup",
        "startup: SystemExit",
        "startup: KeyboardInterrupt",
        "startup: GeneratorExit",
        "option",
        "no lifespan",
    ],
)
def test_a_failed_init_is_reported_once(
    fake_runtime_api: FakeRuntimeAPI,
    serve: Serve,
    source: str,
    app: str,
    env: dict[str, str],
    error_type: str,
    fact: str,
) -> None:
    process = serve(source, app, **env)
    assert process.wait() == 1
    (request,) = fake_runtime_api.requests
    assert request.endpoint == "init/error"
    assert request.header("lambda-runtime-function-error-type") == error_type
    assert request.header("content-type") == "application/json"
    error = cast("dict[str, object]", request.json())
    assert set(error) == {"errorMessage", "errorType", "requestId", "stackTrace"}
    assert (error["errorType"], error["requestId"]) == (error_type, "")
    assert fact in cast("str", error["errorMessage"])
    assert "exceptions" in json.loads(request.header("lambda-runtime-function-xray-error-cause") or "")
    assert fact in process.logs


@pytest.mark.parametrize("source", ["\n1 / 0", "\nraise SystemExit(3)"])
def test_the_stack_leads_to_the_apps_own_line(fake_runtime_api: FakeRuntimeAPI, serve: Serve, source: str) -> None:
    assert serve(source).wait() == 1
    stack = cast("dict[str, list[str]]", fake_runtime_api.requests[0].json())["stackTrace"]
    assert [line for line in stack if "app.py" in line and "line 2" in line] == stack[-1:]


LEAVES_WHEN_CONFIGURED = """
from collections.abc import Mapping
from lambda_http_adapter import run, run_asgi, run_http, run_wsgi

class Leaves(Mapping):
    def __iter__(self):
        raise SystemExit(3)

    __getitem__ = __len__ = __iter__

class Signed:
    @property
    def __signature__(self):
        raise SystemExit(3)

    def __call__(self, request):
        pass

def layer(next_handler):
    raise SystemExit(3)

async def asgi(scope, receive, send):
    pass

def wsgi(environ, start_response):
    pass

"""


@pytest.mark.parametrize(
    "call",
    [
        "run_asgi(asgi, on_event=Leaves())",
        "run_wsgi(wsgi, on_event=Leaves())",
        "run_asgi(Signed())",
        "run_http(Signed())",
        "run(lambda event: event, layers=[layer])",
    ],
)
def test_an_app_that_leaves_when_it_is_configured(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, call: str
) -> None:
    process = run_process(code=LEAVES_WHEN_CONFIGURED + call)
    assert process.wait() == 1
    (request,) = fake_runtime_api.requests
    assert request.endpoint == "init/error"
    error = cast("dict[str, object]", request.json())
    assert error["errorMessage"] == "The app ended its init with SystemExit(3)"
    assert error["errorType"] == "Runtime.InitError"


def test_sigterm_while_the_app_is_imported_is_no_failed_init(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    process = serve("import os, time\nos.kill(os.getpid(), 15)\ntime.sleep(60)")
    assert process.wait() == -15
    assert fake_runtime_api.requests == []


def test_a_syntax_error_is_reported_with_its_line_and_without_the_frames_of_import(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve
) -> None:
    assert serve("x = 1\ndef app(:\n").wait() == 1
    (place,) = cast("dict[str, list[str]]", fake_runtime_api.requests[0].json())["stackTrace"]
    first, *lines = place.splitlines()
    assert first.endswith('/app.py", line 2')
    assert lines == ["    def app(:", "            ^"]


@pytest.mark.parametrize("status", [202, 403, 500])
def test_the_exit_code_does_not_depend_on_what_becomes_of_the_report(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, status: int
) -> None:
    fake_runtime_api.script("init/error", answer(status, {}))
    assert serve("1 / 0").wait() == 1
    assert [request.endpoint for request in fake_runtime_api.requests] == ["init/error"]


def test_a_failed_init_without_anyone_to_tell(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    fake_runtime_api.close()
    process = serve("1 / 0")
    assert process.wait() == 1
    assert "division by zero" in process.logs
    assert fake_runtime_api.address in process.logs


@pytest.mark.covering
@every_driver
@pytest.mark.parametrize(
    "address",
    [
        ":9001",
        "[]:9001",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:-1",
        "127.0.0.1:65536",
        "127.0.0.1:99999",
        "127.0.0.1:" + "9" * 5000,
        "127.0.0.1:http",
        "127.0.0.1:9001/",
        "sandbox..local:9001",
        "s" * 64 + ":9001",
        "größe:9001",
        "sand box:9001",
        "sandbox\r\nX-Injected: 1:9001",
    ],
    ids=lambda address: ascii(address[:30]),
)
def test_an_address_that_can_not_be_one_is_told_in_a_sentence(serve: Serve, address: str) -> None:
    process = serve(AWS_LAMBDA_RUNTIME_API=address)
    assert process.wait() == 1
    assert process.logs == f"AWS_LAMBDA_RUNTIME_API is {address!r}; expected host:port.\n"


@pytest.mark.covering
@every_driver
@pytest.mark.parametrize("concurrency", ["0", "-1", "many", "1.5", "9" * 5000], ids=lambda text: text[:5])
def test_a_concurrency_that_is_no_number_is_told_in_a_sentence(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, concurrency: str
) -> None:
    process = serve(AWS_LAMBDA_MAX_CONCURRENCY=concurrency)
    assert process.wait() == 1
    sentence = f"AWS_LAMBDA_MAX_CONCURRENCY is {concurrency!r}; expected a whole number, 1 or more."
    assert process.logs == f"{sentence}\n"
    assert cast("dict[str, object]", fake_runtime_api.requests[0].json())["errorMessage"] == sentence
