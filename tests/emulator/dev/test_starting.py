"""What `dev` needs, and what it says where it has it not."""

import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from lambda_http_adapter._emulator.dev.configured_function import function_settings
from lambda_http_adapter._emulator.dev.options import parse_options
from lambda_http_adapter._emulator.doors.door import find_door
from tests.support.command_line import CommandLine
from tests.support.dev_process import APP, Dev
from tests.support.paths import ROOT


def refusal(directory: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    with pytest.raises(AssertionError) as refused:
        Dev(*arguments, cwd=directory, env=env).__enter__()
    return str(refused.value)


def refused(command_line: CommandLine, *arguments: str) -> str:
    """The same without a process, up to the choice of the port."""
    result = command_line("dev", "--port", "0", *arguments)
    assert (result.code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    return result.stderr


def test_a_process_that_refuses_to_serve(tmp_path: Path) -> None:
    said = refusal(tmp_path, APP, "--stream-cap")
    assert said.splitlines()[-1] == "lambda-http-adapter: --stream-cap needs --stream."
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([APP, "--origin", "alb", "--stream"], "alb can't stream; these can: function-url, rest."),
        (
            [APP, "--origin", "alb", "--stage", "prod"],
            "alb has no stages; these have: http-api, http-api-v1, rest, websocket.",
        ),
        ([APP, "--origin", "vpc_lattice", "--stream"], "vpc-lattice can't stream; these can: function-url, rest."),
        ([APP, "--origin", "rest", "--stage", ""], "A stage is one segment of a path; got ''."),
        ([APP, "--origin", "rest", "--stage", "/live"], "A stage is one segment of a path; got '/live'."),
        ([APP, "--stream-cap"], "--stream-cap needs --stream."),
        (
            [APP, "--integration-timeout", "9"],
            "function-url has no integration time-out; these have: http-api, http-api-v1, rest, websocket.",
        ),
        (
            [APP, "--origin", "http-api", "--integration-timeout", "31"],
            "--integration-timeout: an HTTP API waits no longer than 30 s.",
        ),
        ([APP, "--origin", "rest", "--idle-timeout", "9"], "--idle-timeout needs --origin rest --stream, or --origin"),
        ([APP, "--stream", "--idle-timeout", "9"], "--idle-timeout needs --origin rest --stream, or --origin"),
        (
            [APP, "--origin", "rest", "--stream", "--idle-timeout", "301"],
            "--idle-timeout: a REST API waits no longer than 300 s.",
        ),
        (
            [APP, "--origin", "websocket", "--idle-timeout", "601"],
            "--idle-timeout: a WebSocket API waits no longer than 600 s.",
        ),
        (
            [APP, "--origin", "websocket", "--integration-timeout", "30"],
            "--integration-timeout: a WebSocket API waits no longer than 29 s.",
        ),
        ([APP, "--routes", "say"], "--routes needs --origin websocket."),
        ([APP, "--origin", "rest", "--route-response"], "--route-response needs --origin websocket."),
        (
            [APP, "--origin", "lambda-edge", "--timeout", "5.5"],
            "--timeout is 5.5; a function behind CloudFront (Lambda@Edge) can have 5.",
        ),
        (
            [APP, "--origin", "lambda-edge", "--memory", "1769"],
            "--memory is 1769; a function behind CloudFront (Lambda@Edge) can have 128.",
        ),
        (
            [APP, "--origin", "lambda-edge-origin", "--timeout", "31"],
            "--timeout is 31; a function behind CloudFront (Lambda@Edge, origin request) can have 30.",
        ),
        ([APP, "--host", "nowhere.invalid"], "Can't listen on nowhere.invalid:0"),
        ([], "There is no app in "),
        (["mian:app"], "There is no module 'mian' in "),
        (["mian.py"], "There is no file 'mian.py' in "),
        (["main"], "'main' is not an import string; expected module:attribute, such as main:app."),
    ],
)
def test_what_cannot_be_served(arguments: list[str], reason: str, command_line: CommandLine) -> None:
    assert refused(command_line, *arguments).startswith(f"lambda-http-adapter: {reason}")


