"""Sources that change, and such as can't be imported."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.dev_process import Dev, Gate

SOURCE = """
import asyncio

async def app(scope, receive, send):
    if scope["path"] == "/gate":
        reader, writer = await asyncio.open_connection("127.0.0.1", int(scope["query_string"]))
        await reader.read()
        writer.close()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ANSWER"})
"""


def write(directory: Path, answer: str) -> None:
    (directory / "main.py").write_text(SOURCE.replace("ANSWER", answer))


def test_a_change_is_served_and_requests_in_flight_finish(tmp_path: Path) -> None:
    write(tmp_path, "first")
    with Dev(cwd=tmp_path) as dev, Gate() as gate, ThreadPoolExecutor(1) as threads:
        dev.line("init")
        flying = threads.submit(dev.get, f"/gate?{gate.port}")
        gate.arrive()
        write(tmp_path, "the second")
        dev.line("init")
        assert dev.get("/").text == "the second"
        gate.open()
        assert flying.result().text == "first"


def test_a_syntax_error_is_shown_and_recovered_from(tmp_path: Path) -> None:
    write(tmp_path, "first")
    with Dev(cwd=tmp_path) as dev:
        dev.line("init")
        (tmp_path / "main.py").write_text("def app(:\n")
        trace = str(dev.line("log")["trace"])
        assert f'File "{tmp_path}/main.py", line 1\n    def app(:\n            ^\n' in trace
        assert "importlib" not in trace
        dev.line("ended")
        told = dev.get("/")
        assert (told.status_code, told.text) == (502, "Internal Server Error")
        shown = dev.get("/", accept="text/html")
        assert shown.status_code == 502
        assert "Runtime.UserCodeSyntaxError" in shown.text
        assert "main.py, line 1" in shown.text
        assert "    def app(:\n            ^\n" in shown.text
        assert "importlib" not in shown.text
        write(tmp_path, "the third")
        dev.line("init")
        assert dev.get("/").text == "the third"


def test_no_reload(tmp_path: Path) -> None:
    write(tmp_path, "first")
    with Dev("--no-reload", cwd=tmp_path) as dev:
        dev.line("init")
        write(tmp_path, "second")
        assert dev.get("/").text == "first"
