"""What a person sees of a failing app: in a terminal, in a pipe, as JSON."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.child_process import python
from tests.support.command_line import CommandLine
from tests.support.dev_process import APP, PATIENCE, Dev
from tests.support.terminal import Terminal, terminal

MAIN = """
import logging
import multiprocessing
import os
import subprocess
import sys
import time

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

def divide(a, b):
    return a / b

def boom(request):
    print("about to divide", flush=True)
    divide(1, 0)

def hello(request):
    logging.getLogger("shop").warning("low stock\\nof apples")
    print("printed")
    print("complained", file=sys.stderr)
    subprocess.run([sys.executable, "-c", "print('from a child')"])
    fork = multiprocessing.get_context("fork").Process(target=logging.error, args=["from a fork"])
    fork.start()
    fork.join()
    return PlainTextResponse("hello")

def hang(request):
    time.sleep(60)

def half(request):
    # A record of which the end never comes.
    descriptor = next(int(name) for name in os.listdir("/dev/fd") if is_log(name))
    os.write(descriptor, (0xA55A0003).to_bytes(4, "big") + (100).to_bytes(4, "big") + bytes(8) + b"half of a rec")
    os._exit(1)

def is_log(name):
    handler = logging.getLogger().handlers[0]
    return int(name) == handler._sink._descriptor

def large(request):
    logging.error("x" * 3_000_000 + " the end")
    return PlainTextResponse("large")

app = Starlette(routes=[Route("/" + f.__name__, f) for f in (boom, hello, hang, half, large)])
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(MAIN)


@contextmanager
def shown_by(directory: Path, *arguments: str) -> Iterator[tuple[Terminal, str]]:
    """`dev` in a terminal, and its URL."""
    with terminal(*python("dev", "--port", "0", *arguments), cwd=directory) as dev:
        url = re.search(r"http://\S+?:\d+", dev.shows("/_lambda").decode())
        assert url is not None
        yield dev, url[0]
        dev.process.send_signal(signal.SIGINT)
        assert dev.process.wait(PATIENCE) == 0


def get(url: str) -> int:
    return httpx.get(url, timeout=PATIENCE, trust_env=False).status_code


def unstyled(shown: bytes) -> list[str]:
    return re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).split("\r\n")


def test_a_traceback_in_a_terminal(tmp_path: Path) -> None:
    with shown_by(tmp_path) as (dev, url):
        assert get(f"{url}/boom") == 500
        shown = dev.shows("ZeroDivisionError: division by zero")
    lines = [line.strip(" │") for line in unstyled(shown)]
    assert not any("\r" in line or "START" in line for line in lines)
    (head,) = (index for index, line in enumerate(lines) if "ERROR" in line)
    assert re.fullmatch(r"\d\d:\d\d:\d\d GET /boom ERROR Exception in ASGI application .*", lines[head])
    places = [lines.index(f"main.py:{number} in {name}") for number, name in ((18, "boom"), (14, "divide"))]
    source = next(index for index, line in enumerate(lines) if re.fullmatch(r"❱ 14 │?\s+return a / b", line))
    fold = next(index for index, line in enumerate(lines) if re.match(r"… \d+ library frames: .*starlette", line))
    assert [head, *places, source, fold] == sorted([head, *places, source, fold])
    assert re.search(rb"\x1b\[[0-9;]*m\xe2\x9d\xb1", shown)


def test_what_the_app_prints_comes_line_by_line(tmp_path: Path) -> None:
    with shown_by(tmp_path) as (dev, url):
        assert get(f"{url}/hello") == 200
        lines = unstyled(dev.shows("GET /hello 200"))
    assert {"printed", "complained", "from a child"} <= set(lines)
    start = next(index for index, line in enumerate(lines) if line.endswith("GET /hello WARNING low stock"))
    assert lines[start + 1] == "of apples"
    assert any(line.endswith("GET /hello ERROR from a fork") for line in lines)


def test_a_traceback_in_a_pipe_is_complete_and_plain(tmp_path: Path) -> None:
    with Dev(json_lines=False, cwd=tmp_path) as dev:
        dev.get("/boom")
        dev.text("GET /boom ERROR Exception in ASGI application")
        assert dev.following() == "Traceback (most recent call last):\n"
        dev.text("site-packages/starlette/routing.py")
        dev.text(f'  File "{tmp_path}/main.py", line 14, in divide')
        dev.text("ZeroDivisionError: division by zero")
        dev.text("GET /boom 500")
    assert not any("\x1b" in line or "\r" in line for line in dev.seen)


@pytest.mark.parametrize("log_format", ["Text", "JSON"])
def test_json_has_an_object_for_each_record(log_format: str, tmp_path: Path) -> None:
    (tmp_path / "variables").write_text(f"AWS_LAMBDA_LOG_FORMAT={log_format}")
    with Dev("--env-file", "variables", cwd=tmp_path) as dev:
        dev.get("/boom")
        request_id = dev.line("request")["request_id"]
        record = dev.line("log", level="ERROR")
        assert record["request_id"] == request_id
        assert str(record["message"]).startswith("Exception in ASGI application")
        assert str(record["trace"]).startswith("Traceback (most recent call last):\n")
        assert str(record["trace"]).endswith("\nZeroDivisionError: division by zero")
        assert isinstance(record["pid"], int)
        dev.get("/hello")
        assert dev.line("log", level="WARNING", message="low stock\nof apples")["trace"] is None
        dev.text("printed")