def test_a_port_that_is_taken(command_line: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        said = f"Port {port} of 127.0.0.1 is taken: try --port {port + 1}, or --port 0 for any free port."
        assert said in refused(command_line, APP, "--port", str(port))


MEMORY = "128 to 10240 MB, or with --max-concurrency 2048 to 32768 MB, as on Lambda"
SECONDS = "expected seconds, more than 0 and up to 900 as on Lambda"


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--concurrency", "0", "expected a whole number from 1 to 10000, got '0'"),
        ("--origin", "cdn", "There is no front door 'cdn'; expected one of: function-url, http-api, "),
        ("--port", "99999", "expected a number from 0 to 65535, got '99999'"),
        ("--port", "http", "expected a number from 0 to 65535, got 'http'"),
        ("--concurrency", "9" * 5000, "expected a whole number from 1 to 10000, got '999"),
        ("--memory", "5", f"--memory: expected {MEMORY}, got '5'."),
        ("--memory", "10241", f"--memory: expected {MEMORY}, got '10241'."),
        ("--memory", "1GB", f"--memory: expected {MEMORY}, got '1GB'."),
        ("--runtime-api-port", "x", "--runtime-api-port: expected a number from 0 to 65535, got 'x'."),
        ("--timeout", "0", f"--timeout: {SECONDS}, got '0'; --no-timeout disables it."),
        ("--timeout", "5000", f"--timeout: {SECONDS}, got '5000'; --no-timeout disables it."),
        ("--timeout", "nan", f"--timeout: {SECONDS}, got 'nan'; --no-timeout disables it."),
        ("--timeout", "inf", f"--timeout: {SECONDS}, got 'inf'; --no-timeout disables it."),
        ("--timeout", "x", f"--timeout: {SECONDS}, got 'x'; --no-timeout disables it."),
        ("--route-selection-expression", "action", "expected variables such as $request.body.action, got 'action'"),
        ("--save-events", "/dev/null", "'/dev/null' is not a directory: File exists"),
    ],
)
def test_a_value_that_is_none(option: str, value: str, reason: str, command_line: CommandLine) -> None:
    assert reason in refused(command_line, APP, option, value)


@pytest.mark.parametrize("memory", ["2047", "32769"])
def test_memory_that_no_managed_instance_has(memory: str, command_line: CommandLine) -> None:
    said = refused(command_line, APP, "--max-concurrency", "2", "--memory", memory)
    assert f"lambda-http-adapter dev: --memory: expected {MEMORY}, got '{memory}'." in said


@pytest.mark.parametrize(
    ("arguments", "megabytes"),
    [
        ([], 1769),
        (["--memory", "10240"], 10240),
        (["--origin", "lambda-edge"], 128),
        (["--origin", "lambda-edge-origin", "--memory", "10240"], 10240),
        (["--max-concurrency", "2"], 2048),
        (["--max-concurrency", "2", "--memory", "32768"], 32768),
    ],
)
def test_memory_that_lambda_has(arguments: list[str], megabytes: int) -> None:
    options = parse_options(["--only-runtime-api", *arguments])
    settings = function_settings(options, find_door(options.origin), "http://127.0.0.1:8000", None)
    assert settings.memory == megabytes
    assert settings.environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == str(megabytes)


def test_the_function_is_told_its_memory(tmp_path: Path) -> None:
    with Dev("--only-runtime-api", "--max-concurrency", "2", cwd=tmp_path) as dev:
        assert dev.variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "2048"


def test_without_uvicorn(tmp_path: Path) -> None:
    (tmp_path / "uvicorn.py").write_text("raise ImportError")
    assert "`dev` needs uvicorn: pip install 'lambda-http-adapter[dev]'" in refusal(tmp_path, APP)
    # What was typed comes first.
    assert "--timeout: expected seconds, more than 0 and up to 900" in refusal(tmp_path, APP, "--timeout", "x")


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("websockets.py", "raise ImportError"),
        ("sitecustomize.py", "import uvicorn; uvicorn.__version__ = '0.52.4'"),
    ],
)
def test_without_the_libraries_of_a_websocket_api(file: str, source: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text(source)
    env = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    said = refusal(tmp_path, APP, "--origin", "websocket", env=env)
    assert "`dev --origin websocket` needs websockets 16 and uvicorn 0.53 or newer: pip install" in said


def test_without_rich(tmp_path: Path) -> None:
    (tmp_path / "rich.py").write_text("raise ImportError")
    with Dev(APP, json_lines=False, cwd=tmp_path) as dev:
        dev.get("/items")
        assert dev.text("GET /items 200 · ")


def test_the_app_is_found(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text(f"from {APP.partition(':')[0]} import app as api\n\napi = api\n")
    with Dev(cwd=tmp_path) as dev:
        assert dev.get("/items").json()["path"] == "/items"


@pytest.mark.parametrize(
    "arguments",
    [
        ["lib/web.py"],
        pytest.param(["lib/web.py:make"], marks=pytest.mark.slow),
        pytest.param(["web:make", "--app-dir", "lib"], marks=pytest.mark.slow),
        ["web:Made", "--factory", "--app-dir", "lib"],
    ],
)
def test_an_app_in_another_directory(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    made = "make_app = make = lambda: app\n\ndef Made(name=None, *more): return app\n"
    (tmp_path / "lib/web.py").write_text(f"from {APP.partition(':')[0]} import app\n{made}")
    with Dev(*arguments, cwd=tmp_path) as dev:
        assert dev.get("/items").json()["path"] == "/items"


@pytest.mark.skipif(Path(sys.prefix) != ROOT / ".venv", reason="scripts/demo would make a .venv first")
def test_the_demo(tmp_path: Path) -> None:
    with Dev("--origin", "alb", cwd=tmp_path, command=[str(ROOT / "scripts/demo")]) as dev:
        assert dev.get("/lambda").json()["lambda"]["origin"] == "alb"
