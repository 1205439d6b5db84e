"""What is loaded when: a function pays at every cold start for each module that it doesn't need."""

import json
from pathlib import Path

import pytest

from tests.support.child_process import Process, inherited_environment, python
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.paths import EVENTS, ROOT

EVENT = json.loads((EVENTS / "function_url/live.json").read_bytes())
# A measurement of coverage loads modules of its own.
ENVIRONMENT = {name: value for name, value in inherited_environment().items() if not name.startswith("COVERAGE_")} | {
    "PYTHONPATH": str(ROOT)
}
SERVE = "from lambda_http_adapter import run_asgi; from tests.support.small_apps import modules; run_asgi(modules)"

NEVER = {
    "asgiref",
    "email",
    "h11",
    "http",
    "httpcore",
    "httpx",
    "lambda_http_adapter._types",
    "rich",
    "starlette",
    "typing_extensions",
    "unittest",
    "uvicorn",
    "watchfiles",
    "werkzeug",
    "xml",
}
FOR_ASGI = {"asyncio", "lambda_http_adapter._apps.asgi", "lambda_http_adapter._apps.asgi_lifespan", "uvloop"}
FOR_WSGI = {"lambda_http_adapter._apps.wsgi", "wsgiref"}
FOR_A_PERSON = {"argparse", "lambda_http_adapter.cli"}


def loaded(code: str, tmp_path: Path) -> list[str]:
    """The modules that a statement loads in a fresh interpreter that has typing and importlib."""
    program = f"import __future__, importlib, sys, typing; before = {{*sys.modules}}; {code}; "
    program += "print(*sorted({*sys.modules} - before))"
    with Process(python(code=program), ENVIRONMENT, tmp_path) as process:
        assert process.wait() == 0
        return process.stdout.split()


def modules_of_a_function(command: list[str], tmp_path: Path) -> set[str]:
    """The modules that are loaded while an event is served."""
    with FakeRuntimeAPI() as api:
        delivery = api.invoke(EVENT)
        with Process(command, ENVIRONMENT | {"AWS_LAMBDA_RUNTIME_API": api.address}, tmp_path) as process:
            answer = delivery.wait().json()
            api.close()
            process.wait()
    assert isinstance(answer, dict)
    return set(json.loads(answer["body"]))


def families(modules: set[str], names: set[str]) -> list[str]:
    """The modules that are one of ``names``, or inside one."""
    return sorted(module for module in modules if any(f"{module}.".startswith(f"{name}.") for name in names))


def test_the_package_alone(tmp_path: Path) -> None:
    assert loaded("import lambda_http_adapter", tmp_path) == ["lambda_http_adapter"]


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("errors", ["errors"]),
        ("LambdaContext", ["_values", "_values.context"]),
        ("lambda_request", ["_values", "_values.lambda_request"]),
    ],
)
def test_a_name_of_the_package(name: str, ours: list[str], tmp_path: Path) -> None:
    modules = loaded(f"from lambda_http_adapter import {name}", tmp_path)
    package = "lambda_http_adapter"
    assert [module for module in modules if module.startswith(package)] == [package, *(f"{package}.{x}" for x in ours)]
    assert families({*modules}, NEVER | FOR_WSGI | FOR_A_PERSON | {"asyncio", "httptools", "json", "logging"}) == []


def test_an_asgi_function(tmp_path: Path) -> None:
    modules = modules_of_a_function(python(code=SERVE), tmp_path)
    assert {"asyncio", "lambda_http_adapter._runtime.async_loop"} <= modules
    assert families(modules, NEVER | FOR_WSGI | FOR_A_PERSON) == []


def test_a_wsgi_function(tmp_path: Path) -> None:
    app = "from tests.support.small_apps import wsgi_modules"
    code = f"{app}; from lambda_http_adapter import run_wsgi; run_wsgi(wsgi_modules)"
    modules = modules_of_a_function(python(code=code), tmp_path)
    assert {"lambda_http_adapter._apps.wsgi"} <= modules
    assert families(modules, NEVER | FOR_ASGI | FOR_A_PERSON) == []


def test_an_asgi_function_by_the_command_line(tmp_path: Path) -> None:
    modules = modules_of_a_function(python("run", "tests.support.small_apps:modules"), tmp_path)
    assert "lambda_http_adapter.cli" in modules
    assert families(modules, NEVER | FOR_WSGI | {"argparse"}) == []


def test_the_fast_extra_is_used_where_it_is_installed(tmp_path: Path) -> None:
    modules = modules_of_a_function(python(code=SERVE), tmp_path)
    assert "uvloop.loop" in modules
    assert "pybase64" not in modules  # before there is a large body
    without = "import sys; sys.modules['uvloop'] = None; " + SERVE
    assert "uvloop.loop" not in modules_of_a_function(python(code=without), tmp_path)
