"""The command line: what it serves, and what it says and reports where it can't."""

import json
import re
import subprocess
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path

import pytest

import lambda_http_adapter
from lambda_http_adapter.cli import main
from tests.support.child_process import RunProcess
from tests.support.command_line import CommandLine
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.paths import EVENTS

EVENT = json.loads((EVENTS / "function_url/live.json").read_bytes())
NOT_ON_LAMBDA = {"AWS_LAMBDA_RUNTIME_API": ""}

FILES = {
    "main.py": """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise ValueError("lifespan")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ASGI"})

def wsgi(environ, start_response):
    start_response("200 OK", [])
    return [b"WSGI"]

async def broken_startup(scope, receive, send):
    await send({"type": "lifespan.startup.failed", "message": "no database"})

def create_app():
    return wsgi

class App:
    def __call__(self, environ, start_response):
        return wsgi(environ, start_response)

number = 5
""",
    "src/web.py": "from main import app",
    "broken.py": "import nothing_like_that",
    "wrong.py": "def app(:",
    "raising.py": "def connect():\n    raise OSError('no database')\n\nconnect()",
    "leaving.py": "raise SystemExit(3)",
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)


@pytest.mark.parametrize(
    ("arguments", "env", "body"),
    [
        (["main:app"], {}, "ASGI"),
        (["main.app"], {}, "ASGI"),
        (["asgi:main:app"], {}, "ASGI"),
        (["main:wsgi"], {}, "WSGI"),
        (["wsgi:main.wsgi"], {}, "WSGI"),
        (["main.py"], {}, "ASGI"),
        (["main:create_app"], {}, "WSGI"),
        (["--factory", "main:create_app"], {}, "WSGI"),
        (["main:App", "--factory"], {}, "WSGI"),
        (["web:app", "--app-dir", "src"], {}, "ASGI"),
        (["src/web.py"], {}, "ASGI"),
        ([], {}, "ASGI"),
        (["--app-dir", "src"], {"_HANDLER": "web.app"}, "ASGI"),
        ([], {"_HANDLER": "main.app"}, "ASGI"),
        ([], {"AWS_LAMBDA_PYTHON_ENTRYPOINT": "main:wsgi", "_HANDLER": "nowhere.app"}, "WSGI"),
        (["main:app"], {"AWS_LAMBDA_PYTHON_ENTRYPOINT": "main:wsgi", "_HANDLER": "nowhere.app"}, "ASGI"),
    ],
)
def test_run(
    arguments: list[str], env: dict[str, str], body: str, run_process: RunProcess, fake_runtime_api: FakeRuntimeAPI
) -> None:
    delivery = fake_runtime_api.invoke(EVENT)
    run_process("run", *arguments, env=env)
    assert delivery.wait().json() == {"statusCode": 200, "headers": {}, "body": body, "isBase64Encoded": False}


@pytest.mark.parametrize("arguments", [["main:wsgi"], ["main.wsgi"], ["main.py:wsgi"], ["main:App", "--factory"]])
def test_run_may_be_left_out(arguments: list[str], run_process: RunProcess, fake_runtime_api: FakeRuntimeAPI) -> None:
    delivery = fake_runtime_api.invoke(EVENT)
    run_process(*arguments)
    assert delivery.wait().json() == {"statusCode": 200, "headers": {}, "body": "WSGI", "isBase64Encoded": False}


def test_version(run_process: RunProcess) -> None:
    process = run_process("--version")
    assert process.wait() == 0
    assert (process.stdout, process.stderr) == (f"{lambda_http_adapter.__version__}\n", "")


