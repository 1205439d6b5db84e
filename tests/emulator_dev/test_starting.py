"""What `dev` needs, and what it says where it has it not."""

import socket
from pathlib import Path

import pytest

from tests.emulator_dev.dev import APP, Dev


def refusal(directory: Path, *arguments: str) -> str:
    with pytest.raises(AssertionError) as refused:
        Dev(*arguments, cwd=directory).__enter__()
    return str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([APP, "--origin", "alb", "--stream"], "alb takes no stream; these do: function-url, rest."),
        ([APP, "--host", "nowhere.invalid"], "Can't listen on nowhere.invalid:0"),
        ([], "There is no app in "),
    ],
)
def test_what_cannot_be_served(arguments: list[str], reason: str, tmp_path: Path) -> None:
    assert f"lambda-http-adapter: {reason}" in refusal(tmp_path, *arguments)


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert f"Can't listen on 127.0.0.1:{port}: " in refusal(tmp_path, APP, "--port", str(port))


def test_a_number_that_is_none(tmp_path: Path) -> None:
    assert "expected a whole number, 1 or more, got '0'" in refusal(tmp_path, APP, "--concurrency", "0")


def test_without_uvicorn(tmp_path: Path) -> None:
    (tmp_path / "uvicorn.py").write_text("raise ImportError")
    assert "`dev` needs uvicorn: pip install 'lambda-http-adapter[dev]'" in refusal(tmp_path, APP)


def test_without_rich(tmp_path: Path) -> None:
    (tmp_path / "rich.py").write_text("raise ImportError")
    with Dev(APP, json_lines=False, cwd=tmp_path) as dev:
        dev.get("/items")
        assert dev.text("GET /items 200 · ")


def test_the_app_is_found(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text(f"from {APP.partition(':')[0]} import app as api\n\napi = api\n")
    with Dev(cwd=tmp_path) as dev:
        assert dev.get("/items").json()["path"] == "/items"
