"""Where a record goes, and as what."""

import json
import logging
import os
import re
import socket
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from lambda_http_adapter._runtime.logs import frame_type, install
from tests.support.child_process import Process, inherited_environment, python
from tests.support.lambda_log import JSON, NO_BREAK_SPACE, PIPE, SOCKET, Pipe, fresh_logging, installed


@pytest.mark.parametrize(
    ("level", "as_json", "kind"),
    [
        (0, True, 0xA55A0002),
        (0, False, 0xA55A0003),
        (5, False, 0xA55A0003),
        (10, True, 0xA55A000A),
        (20, True, 0xA55A000E),
        (25, False, 0xA55A000F),
        (30, False, 0xA55A0013),
        (40, False, 0xA55A0017),
        (50, True, 0xA55A001A),
        (99, False, 0xA55A001B),
    ],
)
def test_the_frame_types(level: int, as_json: bool, kind: int) -> None:
    assert frame_type(level, as_json) == kind


def test_the_pipe_is_this_processes_alone(pipe: Pipe) -> None:
    environ = {PIPE: str(pipe.descriptor), "HOME": "/"}
    with fresh_logging():
        install(environ, False)
        assert environ == {"HOME": "/"}
        assert not os.get_inheritable(pipe.descriptor)


def test_a_frame_is_one_write_with_the_present_time(monkeypatch: pytest.MonkeyPatch, pipe: Pipe) -> None:
    writes: list[int] = []

    def write(descriptor: int, data: bytes) -> int:
        writes.append(len(data))
        return os_write(descriptor, data)

    os_write = os.write
    monkeypatch.setattr(os, "write", write)
    before = time.time_ns() // 1000
    with installed(pipe, {}) as logger:
        logger.error("x" * 1000)
    (frame,) = pipe.frames()
    assert writes == [16 + len(frame.message)]
    assert before <= frame.microseconds <= time.time_ns() // 1000


def test_a_write_that_was_cut_short_goes_on(monkeypatch: pytest.MonkeyPatch, pipe: Pipe) -> None:
    os_write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: os_write(descriptor, data[:700]))
    with installed(pipe, {}) as logger:
        logger.error("x" * 2000)
    assert pipe.messages()[0].endswith("\t" + "x" * 2000 + "\n")


@pytest.mark.parametrize(
    "environ", [{PIPE: "987654"}, {PIPE: "five"}, {SOCKET: "/nowhere/at/all"}], ids=["closed", "text", "no socket"]
)
def test_a_log_that_can_not_be_reached_is_standard_output(
    capfd: pytest.CaptureFixture[str], environ: dict[str, str]
) -> None:
    with fresh_logging():
        install(dict(environ), True)
        logging.getLogger("app").error("x")
    warning, line = capfd.readouterr().out.splitlines()
    assert warning.startswith("[WARNING]\t")
    assert "standard output" in warning
    assert line.endswith("\tx")


def run(code: str, directory: Path, environ: Mapping[str, str]) -> Process:
    return Process(python(code=code), inherited_environment() | {**environ}, directory)


PROGRAM = """
import logging, os, sys
from lambda_http_adapter._values.context import LambdaContext, enter_invocation
from lambda_http_adapter._runtime.logs import install, log_uncaught
install(os.environ, {concurrent})
logger = logging.getLogger("app")
enter_invocation(LambdaContext("r-1", 0, ""), alone=False)
logger.error("a\\nb")
try:
    1 / 0
except ZeroDivisionError as error:
    logger.error("failed", exc_info=True)
    log_uncaught(error, "r-1")
"""


def test_on_standard_output_one_record_is_one_line(tmp_path: Path) -> None:
    # A program that replaces sys.stdout with a logger: writing there would never end.
    program = PROGRAM.format(concurrent=False) + (
        "class ToLog:\n    def write(self, text): logger.error(text)\n    def flush(self): logger.error('flush')\n"
        "sys.stdout = ToLog()\nsys.stdout.write('done')\n"
        "os._exit(0)"  # nothing is flushed on the way out: each record was
    )
    with run(program, tmp_path, {}) as process:
        assert process.wait() == 0
        lines = process.stdout.removesuffix("\n").split("\n")
        assert process.stderr == ""
    time_ = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    patterns = [
        rf"\[ERROR\]\t{time_}\tr-1\ta\rb",
        rf"\[ERROR\]\t{time_}\tr-1\tfailed\rTraceback \(most recent call last\):\r  File .*\rZeroDivisionError: .*",
        rf"\[ERROR\] ZeroDivisionError: division by zero\rTraceback \(.*\):\r{NO_BREAK_SPACE * 2}File .*",
        rf"\[ERROR\]\t{time_}\tr-1\tdone",
    ]
    assert len(lines) == len(patterns)
    for pattern, line in zip(patterns, lines, strict=True):
        assert re.fullmatch(pattern, line, re.DOTALL), line


@pytest.mark.parametrize("concurrent", [True, False])
def test_the_socket_of_managed_instances(concurrent: bool, tmp_path: Path) -> None:
    # Not in pytest's directory: the path of a socket must be short.
    with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX) as server:
        server.bind(path := f"{directory}/log")
        server.listen()
        server.settimeout(20)
        with run(PROGRAM.format(concurrent=concurrent), tmp_path, JSON | {SOCKET: path}) as process:
            text = ""
            if concurrent:
                connection = server.accept()[0]
                with connection, connection.makefile("r", encoding="utf-8") as file:
                    text = file.read()
            assert process.wait() == 0
            assert process.stderr == ""
            assert (process.stdout == "") == concurrent
            text += process.stdout
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line.get("message"), line.get("errorType"), line["requestId"]) for line in lines] == [
        ("a\nb", None, "r-1"),
        ("failed", "ZeroDivisionError", "r-1"),
        (None, "ZeroDivisionError", "r-1"),
    ]


# What it costs


def test_nothing_more_is_loaded(tmp_path: Path) -> None:
    program = (
        "import contextvars, json, logging, os, sys, time\n"
        "from lambda_http_adapter import errors\nfrom lambda_http_adapter._values import config\n"
        "before = {*sys.modules}\n"
        "from lambda_http_adapter._runtime.logs import install\n"
        "install(os.environ, False); logging.error('x'); logging.error({'x': 1})\n"
        "print(*sorted({*sys.modules} - before), file=sys.stderr)"
    )
    environment = {name: value for name, value in inherited_environment().items() if not name.startswith("COVERAGE_")}
    with Process(python(code=program), environment | JSON, tmp_path) as process:
        assert process.wait() == 0
        modules = process.stderr.split()
    assert "lambda_http_adapter._runtime.logs" in modules
    assert [module for module in modules if not module.startswith("lambda_http_adapter.")] == []
    assert "lambda_http_adapter._runtime.error_report" not in modules
