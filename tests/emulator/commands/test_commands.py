"""`event` and `invoke` as somebody types them, and what all such commands say to what is wrong."""

import json
from pathlib import Path
from typing import cast

import pytest

from lambda_http_adapter._emulator.doors.door import DOORS
from lambda_http_adapter._values.config import Config
from lambda_http_adapter.origins import detect
from tests.support.child_process import Process, RunProcess
from tests.support.command_line import CommandLine

FILES = {
    "main.py": """
import json, os, sys

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise ValueError("lifespan")
    body = (await receive())["body"].decode()
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    seen = [scope["method"], scope["path"], scope["root_path"], scope["query_string"].decode(), body]
    seen += [headers.get("content-type"), headers.get("x-tag"), scope["aws.request_origin"]]
    await send({"type": "http.response.start", "status": 201, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(seen).encode()})

async def broken_startup(scope, receive, send):
    await send({"type": "lifespan.startup.failed", "message": "no database"})
""",
    "api.py": "import main\napplication = main.app\n",
    "item.json": '{"text": "☕"}',
    "list.json": "[]",
    "broken.json": "{",
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)


def finished(process: Process, code: int = 0) -> Process:
    assert process.wait() == code, process.logs
    return process


# event


def test_a_process_prints_an_event(run_process: RunProcess) -> None:
    event = json.loads(finished(run_process("event", "GET", "/tea", "--origin", "alb")).stdout)
    assert (detect(event).name, event["path"]) == ("alb", "/tea")


@pytest.mark.parametrize("origin", DOORS)
def test_event(origin: str, command_line: CommandLine) -> None:
    arguments = (
        "put",
        "/a%2Fb/ü?x=1&x=%20",
        "--origin",
        origin,
        "-H",
        "X-Tag: 1",
        "--header",
        "x-tag:2",
        "-H",
        "Host: shop.example",
        "-d",
        "@item.json",
    )
    event = json.loads(command_line("event", *arguments).stdout)
    assert detect(event).name == DOORS[origin].origin
    request = detect(event).decode(event, Config())
    assert (request.method, request.path) == ("PUT", "/a/b/ü")
    assert request.query_string in (b"x=1&x=%20", b"x=1&x=+", b"x=%20")
    assert request.body.decode() == FILES["item.json"]
    assert (b"content-type", b"application/json") in request.headers
    assert b"x-tag" in dict(request.headers)
    assert request.server[0] == "shop.example"


def test_a_front_door_by_the_name_of_its_origin(run_process: RunProcess) -> None:
    event = json.loads(finished(run_process("event", "GET", "/", "--origin", "api_gateway_v2")).stdout)
    assert detect(event).name == "api_gateway_v2"
    asked = finished(run_process("invoke", "GET", "/", "--origin", "lambda_edge"))
    assert json.loads(asked.stdout)[-1] == "lambda_edge"


@pytest.mark.parametrize(
    ("origin", "arguments", "root_path"),
    [
        ("rest", ["--stage", "live"], "/live"),
        ("http-api", ["--stage", "live"], "/live"),
        ("rest", ["--base-path", "shop", "--stage", "live"], "/shop"),
        ("alb", ["--stage", "live"], ""),
        ("alb", ["--base-path", "/shop"], "/shop"),
    ],
)
def test_where_an_api_hangs(origin: str, arguments: list[str], root_path: str, command_line: CommandLine) -> None:
    event = json.loads(command_line("event", "GET", "/items", "--origin", origin, *arguments).stdout)
    request = detect(event).decode(event, Config(base_path=root_path if "--base-path" in arguments else ""))
    assert (request.root_path, request.path) == (root_path, f"{root_path}/items")


# invoke


def invoked(process: Process) -> tuple[str, list[str]]:
    """The status line, and what the app saw."""
    finished(process)
    return process.stderr.splitlines()[0], cast("list[str]", json.loads(process.stdout))


# Two of the nine, whose events tests/emulator/in_process/ has in the test's own process.
SOME_DOORS = [pytest.param(name, marks=[] if name in ("rest", "lambda-edge") else pytest.mark.slow) for name in DOORS]


