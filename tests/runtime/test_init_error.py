"""An app that can't be loaded or started is reported once, and the process ends."""

import json
from typing import cast

import pytest

from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.http_bytes import answer
from tests.support.runtime_process import APP, Serve

STARTUP_FAILS = """
async def app(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "the database is down"})
"""


@pytest.mark.parametrize(
    ("source", "app", "env", "error_type", "fact"),
    [
        ("import no_such_module", "app:app", {}, "Runtime.ImportModuleError", "no_such_module"),
        ("def app(:", "app:app", {}, "Runtime.UserCodeSyntaxError", "app.py"),
        ("1 / 0", "app:app", {}, "Runtime.InitError", "division by zero"),
        (APP, "app:application", {}, "Runtime.HandlerNotFound", "'app'"),
        (APP, "main:app", {}, "Runtime.HandlerNotFound", "'main'"),
        (APP, "app", {}, "Runtime.HandlerNotFound", "module:attribute"),
        ("app = 1", "app:app", {}, "Runtime.HandlerNotFound", "int"),
        (STARTUP_FAILS, "app:app", {}, "Runtime.InitError", "the database is down"),
        (APP, "app:app", {"LAMBDA_HTTP_ADAPTER_LIFESPAN": "maybe"}, "Runtime.InitError", "'maybe'"),
        (APP, "app:app", {"LAMBDA_HTTP_ADAPTER_LIFESPAN": "on"}, "Runtime.InitError", "lifespan"),
    ],
    ids=["import", "syntax", "raises", "attribute", "module", "string", "no app", "startup", "option", "no lifespan"],
)
def test_a_failed_init_is_reported_once(
    runtime_api: FakeRuntimeAPI, serve: Serve, source: str, app: str, env: dict[str, str], error_type: str, fact: str
) -> None:
    process = serve(source, app, **env)
    assert process.wait() == 1
    (exchange,) = runtime_api.exchanges
    assert exchange.endpoint == "init/error"
    assert exchange.header("lambda-runtime-function-error-type") == error_type
    assert exchange.header("content-type") == "application/json"
    error = cast("dict[str, object]", exchange.json())
    assert set(error) == {"errorMessage", "errorType", "requestId", "stackTrace"}
    assert (error["errorType"], error["requestId"]) == (error_type, "")
    assert fact in cast("str", error["errorMessage"])
    assert "exceptions" in json.loads(exchange.header("lambda-runtime-function-xray-error-cause") or "")
    assert fact in process.logs


def test_the_stack_leads_to_the_apps_own_line(runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    assert serve("\n1 / 0").wait() == 1
    stack = cast("dict[str, list[str]]", runtime_api.exchanges[0].json())["stackTrace"]
    assert [line for line in stack if "app.py" in line and "line 2" in line] == stack[-1:]


@pytest.mark.parametrize("status", [202, 403, 500])
def test_the_exit_code_does_not_depend_on_what_becomes_of_the_report(
    runtime_api: FakeRuntimeAPI, serve: Serve, status: int
) -> None:
    runtime_api.script("init/error", answer(status, {}))
    assert serve("1 / 0").wait() == 1
    assert [exchange.endpoint for exchange in runtime_api.exchanges] == ["init/error"]


def test_a_failed_init_without_anyone_to_tell(runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    runtime_api.close()
    process = serve("1 / 0")
    assert process.wait() == 1
    assert "division by zero" in process.logs
    assert runtime_api.address in process.logs
