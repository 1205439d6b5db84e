"""`replay` and `compare` as somebody types them."""

import json
import sys
from pathlib import Path

import pytest

from lambda_http_adapter._emulator.doors.door import DOORS
from tests.support.child_process import RunProcess
from tests.support.paths import EVENTS

MAIN = """
def app(environ, start_response):
    if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] == "/events":
        start_response("200 OK", [("content-type", "application/json")])
        return [b'{"batchItemFailures": []}']
    start_response("200 OK", [("content-type", "text/plain")])
    return [environ["aws.request_origin"].encode()]

def handle(event):
    return len(event["Records"])

async def fail(event):
    raise LookupError("no such table")
"""
RECORDED = {
    "api_gateway_v1": "plain",
    "api_gateway_v2": "plain",
    "function_url": "plain",
    "alb": "plain",
    "vpc_lattice": "v2_strings",
    "lambda_edge": "viewer_request_get",
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(MAIN)
    (tmp_path / "sqs.json").write_text('{"Records": [{"eventSource": "aws:sqs"}, {"eventSource": "aws:sqs"}]}')


def test_replay_of_every_origin(run_process: RunProcess) -> None:
    files = [str(EVENTS / origin / f"{name}.json") for origin, name in RECORDED.items()]
    process = run_process("replay", *files)
    assert process.wait() == 0
    assert process.stdout == "".join(RECORDED)
    lines = process.stderr.splitlines()
    assert [line for line in lines if line.startswith("==>")] == [f"==> {file} <==" for file in files]
    assert lines.count("HTTP/1.1 200 OK") == len(files)


@pytest.mark.parametrize(
    ("app", "body", "code"),
    [("main:app", '{"batchItemFailures":[]}', 0), ("handler:main:handle", "2", 0), ("handler:main:fail", None, 1)],
)
def test_replay_of_what_is_not_http(app: str, body: str | None, code: int, run_process: RunProcess) -> None:
    process = run_process("replay", "sqs.json", "--app", app)
    assert process.wait() == code
    if body is not None:
        assert process.stdout == body
    else:
        assert json.loads(process.stdout)["errorMessage"] == "no such table"
        assert "x-amz-function-error: Unhandled\n" in process.stderr


STDIN = "import os; os.dup2(os.open('sqs.json', os.O_RDONLY), 0); from lambda_http_adapter.cli import main; main()"


def test_replay_from_standard_input(run_process: RunProcess) -> None:
    process = run_process("replay", "-", "--app", "handler:main:handle", code=STDIN)
    assert process.wait() == 0
    assert process.stdout == "2"


ARGUMENTS = ("compare", "GET", "/a%2Fb/[é]?x=1&x=2", "-H", "X-Tag: 1", "-H", "X-Tag: 2")


def test_compare(run_process: RunProcess) -> None:
    process = run_process(*ARGUMENTS)
    assert process.wait() == 0
    everywhere, _, table = process.stdout.partition("\n\n")
    assert everywhere.splitlines() == ["method: GET", "http_version: 1.1", "client: 203.0.113.7", "path: /a/b/[é]"]
    title, *rows = table.splitlines()
    assert title.split() == ["scheme", "raw_path", "query_string", "x-tag", "other", "headers"]
    assert [row.split()[0] for row in rows] == list(DOORS)
    seen = {row.split()[0]: [part.strip() for part in row.split("  ") if part][1:5] for row in rows}
    assert seen["function-url"] == ["https", "/a%2Fb/[%C3%A9]", "x=1&x=2", "1,2"]
    assert seen["http-api"] == ["https", "/a/b/%5B%C3%A9%5D", "x=1&x=2", "1,2"]
    assert seen["alb"] == ["https", "/a%2Fb/[%C3%A9]", "x=2", "2"]
    assert seen["vpc-lattice"] == ["http", "/a%2Fb/[%C3%A9]", "x=1&x=2", "1 | 2"]


def test_compare_behind_a_stage(run_process: RunProcess) -> None:
    process = run_process("compare", "post", "items", "-d", "{}", "--stage", "live")
    assert process.wait() == 0
    assert "method: POST\n" in process.stdout
    assert "body: {}\n" in process.stdout
    rows = {row.split()[0]: row for row in process.stdout.splitlines() if row}
    assert "/live/items" in rows["rest"]
    assert "/live/items" not in rows["alb"]


IN_A_TERMINAL = """
import pty, sys
command = "import sys; {before}; sys.argv[0] = 'x'; from lambda_http_adapter.cli import main; main()"
status = pty.spawn([sys.executable, "-c", command, *sys.argv[1:]])
sys.exit(status)
"""


def test_a_response_in_a_terminal_ends_its_line(run_process: RunProcess) -> None:
    process = run_process("invoke", "GET", "/", code=IN_A_TERMINAL.format(before="pass"))
    assert process.wait() == 0
    assert process.stdout.endswith("function_url\r\n")


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo terminals")
@pytest.mark.parametrize(("before", "ruler"), [("pass", True), ("sys.modules['rich'] = None", False)])
def test_compare_in_a_terminal(before: str, ruler: bool, run_process: RunProcess) -> None:
    """With rich, where it is installed, and without."""
    process = run_process(*ARGUMENTS, code=IN_A_TERMINAL.format(before=before), env={"COLUMNS": "200", "TERM": "xterm"})
    assert process.wait() == 0
    assert ("──────" in process.stdout) is ruler
    assert "/a%2Fb/[%C3%A9]" in process.stdout  # where rich would see markup
    assert "lambda-edge" in process.stdout
