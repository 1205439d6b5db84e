"""Events that are no requests: samples of services, files, and the Invoke API of a running `dev`."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from lambda_http_adapter._apps.on_event import event_source
from lambda_http_adapter._emulator.doors.door import DOORS
from lambda_http_adapter._emulator.doors.services import SERVICES
from tests.support.child_process import Process, RunProcess
from tests.support.command_line import CommandLine
from tests.support.dev_process import Dev
from tests.support.paths import EVENTS

MAIN = """
import json

def handler(event, context):
    if isinstance(event, dict) and event.get("fail"):
        raise LookupError("no such table")
    if isinstance(event, dict) and event.get("rawPath") == "/bytes":
        return b"\\xff of bytes"
    return {"event": event, "arn": context.invoked_function_arn}

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return
    headers = [(b"content-type", b"text/plain"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": "\\u2615 ".encode() + scope["path"].encode(), "more_body": True})
    await send({"type": "http.response.body", "body": b"."})
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(MAIN)
    (tmp_path / "sqs.json").write_text('{"Records": [{"eventSource": "aws:sqs"}]}')
    (tmp_path / "list.json").write_text('["☕", 1.0]')
    (tmp_path / "fail.json").write_text('{"fail": true}')


def finished(process: Process, code: int = 0) -> Process:
    assert process.wait() == code, process.logs
    return process


# event --origin


@pytest.mark.parametrize("name", [*SERVICES, "logs"])
def test_a_sample_event(name: str, command_line: CommandLine) -> None:
    event = json.loads(command_line("event", "--origin", name).stdout)
    assert event_source(event) == {"cloudwatch-logs": "logs"}.get(name, name)


def test_what_can_be_chosen_of_a_sample(command_line: CommandLine) -> None:
    arguments = ("--origin", "dynamodb", "-d", '{"id": 7}', "--count", "2", "--type", "REMOVE", "--name", "Orders")
    first, second = json.loads(command_line("event", *arguments).stdout)["Records"]
    assert first["eventID"] != second["eventID"]
    assert {first["eventName"], second["eventName"]} == {"REMOVE"}
    assert first["dynamodb"]["OldImage"] == {"id": {"N": "7"}}
    assert ":table/Orders/" in first["eventSourceARN"]


def test_data_of_a_sample_from_a_file(command_line: CommandLine) -> None:
    event = json.loads(command_line("event", "--origin", "sqs", "-d", "@list.json").stdout)
    assert event["Records"][0]["body"] == '["☕", 1.0]'


def test_the_services_are_listed(command_line: CommandLine) -> None:
    assert ", ".join(SERVICES) in " ".join(command_line("event", "--help").stdout.split())
    wrong = command_line("event", "--origin", "sqz").stderr
    assert "there is no front door or service 'sqz'; expected one of: function-url, " in wrong
    assert wrong.endswith("Did you mean 'sqs'?\n")


# In this process


def test_an_event_from_a_file(run_process: RunProcess) -> None:
    process = finished(run_process("invoke", "--event", "list.json", "--app", "main:handler"))
    assert json.loads(process.stdout)["event"] == ["☕", 1.0]


def test_a_sample_event_for_an_app_in_this_process(run_process: RunProcess) -> None:
    process = finished(run_process("invoke", "--origin", "sqs", "-d", "hello", "--app", "main:handler"))
    assert json.loads(process.stdout)["event"]["Records"][0]["body"] == "hello"


def test_a_failure_in_this_process(run_process: RunProcess) -> None:
    process = finished(run_process("invoke", "--event", "fail.json", "--app", "main:handler"), 1)
    assert json.loads(process.stdout)["errorMessage"] == "no such table"


# At a URL


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    directory = tmp_path_factory.mktemp("function")
    (directory / "main.py").write_text(MAIN)
    with Dev("main:handler", "--no-reload", "--function-name", "worker", cwd=directory) as dev:
        yield dev


def test_an_event_for_a_running_dev(dev: Dev, run_process: RunProcess) -> None:
    arguments = ("--url", dev.url, "--function-name", "worker", "--print-event")
    process = finished(run_process("invoke", "--event", "list.json", *arguments))
    seen = json.loads(process.stdout)
    assert seen == {"event": ["☕", 1.0], "arn": "arn:aws:lambda:us-east-1:123456789012:function:worker"}
    event, end = json.JSONDecoder().raw_decode(process.stderr)
    assert event == ["☕", 1.0]
    assert process.stderr[end:].startswith("\nHTTP/1.1 200 OK\nx-amzn-requestid: ")


def test_a_sample_event_for_a_running_dev(dev: Dev, command_line: CommandLine) -> None:
    arguments = ("--origin", "s3", "-d", "a b", "--url", f"{dev.url}/", "--function-name", "worker:live")
    seen = json.loads(command_line("invoke", *arguments).stdout)
    assert seen["event"]["Records"][0]["s3"]["object"]["key"] == "a+b"
    assert seen["arn"].endswith(":worker:live")


def test_a_failure_at_a_url(dev: Dev, command_line: CommandLine) -> None:
    arguments = ("--url", dev.url, "--function-name", "worker")
    invoked = command_line("invoke", "--event", "fail.json", *arguments)
    assert invoked.code == 1
    assert json.loads(invoked.stdout)["errorMessage"] == "no such table"
    assert "x-amz-function-error: Unhandled\n" in invoked.stderr
    replayed = command_line("replay", "fail.json", "sqs.json", *arguments)
    assert replayed.code == 1
    assert '"aws:sqs"' in replayed.stdout
    assert replayed.stderr.count("==>") == 2


def test_what_is_said_of_a_wrong_url(dev: Dev, command_line: CommandLine) -> None:
    def said(*arguments: str) -> str:
        result = command_line("invoke", "--event", "list.json", *arguments)
        assert result.code == 2
        return result.stderr

    assert said("--url", dev.url).startswith("lambda-http-adapter: ResourceNotFoundException: Function not found: ")
    assert said("--url", "http://127.0.0.1:1").startswith("lambda-http-adapter: http://127.0.0.1:1/2015-03-31/")
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:  # knows no method
        thread = Thread(target=server.handle_request)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        assert f"{url} has no Invoke API: it answered with 501. Is it a running `dev`?" in said("--url", url)
        thread.join()


@pytest.mark.parametrize("streams", [False, True])
def test_recorded_requests_are_replayed_at_a_url(
    streams: bool, tmp_path: Path, command_line: CommandLine, run_process: RunProcess
) -> None:
    """Their results become the responses that a client would get, as with an app in this process."""
    files = [str(EVENTS / name) for name in ("function_url/plain.json", "api_gateway_v1/plain.json")]
    if not streams:
        files.append(str(EVENTS / "alb/plain.json"))
    option = ["--stream"] if streams else []
    with Dev("main:app", *option, cwd=tmp_path) as dev:
        at_url = command_line("replay", *files, "--url", dev.url)
    here = finished(run_process("replay", *files, "--app", "main:app"))
    assert at_url.stdout == here.stdout
    assert at_url.stdout.startswith("☕ /")
    assert at_url.stderr.count("HTTP/1.1 201 Created") == len(files)
    assert at_url.stderr.count("set-cookie") == here.stderr.count("set-cookie")


@pytest.mark.parametrize("origin", DOORS)
def test_a_request_of_every_front_door_at_a_url(
    origin: str, command_line: CommandLine, tmp_path: Path, dev: Dev
) -> None:
    event = command_line("event", "GET", "/tea", "--origin", origin).stdout
    (tmp_path / "event.json").write_text(event)
    arguments = ("--event", "event.json", "--url", dev.url, "--function-name", "worker")
    result = command_line("invoke", *arguments)
    # The handler's result is no response: two front doors make one of it, the others send an error.
    status = result.stderr.split()[1]
    expected = {"function-url": "200", "http-api": "200", "http-api-v1": "500"}.get(origin, "502")
    assert status == expected


def test_a_result_that_is_no_json(command_line: CommandLine, run_process: RunProcess, dev: Dev, tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text(command_line("event", "GET", "/bytes").stdout)
    at_url = command_line("invoke", "--event", "event.json", "--url", dev.url, "--function-name", "worker")
    here = run_process("invoke", "--event", "event.json", "--app", "main:handler")
    assert at_url.stdout == finished(here).stdout == "\ufffd of bytes"
