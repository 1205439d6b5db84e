"""The fixtures that pytest finds where this package is installed, in runs of their own."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lambda_http_adapter import _pytest
from lambda_http_adapter._emulator.doors.door import DOORS
from tests.support.child_process import Process, inherited_environment

MAIN = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise ValueError("lifespan")
    body = f'{scope["aws.request_origin"]} {scope["root_path"]} {scope["path"]}'.encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})

def wsgi(environ, start_response):
    start_response("200 OK", [])
    return [b"WSGI"]
"""
INI = "[pytest]\nlambda_app = main:app\n"
EACH = "def test_each(lambda_client): assert lambda_client.get('/items').text.endswith(' /items')\n"

# What else is installed takes most of the time that pytest needs to start.
ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "lambda_http_adapter._pytest"}

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """The output of pytest on these files, with all plugins that are installed or with this one alone."""

    def run(code: int, with_all: bool = False, **files: str) -> str:
        for name, content in {"main_py": MAIN, **files}.items():
            (tmp_path / name.replace("_py", ".py").replace("_ini", ".ini")).write_text(content)
        command = [sys.executable, "-m", "pytest", "-v", "-W", "error", "-p", "no:cacheprovider"]
        environment = inherited_environment() | ({} if with_all else ALONE)
        with Process(command, environment, tmp_path) as process:
            assert process.wait(60) == code, process.logs
            return process.stdout

    return run


def test_the_plugin_names_every_front_door() -> None:
    assert tuple(DOORS) == _pytest.ORIGINS


def test_each_front_door_in_turn(run: Run) -> None:
    output = run(0, with_all=True, pytest_ini=INI, test_app_py=EACH)
    assert re.findall(r"test_each\[(.+?)\] PASSED", output) == list(DOORS)


def test_one_front_door(run: Run) -> None:
    tests = """
        import pytest
        from lambda_http_adapter import RequestOrigin
        @pytest.mark.parametrize("lambda_origin", ["alb", "rest", "api_gateway_v1", RequestOrigin.alb])
        def test_some(lambda_client, lambda_origin):
            seen = lambda_client.get("/").text
            assert seen.split()[0] == {"rest": "api_gateway_v1"}.get(lambda_origin, lambda_origin)
        """
    output = run(0, pytest_ini=INI, test_app_py=dedent(tests))
    assert "4 passed" in output


def test_an_app_and_options_of_ones_own(run: Run) -> None:
    fixtures = """
        import pytest, main
        @pytest.fixture
        def lambda_app(): return main.wsgi
        """
    options = """
        import pytest
        @pytest.fixture
        def lambda_options(): return {"stage": "live"}
        @pytest.fixture
        def lambda_app(): return "main:app"
        def test_stage(lambda_client, lambda_origin):
            stage = " /live" if lambda_origin in ("rest", "http-api", "http-api-v1") else " "
            assert lambda_client.get("/items").text.endswith(f"{stage} {stage.strip()}/items")
        """
    tests = "def test_wsgi(lambda_client): assert lambda_client.get('/').text == 'WSGI'\n"
    output = run(0, conftest_py=dedent(fixtures), test_app_py=tests, test_stage_py=dedent(options))
    assert f"{2 * len(DOORS)} passed" in output


def test_without_an_app(run: Run) -> None:
    output = run(1, test_app_py=EACH)
    assert f"{len(DOORS)} errors" in output
    assert "lambda_client has no app: set lambda_app" in output


def dedent(text: str) -> str:
    return re.sub(r"^ {8}", "", text, flags=re.MULTILINE)