def test_the_json_log_format_is_readable_in_the_terminal_too(tmp_path: Path) -> None:
    (tmp_path / "variables").write_text("AWS_LAMBDA_LOG_FORMAT=JSON")
    with Dev("--env-file", "variables", json_lines=False, cwd=tmp_path) as dev:
        dev.get("/boom")
        dev.text("GET /boom ERROR Exception in ASGI application")
        dev.text(f'  File "{tmp_path}/main.py", line 14, in divide')
        dev.text("ZeroDivisionError: division by zero")


def test_a_huge_record_and_half_of_one(tmp_path: Path) -> None:
    with Dev(cwd=tmp_path) as dev:
        dev.get("/large")
        assert str(dev.line("log")["message"]) == "x" * 3_000_000 + " the end"
        assert dev.get("/half").status_code == 502
        assert dev.line("log")["message"] == "half of a rec … (the process ended in mid-record)"


# Lambda's own lines


def test_one_line_for_a_request(tmp_path: Path) -> None:
    with Dev(APP, json_lines=False, cwd=tmp_path) as dev:
        dev.get("/a?b=c")
        dev.get("/d")
        dev.text("GET /d 200 · ")
    first, second, *requests = filter(None, dev.seen)
    assert first.startswith("Serving ")
    assert second.startswith("Invoke it: ")
    assert [line.split()[1:4] for line in requests] == [["GET", "/a?b=c", "200"], ["GET", "/d", "200"]]


def test_verbose(tmp_path: Path) -> None:
    with Dev(APP, "-v", json_lines=False, cwd=tmp_path) as dev:
        assert re.fullmatch(r"INIT_REPORT Init Duration: \d+\.\d\d ms\n", dev.text("INIT_REPORT"))
        dev.get("/a?b=c")
        start = dev.following()
        request_id = start.split()[2]
        assert start == f"START RequestId: {request_id} Version: $LATEST\n"
        dev.text("GET /a?b=c 200 · ")
        dev.text(f"END RequestId: {request_id}\n")
        figures = r"\tDuration: \S+ ms\tBilled Duration: \d+ ms\tMemory Size: 1769 MB\tMax Memory Used: \d+ MB\t"
        report = dev.text(f"REPORT RequestId: {request_id}")
        assert re.fullmatch(rf"REPORT RequestId: \S+{figures}Init Duration: \S+ ms\t\n", report)


def test_a_terminal_keeps_the_tabs_of_a_report(tmp_path: Path) -> None:
    with shown_by(tmp_path, APP, "-v") as (dev, url):
        get(f"{url}/a")
        dev.shows("REPORT RequestId: ")
        assert b"\tDuration: " in dev.shows("Billed Duration")


def test_a_timeout_is_reported_as_one(tmp_path: Path) -> None:
    with Dev(APP, "--verbose", "--timeout", "0.5", json_lines=False, cwd=tmp_path) as dev:
        assert dev.get("/hang").status_code == 502
        request_id = dev.text("START RequestId: ").split()[2]
        assert dev.text(" · Sandbox.Timedout: Task timed out after 0.50 seconds: ").endswith("disables it\n")
        assert re.match(rf"20\S+Z {request_id} Task timed out after 0\.50 seconds\n", dev.text("Z " + request_id))
        assert dev.following() == "\n"
        report = dev.text("REPORT RequestId")
        assert "\tDuration: 500.00 ms\t" in report
        assert report.endswith("\tStatus: timeout\n")


def test_a_failed_init(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import no_such_module\n")
    with Dev("-v", json_lines=False, cwd=tmp_path) as dev:
        dev.text("ERROR Uncaught exception")
        dev.text("Runtime.ImportModuleError: No module named 'no_such_module'")
        assert dev.text("INIT_REPORT").endswith(
            " ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError\n"
        )
        assert "install the missing package in the environment of `dev`" in dev.text("has ended: ")


def test_an_app_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("")
    with Dev("main:app", json_lines=False, cwd=tmp_path) as dev:
        assert "'main' has no attribute 'app': correct the name of the app" in dev.text("has ended: ")


def test_quiet(tmp_path: Path) -> None:
    with Dev(APP, "--quiet", json_lines=False, cwd=tmp_path) as dev:
        dev.get("/a")
        dev.get("/items", accept="text/event-stream")
        dev.get("/error")
        assert "GET /error ERROR " in dev.following()
        dev.text("GET /error 500")
    assert not [line for line in dev.seen if "GET /a" in line or "Hint" in line or "RequestId" in line]


def test_quiet_and_verbose_exclude_each_other(command_line: CommandLine) -> None:
    result = command_line("dev", APP, "--quiet", "-v")
    assert result.code == 2
    assert "not allowed with argument" in result.stderr


def test_cost(tmp_path: Path) -> None:
    with Dev(APP, "--cost", json_lines=False, cwd=tmp_path) as dev:
        dev.get("/a")
        assert re.search(r" · \$0\.0000\d+ x86, \$0\.0000\d+ arm64\n", dev.text("GET /a 200"))
        dev.get("/crash")
        assert re.search(r" · \$0\.0000\d+ x86, ", dev.text("GET /crash 502"))
        with dev.client() as client:
            client.post("/too-large", content=bytes(7_000_000))
        assert "$" not in dev.text("POST /too-large 413")
    with Dev(APP, "--cost", "--origin", "lambda-edge", cwd=tmp_path) as dev:
        dev.get("/a")
        cost = dev.line("request")["cost_usd"]
        assert isinstance(cost, dict)
        assert list(cost) == ["x86"]


def test_instances_have_no_price_of_an_invocation(command_line: CommandLine) -> None:
    result = command_line("dev", "--port", "0", APP, "--cost", "--max-concurrency", "2")
    assert result.code == 2
    assert "--cost and --max-concurrency can't be combined" in result.stderr