WITHOUT_EXTRAS = """
import sys
from importlib.abc import MetaPathFinder
for name in ("pybase64", "rich", "uvicorn", "uvloop", "watchfiles", "yaml"):
    sys.modules[name] = None

from lambda_http_adapter.cli import main

main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    "command",
    [
        *["", "init", "run", "dev", "invoke", "build", "doctor"],
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("event", "replay", "compare", "wrapper")),
    ],
)
def test_help_needs_no_extra(command: str, tmp_path: Path) -> None:
    arguments = [command] if command else []
    line = [sys.executable, "-c", WITHOUT_EXTRAS, *arguments, "--help"]
    process = subprocess.run(line, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (process.returncode, process.stderr) == (0, "")
    assert process.stdout.startswith(f"usage: lambda-http-adapter {command}".rstrip())
    assert process.stdout.count("\n") > 5


COMMANDS = "expected one of: init, run, dev, invoke, event, replay, compare, build, doctor, wrapper"
DOORS = (
    "expected one of: "
    "function-url, http-api, http-api-v1, rest, alb, alb-multi, vpc-lattice, lambda-edge, lambda-edge-origin"
)
SERVICES = "sqs, sns, s3, dynamodb, kinesis, eventbridge, cognito, cloudwatch-logs, kafka, firehose"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], f": A command is missing; {COMMANDS}."),
        (["--factory"], ": Unrecognized arguments: --factory."),
        (["--versoin"], ": Unrecognized arguments: --versoin. Did you mean '--version'?"),
        (["serv"], f": There is no command 'serv'; {COMMANDS}."),
        (["rnu", "main:app"], f": There is no command 'rnu'; {COMMANDS}. Did you mean 'run'?"),
        (["run", "main:app", "more"], " run: Unrecognized arguments: more."),
        (["main:app", "--factry"], " run: Unrecognized arguments: --factry. Did you mean '--factory'?"),
        (["run", "--app-dir"], " run: --app-dir: expected one argument."),
        (["wrapper", "one", "two"], " wrapper: Unrecognized arguments: two."),
        (["dev", "--orgin", "alb"], " dev: Unrecognized arguments: --orgin. Did you mean '--origin'?"),
        (
            ["dev", "--origin", "htp-api"],
            f" dev: --origin: There is no front door 'htp-api'; {DOORS}, websocket. Did you mean 'http-api'?",
        ),
        (
            ["event", "GET", "/", "--origin", "cdn"],
            f" event: --origin: there is no front door or service 'cdn'; {DOORS}, {SERVICES}.",
        ),
        (
            ["invoke", "GET"],
            ": METHOD and PATH of the request are missing. For an event that is no request, name its service, such as "
            "--origin sqs.",
        ),
        (["invoke", "GET", "/", "--url", "", "--app", ""], " invoke: --app: not allowed with argument --url."),
        (["replay"], " replay: The following arguments are required: file."),
        (
            ["compare", "GET", "/", "--statge", "live"],
            " compare: Unrecognized arguments: --statge live. Did you mean '--stage'?",
        ),
    ],
)
def test_wrong_usage_is_one_sentence(arguments: list[str], sentence: str, command_line: CommandLine) -> None:
    assert command_line(*arguments) == (2, "", f"lambda-http-adapter{sentence}\n")


def test_wrong_usage_ends_the_process(run_process: RunProcess) -> None:
    process = run_process("run", "--lifespan")
    assert process.wait() == 2
    assert process.stderr.startswith("lambda-http-adapter run: ")
    assert process.stderr.count("\n") == 1


def test_a_wrapper_that_cannot_be_written(command_line: CommandLine) -> None:
    result = command_line("wrapper", "nowhere/wrapper.sh")
    assert result.code == 2
    assert result.stderr == "lambda-http-adapter: 'nowhere/wrapper.sh' can't be written: No such file or directory.\n"


FOUND = (
    "main.py, app.py, api.py, application.py, asgi.py, wsgi.py, app/main.py, app/app.py, app/api.py, app/__init__.py, "
    "*/asgi.py or */wsgi.py"
)


@pytest.mark.parametrize(
    ("arguments", "env", "sentence"),
    [
        (["--app-dir", "src"], {}, f"There is no app in {{cwd}}/src: no {FOUND}. Name one, such as main:app."),
        (["--app-dir", "lib"], {}, "There is no directory 'lib', which --app-dir names."),
        (["mian:app"], {}, "There is no module 'mian' in {cwd} or on sys.path. Did you mean 'main'?"),
        (["main"], {}, "'main' is not an import string; expected module:attribute, such as main:app."),
        (["nowhere:app"], {}, "There is no module 'nowhere' in {cwd} or on sys.path."),
        (["main:number"], {}, "'main:number' is an int, not an app or a handler."),
        (
            ["main:app"],
            {"LAMBDA_HTTP_ADAPTER_LIFESPAN": "maybe"},
            "The environment variable LAMBDA_HTTP_ADAPTER_LIFESPAN is 'maybe'; expected one of 'auto', 'on', 'off'.",
        ),
        (["main:app"], {"PORT": "http"}, "The environment variable PORT is 'http'; expected a port number."),
        (["main:wsgi"], {"PORT": "http"}, "The environment variable PORT is 'http'; expected a port number."),
    ],
)
def test_what_a_person_is_told(
    arguments: list[str], env: dict[str, str], sentence: str, run_process: RunProcess, tmp_path: Path
) -> None:
    process = run_process("run", *arguments, env=NOT_ON_LAMBDA | env)
    assert process.wait() == 2
    assert process.stderr == f"lambda-http-adapter: {sentence}\n".format(cwd=tmp_path)


@pytest.mark.parametrize(
    ("string", "end"),
    [
        ("broken:app", "ModuleNotFoundError: No module named 'nothing_like_that'\n"),
        ("wrong:app", "SyntaxError: invalid syntax\n"),
        ("raising:app", "OSError: no database\n"),
    ],
)
def test_a_module_s_own_fault_keeps_its_traceback(string: str, end: str, run_process: RunProcess) -> None:
    process = run_process("run", string, env=NOT_ON_LAMBDA)
    assert process.wait() == 1
    assert process.stderr.startswith("Traceback (most recent call last):\n")
    assert process.stderr.endswith(end)


INIT = "Runtime.InitError"


@pytest.mark.parametrize(
    ("arguments", "env", "error_type", "message"),
    [
        (["nowhere:app"], {}, "Runtime.HandlerNotFound", "There is no module 'nowhere' in {cwd} or on sys.path."),
        (["main:application"], {}, "Runtime.HandlerNotFound", "'main' has no attribute 'application'."),
        (["main:number"], {}, "Runtime.HandlerNotFound", "'main:number' is an int, not an app or a handler."),
        (["broken:app"], {}, "Runtime.ImportModuleError", "No module named 'nothing_like_that'"),
        (["wrong:app"], {}, "Runtime.UserCodeSyntaxError", "invalid syntax (wrong.py, line 1)"),
        (["raising:app"], {}, INIT, "no database"),
        (["main:broken_startup"], {}, INIT, "The app's startup failed: no database"),
        (
            ["main:app"],
            {"LAMBDA_HTTP_ADAPTER_LIFESPAN": "on"},
            INIT,
            'The app has no lifespan, and lifespan="on" requires one',
        ),
        (
            ["main:app"],
            {"LAMBDA_HTTP_ADAPTER_LIFESPAN": "maybe"},
            INIT,
            "The environment variable LAMBDA_HTTP_ADAPTER_LIFESPAN is 'maybe'; expected one of 'auto', 'on', 'off'.",
        ),
        (
            ["main:wsgi"],
            {"LAMBDA_HTTP_ADAPTER_BODY_ENCODING": "gzip"},
            INIT,
            "The environment variable LAMBDA_HTTP_ADAPTER_BODY_ENCODING is 'gzip'; "
            "expected one of 'auto', 'text', 'base64'.",
        ),
        (["--app-dir", "src"], {}, INIT, f"There is no app in {{cwd}}/src: no {FOUND}. Name one, such as main:app."),
    ],
)
def test_what_lambda_is_told(
    arguments: list[str],
    env: dict[str, str],
    error_type: str,
    message: str,
    run_process: RunProcess,
    fake_runtime_api: FakeRuntimeAPI,
    tmp_path: Path,
) -> None:
    process = run_process("run", *arguments, env=env)
    assert process.wait() == 1
    (report,) = fake_runtime_api.requests
    assert (report.endpoint, report.header("lambda-runtime-function-error-type")) == ("init/error", error_type)
    payload = report.json()
    assert isinstance(payload, dict)
    assert (payload["errorType"], payload["errorMessage"]) == (error_type, message.format(cwd=tmp_path))
    # One record, which may have more lines than one.
    assert [line.startswith("[ERROR]") for line in process.stdout.rstrip("\n").split("\n")] == [True]
    assert payload["errorMessage"] in process.stdout.replace("\r", "\n")


def test_the_stack_trace_is_the_function_s_own(run_process: RunProcess, fake_runtime_api: FakeRuntimeAPI) -> None:
    process = run_process("run", "raising:app")
    process.wait()
    (report,) = fake_runtime_api.received("init/error")
    payload = report.json()
    assert isinstance(payload, dict)
    *others, module, connect = payload["stackTrace"]
    where = r'  File ".+/raising\.py", line %d, in %s\n    %s\n(    [~^]+\n)?'
    assert re.fullmatch(where % (4, "<module>", r"connect\(\)"), module)
    assert re.fullmatch(where % (2, "connect", r"raise OSError\('no database'\)"), connect)
    assert [frame for frame in others if "lambda_http_adapter" in frame] == []


def test_a_module_that_leaves_takes_its_own_exit_code_outside_lambda(run_process: RunProcess) -> None:
    process = run_process("run", "leaving:app", env=NOT_ON_LAMBDA)
    assert process.wait() == 3
    assert process.stderr == ""


class _CtrlC(MetaPathFinder):
    """A person types Ctrl-C while a module is being imported."""

    def __init__(self, module: str) -> None:
        self._module = module

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == self._module:
            raise KeyboardInterrupt


@pytest.mark.parametrize("command", ["init", "build", "doctor"])
def test_ctrl_c_during_the_imports_of_a_command(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = f"lambda_http_adapter._deploy.{command}.command"
    monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setattr(sys, "meta_path", [_CtrlC(module), *sys.meta_path])
    with pytest.raises(SystemExit) as left:
        main([command])
    assert left.value.code == 130
