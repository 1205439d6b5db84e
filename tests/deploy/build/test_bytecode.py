"""Bytecode: which modules get it, and that it is the same wherever it is made."""

import importlib
import importlib.util
import io
import marshal
import sys
from pathlib import Path
from types import CodeType
from typing import cast

import pytest

from lambda_http_adapter._deploy.build.adapter_wheel import needed_on_demand
from lambda_http_adapter._deploy.build.bytecode import compile_sources, importable

PROCESS = "lambda_http_adapter._deploy.build.bytecode_process"
SOURCES = {
    "main.py": '"""Doc."""\nNAMES = {"a", "b", "c"}\ndef greet():\n    "Greets."\n    raise OSError\n',
    "broken.py": "def app(:\n",
    "lambda_http_adapter/part.py": '"""Doc."""\nassert False\n',
}


def written(directory: Path) -> Path:
    for name, content in SOURCES.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(content)
    return directory


def compiled(directory: Path, name: str) -> bytes:
    return Path(importlib.util.cache_from_source(str(directory / name), optimization="")).read_bytes()


def test_bytecode_of_a_directory(tmp_path: Path) -> None:
    done: list[None] = []
    failed = compile_sources(written(tmp_path), list(SOURCES), "/var/task", sys.executable, lambda: done.append(None))
    assert failed.keys() == {"broken.py"}
    assert "SyntaxError" in failed["broken.py"] or "invalid syntax" in failed["broken.py"]
    assert len(done) == len(SOURCES)
    content = compiled(tmp_path, "main.py")
    assert content[:8] == importlib.util.MAGIC_NUMBER + b"\x01\0\0\0"  # by a hash that isn't checked
    code = cast("CodeType", marshal.loads(content[16:]))
    assert code.co_filename == "/var/task/main.py"
    assert "Doc." in code.co_consts


def test_our_own_modules_have_no_docstrings(tmp_path: Path) -> None:
    compile_sources(written(tmp_path), list(SOURCES), "/var/task", sys.executable, lambda: None)
    code = cast("CodeType", marshal.loads(compiled(tmp_path, "lambda_http_adapter/part.py")[16:]))
    assert "Doc." not in code.co_consts
    exec(code, {})  # without its assert


def test_two_places_give_the_same_bytes(tmp_path: Path) -> None:
    places = [written(tmp_path / name) for name in ("a", "a_longer_name")]
    for place in places:
        compile_sources(place, list(SOURCES), "/var/task", sys.executable, lambda: None)
    assert compiled(places[0], "main.py") == compiled(places[1], "main.py")


@pytest.mark.parametrize(
    ("source", "imported"),
    [
        ("import os, json\nfrom . import x\nfrom .y import z\n", True),
        ("import trio\n", False),
        ("from trio.abc import Stream\n", False),
        ("try:\n    import trio\nexcept ImportError:\n    trio = None\n", True),
        ("def f():\n    import trio\n", True),
        ('"""\nimport trio\n"""\n', True),
        ("import shop.part\nimport boto3\n", True),
        ("import trio\ndef (:\n", True),  # a template, or of another Python
    ],
)
def test_modules_that_cannot_be_imported_get_none(source: str, imported: bool, tmp_path: Path) -> None:
    (tmp_path / "shop.py").touch()
    (tmp_path / "module.py").write_text(source)
    assert importable(tmp_path, ["module.py"]) == (["module.py"] if imported else [])


@pytest.mark.parametrize(
    ("source", "handler", "needed"),
    [
        ("import json", "main.app", set()),
        ("import httpx", "main.app", {"httpx"}),
        ("def f():\n    from httpx import Client", "main.app", {"httpx"}),
        ("from . import httpx\nfrom .httpx import x", "main.app", set()),
        ("import werkzeug.routing", "main.app", {"werkzeug"}),
        ("importlib.import_module('asgiref.sync')", "main.app", {"asgiref"}),
        ("from lambda_http_adapter import run_http", "main.app", {"werkzeug"}),
        ("import lambda_http_adapter as a\nh = a.http_handler(f)", "main.app", {"werkzeug"}),
        ("", "http:main:greet", {"werkzeug"}),
        ("def (:", "main.app", set()),
        ("x = '\\0'\0", "main.app", set()),
    ],
)
def test_what_the_app_needs_of_us(source: str, handler: str, needed: set[str], tmp_path: Path) -> None:
    module, other = tmp_path / "main.py", tmp_path / "notes.txt"
    module.write_text(source)
    other.write_text("import httpx")
    assert needed_on_demand([module, other], handler) == needed


def test_its_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["compile", str(written(tmp_path)), "/var/task", "lambda_http_adapter"])
    monkeypatch.setattr(sys, "stdin", io.StringIO("main.py\nbroken.py\n"))
    monkeypatch.delitem(sys.modules, PROCESS, raising=False)
    importlib.import_module(PROCESS)
    first, second = capsys.readouterr().out.splitlines()
    assert first == "."
    assert second.startswith("! SyntaxError: ") or "invalid syntax" in second
    assert compiled(tmp_path, "main.py")


def test_an_interpreter_that_fails_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="returned non-zero exit status 1"):
        compile_sources(tmp_path, ["main.py"], "/var/task", "/bin/false", lambda: None)
