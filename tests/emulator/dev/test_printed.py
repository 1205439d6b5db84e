"""What an app prints is in the terminal, and in the log of the invocation that printed it."""

import base64
import io
import json
import os
import sys
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_http_adapter._emulator.sandbox import printing
from lambda_http_adapter._emulator.sandbox.printing import Printed, printed_frames
from lambda_http_adapter._emulator.sandbox.telemetry import FrameReader, LogRecord
from tests.support.boto3_client import lambda_client
from tests.support.dev_process import Dev, Gate

HANDLER = """
import logging, sys
print("at the import")

def handler(event, context):
    print("one", 1)
    print("two", end="")
    logging.getLogger().warning("between")
    print(" halves")
    print("\\u2615" * 3000)
    print("lone \\udcff")
    print()
    sys.stdout.write("a\\nb\\n")
    return 1
"""
EXPECTED = [
    "one 1",
    "between",
    "two halves",
    "\u2615" * 1333,
    "\u2615" * 1333,
    "\u2615" * 334,
    "lone \\udcff",
    "",
    "a",
    "b",
]


def test_the_app_prints_on_where_the_emulator_is_gone() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    written = io.BytesIO()
    printed = Printed(io.TextIOWrapper(written, write_through=True), writer)
    assert printed.write("on\n") == 3
    assert written.getvalue() == b"on\n"
    os.close(writer)


def test_a_process_that_has_no_pipe_is_the_command_line_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipe is for one process; on Managed Instances a program may be run again for another."""
    monkeypatch.delenv(printing.VARIABLE, raising=False)
    stdout, ran = sys.stdout, list[str]()
    monkeypatch.setattr(printing, "run_module", lambda name, **_: ran.append(name))
    printing.main()
    assert ran == ["lambda_http_adapter"]
    assert sys.stdout is stdout


@pytest.mark.parametrize("buffering", ["", "1"], ids=["buffered", "unbuffered"])
def test_the_log_of_an_invocation_has_what_it_printed(buffering: str, tmp_path: Path) -> None:
    (tmp_path / "function.py").write_text(HANDLER)
    env = {"PYTHONUNBUFFERED": buffering, "PYTHONIOENCODING": "utf-8:backslashreplace"}
    with Dev("function:handler", cwd=tmp_path, env=env) as dev:
        dev.text("at the import\n")
        lambda_client(dev.url).invoke(FunctionName="dev", Payload=b"{}")
        assert dev.text("one 1\n") == "one 1\n"
        (request,) = [line for line in [dev.line("request")] if line["type"] == "request"]
        details = httpx.get(f"{dev.url}/_lambda/invocations/{request['request_id']}", trust_env=False).json()
        _, *lines = [entry["text"].rpartition("\t")[2] for entry in details["logs"]]
        assert lines[: len(EXPECTED)] == EXPECTED


def test_the_tail_has_it_too(tmp_path: Path) -> None:
    (tmp_path / "function.py").write_text("def handler(event, context):\n    print('hello')\n")
    with Dev("function:handler", cwd=tmp_path) as dev:
        result = lambda_client(dev.url).invoke(FunctionName="dev", Payload=b"{}", LogType="Tail")
        lines = base64.b64decode(result["LogResult"]).decode().splitlines()
        assert [line.partition(" ")[0] for line in lines] == ["START", "hello", "END", "REPORT"]


CONCURRENT = """
import socket

def handler(event, context):
    print(f"{event['name']} begins", end=", ")
    with socket.create_connection(("127.0.0.1", event["port"])) as gate:
        gate.recv(1)
    print(event["name"], "ends")
"""


def test_invocations_at_the_same_time_have_their_own(tmp_path: Path) -> None:
    (tmp_path / "function.py").write_text(CONCURRENT)
    with Gate() as gate, Dev("function:handler", "--max-concurrency", "2", cwd=tmp_path) as dev:
        for name in ("first", "second"):
            payload = json.dumps({"name": name, "port": gate.port}).encode()
            lambda_client(dev.url).invoke(FunctionName="dev", Payload=payload, InvocationType="Event")
        gate.arrive(2)
        gate.open()
        ids = [dev.line("request")["request_id"] for _ in range(2)]
        logs = [httpx.get(f"{dev.url}/_lambda/invocations/{name}", trust_env=False).json()["logs"] for name in ids]
        printed = sorted(entry["text"] for log in logs for entry in log if "ends" in entry["text"])
        assert printed == ["first begins, first ends", "second begins, second ends"]
        assert all(sum("ends" in entry["text"] for entry in log) == 1 for log in logs)


@given(st.text(st.characters(exclude_characters="\n")))
def test_a_line_comes_through_the_pipe(line: str) -> None:
    frames = list(printed_frames("r-1", line))
    assert all(len(frame) <= 4096 for frame in frames)
    records = list(FrameReader().feed(b"".join(frames)))
    shown = line.encode(errors="backslashreplace").decode()
    assert records == [LogRecord(shown, printed_in="r-1")]
