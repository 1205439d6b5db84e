"""The trial of a bundle: started as Lambda would, in an environment that has nothing of this one."""

import json
import re
import sys
from pathlib import Path

import httptools
import pytest

import lambda_http_adapter
from lambda_http_adapter._deploy.build.entry import Entry
from lambda_http_adapter._deploy.build.trial import TrialResult, run_trial
from lambda_http_adapter._deploy.wrapper import write_wrapper
from lambda_http_adapter._emulator.doors.client import ClientRequest
from lambda_http_adapter._emulator.doors.door import DOORS, door_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the trial runs on Linux, as Lambda does")

GET = ClientRequest("GET", "/", "", [], b"", "")
PACKAGE = Path(lambda_http_adapter.__file__).parent
BODY = """
def app(environ, start_response):
    import os, sys
    from pathlib import Path
    seen = {name: os.environ.get(name) for name in ("NAME", "HOME", "_HANDLER", "LAMBDA_TASK_ROOT")}
    packages = [path for path in sys.path if "site-packages" in path and list(Path(path).glob("*"))]
    start_response(os.environ.get("STATUS", "200 OK"), [("X-Seen", repr((seen, packages)))])
    print(repr((seen, packages)), file=open(os.environ["NOTES"], "w"))
    return [b"hello"]

def handler(event, context):
    return {"statusCode": 204} if "rawPath" in event else event["Records"]
"""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    directory = tmp_path / "bundle"
    directory.mkdir()
    (directory / "lambda_http_adapter").symlink_to(PACKAGE)
    (directory / "httptools").symlink_to(Path(httptools.__file__).parent)
    write_wrapper(directory / "bootstrap")
    (directory / "main.py").write_text(BODY)
    return directory


def trial(bundle: Path, handler: str, event: object = None, **variables: str) -> TrialResult:
    door = DOORS["function-url"] if event is None else door_of(event)
    request = DOORS["function-url"].event(GET) if event is None else event
    notes = {"NOTES": str(bundle.parent / "notes")}
    entry = Entry(bundle, handler, is_handler=handler.endswith("handler"), takes_requests=True)
    return run_trial(bundle, entry, sys.executable, {**notes, **variables}, request, door)  # type: ignore[arg-type]


def test_a_function_that_answers(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("SECRET", "1")
    result = trial(bundle, "main.app", NAME="Ann", LAMBDA_HTTP_ADAPTER_INVOKE_MODE="response_stream")
    assert (result.status, result.error, result.succeeded) == (200, "", True)
    assert result.start is not None
    assert result.summary("GET /").startswith("started in ")
    seen, packages = eval((bundle.parent / "notes").read_text())
    assert seen == {"NAME": "Ann", "HOME": None, "_HANDLER": "main.app", "LAMBDA_TASK_ROOT": str(bundle)}
    assert packages == []
    assert not list(bundle.rglob("main.*.pyc"))


def test_a_handler_of_events(bundle: Path) -> None:
    event = json.loads('{"Records": [{"eventSource": "aws:sqs", "messageId": "1", "body": ""}]}')
    result = trial(bundle, "main.handler", event)
    assert (result.status, result.error) == (None, "")
    assert " answered a result in " in result.summary("queue.json")
    assert trial(bundle, "main.handler").status == 204


def test_a_start_without_an_event(bundle: Path) -> None:
    entry = Entry(bundle, "main.handler", is_handler=True, takes_requests=False)
    result = run_trial(bundle, entry, sys.executable, {}, None, DOORS["function-url"])
    assert result.succeeded
    assert re.fullmatch(r"started in \d+ ms; to send it an event, name a file with --event", result.summary(""))
    (bundle / "main.py").write_text("import nothing_like_it\n")
    result = run_trial(bundle, entry, sys.executable, {}, None, DOORS["function-url"])
    assert (result.succeeded, result.summary("")) == (False, "it didn't start")
    assert "'nothing_like_it'" in result.error


@pytest.mark.parametrize(
    ("source", "handler", "summary", "advice"),
    [
        (
            "import nothing_like_it\n",
            "main.app",
            "it didn't start",
            "Add what brings 'nothing_like_it' to the requirements",
        ),
        ("raise OSError('no database')\n", "main.app", "it didn't start", "no database"),
        ("def handler(event, context):\n    event['Records']\n", "main.handler", "GET / failed", "'Records'"),
        ("import os\nos._exit(3)\n", "main.app", "it didn't start", "exit status 3"),
        ("def app(:\n", "main.app", "it didn't start", "invalid syntax (main.py, line 1)."),
        ("app = asgi = 1\n", "main.ap", "it didn't start", "'main' has no attribute 'ap'. Did you mean 'app'?"),
    ],
)
def test_a_function_that_fails(source: str, handler: str, summary: str, advice: str, bundle: Path) -> None:
    (bundle / "main.py").write_text(source)
    result = trial(bundle, handler)
    assert not result.succeeded
    assert result.summary("GET /").endswith(summary)
    assert advice in result.advice()
    assert ("--env-file" in result.advice()) == (not advice.endswith((".", "?", "requirements")))


def test_a_status_of_5xx_is_a_failure(bundle: Path) -> None:
    result = trial(bundle, "main.app", STATUS="503 Unavailable")
    assert (result.status, result.succeeded) == (503, False)
    assert result.advice().startswith("the status is 503. If it needs environment variables")


def test_a_wrapper_that_is_not_executable(bundle: Path) -> None:
    (bundle / "bootstrap").chmod(0o644)
    result = trial(bundle, "main.app")
    assert result.summary("GET /") == "it didn't start"
    assert result.error.startswith("Runtime.ExitError: ")
