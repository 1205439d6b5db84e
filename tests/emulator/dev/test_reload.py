"""Sources that change, and such as can't be imported."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    "name", ["templates/index.html", pytest.param("static/app.css", marks=pytest.mark.slow), ".env"]
)
def test_other_files_of_the_app_are_served_too(name: str, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(SOURCE.replace('b"ANSWER"', f"open({name!r}, 'rb').read()"))
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("first")
    with Dev(cwd=tmp_path) as dev:
        pid = dev.line("init")["pid"]
        (tmp_path / name).write_text("the second")
        assert dev.line("emulator")["message"] == f"Reloading: {Path(name).name}"
        assert dev.line("init")["pid"] != pid
        assert dev.get("/").text == "the second"


def test_the_file_of_variables_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(SOURCE.replace('b"ANSWER"', "__import__('os').environb[b'ANSWER']"))
    variables = tmp_path / "variables"
    variables.write_text("ANSWER=first")
    with Dev("--env-file", "variables", cwd=tmp_path) as dev:
        dev.line("init")
        variables.write_text("no variable")
        assert str(dev.line("emulator")["message"]).startswith(
            "Not reloading: 'variables', line 1: expected NAME=value"
        )
        assert dev.get("/").text == "first"
        variables.write_text("ANSWER=second")
        dev.line("init")
        assert dev.get("/").text == "second"


def test_a_saved_test_restarts_nothing(tmp_path: Path) -> None:
    write(tmp_path, "first")
    with Dev(cwd=tmp_path) as dev:
        dev.line("init")
        (tmp_path / "test_main.py").write_text("")
        write(tmp_path, "the second")
        assert dev.line("emulator")["message"] == "Reloading: main.py"
        dev.line("init")
    assert len([line for line in dev.seen if "Reloading" in line]) == 1


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