@pytest.mark.parametrize("origin", SOME_DOORS)
def test_invoke(origin: str, run_process: RunProcess) -> None:
    status, seen = invoked(run_process("invoke", "POST", "/a?x=1", "--origin", origin, "-H", "X-Tag: 1", "-d", "a=1"))
    assert status == "HTTP/1.1 201 Created"
    form = "application/x-www-form-urlencoded"
    assert seen == ["POST", "/a", "", "x=1", "a=1", form, "1", DOORS[origin].origin.value]


def test_invoke_shows_what_the_client_gets(run_process: RunProcess) -> None:
    process = finished(run_process("invoke", "GET", "items", "--app", "main:app"))
    body = '["GET", "/items", "", "", "", null, null, "function_url"]'
    assert process.stdout == body
    assert process.stderr == f"HTTP/1.1 201 Created\ncontent-type: application/json\ncontent-length: {len(body)}\n\n"


@pytest.mark.parametrize(
    ("data", "content_type", "body"),
    [
        ('{"a": 1}', "application/json", '{"a": 1}'),
        ("a=1", "application/x-www-form-urlencoded", "a=1"),
        ("", "application/x-www-form-urlencoded", ""),
        ("@item.json", "application/json", FILES["item.json"]),
    ],
)
def test_data(data: str, content_type: str, body: str, run_process: RunProcess) -> None:
    _, seen = invoked(run_process("invoke", "POST", "/", "--data", data))
    assert seen[4:6] == [body, content_type]


def test_data_of_a_type_of_its_own(run_process: RunProcess) -> None:
    _, seen = invoked(run_process("invoke", "POST", "/", "-d", '{"a": 1}', "-H", "content-type: text/plain"))
    assert seen[4:6] == ['{"a": 1}', "text/plain"]


STDIN = "import os; os.dup2(os.open('item.json', os.O_RDONLY), 0); from lambda_http_adapter.cli import main; main()"


def test_data_from_standard_input(run_process: RunProcess) -> None:
    _, seen = invoked(run_process("invoke", "POST", "/", "-d", "@-", code=STDIN))
    assert seen[4] == FILES["item.json"]


def test_invoke_behind_a_stage_and_a_mapping(run_process: RunProcess) -> None:
    _, seen = invoked(run_process("invoke", "GET", "/items", "--origin", "rest", "--stage", "live"))
    assert seen[1:3] == ["/live/items", "/live"]
    _, seen = invoked(run_process("invoke", "GET", "/items", "--origin", "rest", "--base-path", "shop/"))
    assert seen[1:3] == ["/shop/items", "/shop"]


def test_print_event(run_process: RunProcess) -> None:
    process = run_process("invoke", "GET", "/items", "--print-event", "--origin", "lambda-edge")
    assert finished(process).stdout.startswith('["GET", "/items"')
    event, end = json.JSONDecoder().raw_decode(process.stderr)
    assert detect(event).name == "lambda_edge"
    assert process.stderr[end:].startswith("\nHTTP/1.1 201 Created\n")


@pytest.mark.parametrize("name", ["main:app", "api:application"])
def test_the_app_that_lambda_would_run(name: str, run_process: RunProcess) -> None:
    assert invoked(run_process("invoke", "GET", "/", env={"_HANDLER": name}))[1][0] == "GET"


def test_the_app_in_the_usual_file(run_process: RunProcess, tmp_path: Path) -> None:
    (tmp_path / "main.py").rename(tmp_path / "asgi.py")
    (tmp_path / "api.py").write_text("import asgi\napplication: object = asgi.app\n")
    assert invoked(run_process("invoke", "GET", "/"))[1][0] == "GET"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["invoke", "GET", "/", "-H", "accept"], "'accept' is not a header; expected one such as 'Accept: text/html'."),
        (["event", "/", "GET"], "'/' is not a method; expected one such as GET."),
        (["compare", "GÉT", "/"], "'GÉT' is not a method; expected one such as GET."),
        (["event", "POST", "/", "-d", "@nothing"], "'nothing' can't be read: No such file or directory."),
        (["replay", "nothing.json"], "'nothing.json' can't be read: No such file or directory."),
        (["event"], "METHOD and PATH of the request are missing. For an event that is no request, name its service"),
        (["invoke", "GET"], "METHOD and PATH of the request are missing."),
        (["invoke", "GET", "/", "--event", "list.json"], "METHOD and PATH can't be used with --event."),
        (
            ["invoke", "--event", "list.json", "--count", "2", "-d", "a"],
            "--count and --data can't be used with --event.",
        ),
        (["event", "GET", "/", "--origin", "sqs"], "METHOD and PATH can't be used with --origin sqs."),
        (["event", "--origin", "sqs", "-H", "A: b"], "--header can't be used with --origin sqs."),
        (["event", "GET", "/", "--type", "INSERT"], "--type can't be used with a request."),
        (["event", "--origin", "sns", "--count", "2"], "An event of sns has one record; these can have several: sqs, "),
        (["invoke", "GET", "/", "--url", "http://[", "-d", ""], "http://[/ can't be requested: "),
        (["invoke", "GET", "/", "--url", "http://127.0.0.1:1"], "http://127.0.0.1:1/ can't be requested: "),
        (
            ["invoke", "GET", "/", "--url", "http://127.0.0.1:1", "--print-event"],
            "--print-event and --url can't be combined: the event is made at the URL.",
        ),
    ],
)
def test_what_a_person_is_told(arguments: list[str], sentence: str, command_line: CommandLine) -> None:
    result = command_line(*arguments)
    assert (result.code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith(f"lambda-http-adapter: {sentence}")


def test_a_process_tells_a_person_alike(command_line: CommandLine, run_process: RunProcess) -> None:
    arguments = ("event", "/", "GET")
    assert finished(run_process(*arguments), 2).stderr == command_line(*arguments).stderr


def test_an_app_that_is_not_there(run_process: RunProcess) -> None:
    process = finished(run_process("invoke", "GET", "/", "--app", "main:none"), 2)
    assert process.stderr == "lambda-http-adapter: 'main' has no attribute 'none'.\n"


def test_an_app_that_fails_is_not_the_command_line_s_fault(run_process: RunProcess) -> None:
    process = finished(run_process("invoke", "GET", "/", "--app", "main:broken_startup"), 1)
    assert process.stderr == "lambda-http-adapter: The app's startup failed: no database\n"


def test_a_file_that_is_no_json(command_line: CommandLine) -> None:
    result = command_line("replay", "broken.json")
    assert result.code == 2
    assert result.stderr.startswith("lambda-http-adapter: 'broken.json' is not JSON: Expecting property name")


def test_a_directory_without_an_app(run_process: RunProcess, tmp_path: Path) -> None:
    directory = tmp_path / "empty"
    directory.mkdir()
    process = finished(run_process("invoke", "GET", "/", cwd=directory), 2)
    assert process.stderr.startswith(f"lambda-http-adapter: There is no app in {directory}: no main.py, app.py, ")


@pytest.mark.parametrize("command", ["invoke", "event", "replay", "compare"])
def test_help(command: str, command_line: CommandLine) -> None:
    assert command_line(command, "--help").stdout.startswith(f"usage: lambda-http-adapter {command} ")
    assert f"    {command} " in command_line("--help").stdout


PRINTING = """
import os, subprocess, sys
print("imported")

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise ValueError("lifespan")
    print("printed")
    os.write(1, b"written\\n")
    subprocess.run([sys.executable, "-c", "print('from a child')"])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b'{"a": 1}'})
"""


@pytest.mark.parametrize(
    "arguments", [("invoke", "GET", "/"), ("invoke", "GET", "/", "--stream"), ("replay", "e.json")]
)
def test_only_the_response_goes_to_standard_output(
    arguments: tuple[str, ...], command_line: CommandLine, run_process: RunProcess, tmp_path: Path
) -> None:
    (tmp_path / "main.py").write_text(PRINTING)
    (tmp_path / "e.json").write_text(command_line("event", "GET", "/").stdout)
    process = finished(run_process(*arguments))
    assert process.stdout == '{"a": 1}'
    assert {"imported", "printed", "written", "from a child"} <= set(process.stderr.splitlines())
