"""A new user's first session at a terminal, with each kind of app."""

import os
import re
import sys
from pathlib import Path

import httpx
import pytest

from tests.support.dev_process import PATIENCE
from tests.support.terminal import terminal

FASTAPI = """
from fastapi import FastAPI

app = FastAPI()
app.get("/")(lambda: "hello")
"""
FLASK = """
from flask import Flask

def create_app(config=None):
    app = Flask(__name__)
    app.get("/")(lambda: "hello")
    return app
"""
HANDLER = """
def handler(event, context):
    return {"statusCode": 200, "body": "hello"}
"""
DEV = "lambda-http-adapter dev --port 0"


@pytest.mark.parametrize(
    ("file", "source", "typed", "answer"),
    [
        ("main.py", FASTAPI, [DEV], '"hello"'),
        pytest.param("shop/__init__.py", FLASK, [f"{DEV} shop:create_app"], "hello", marks=pytest.mark.slow),
        ("notes.txt", "", ["django-admin startproject mysite", "cd mysite", DEV], "The install worked successfully!"),
        ("main.py", HANDLER, [DEV], "hello"),
    ],
    ids=["FastAPI", "Flask factory", "Django", "handler"],
)
def test_a_first_session(file: str, source: str, typed: list[str], answer: str, tmp_path: Path) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(source)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with terminal("sh", cwd=tmp_path, env={"PATH": path}) as shell:
        for line in typed:
            shell.type(f"{line}\n")
        url = re.search(r"http://\S+?:\d+", shell.shows("/_lambda").decode())
        assert url is not None
        response = httpx.get(f"{url[0]}/", timeout=PATIENCE, trust_env=False)
        assert response.status_code == 200
        assert answer in response.text
        shell.shows("GET / 200")
        shell.type("\x03")
        shell.type("echo ended with $?\n")
        shell.shows("ended with 0")


def test_a_typo_is_told_and_nothing_is_served(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(FASTAPI)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with terminal("sh", cwd=tmp_path, env={"PATH": path}) as shell:
        shell.type(f"{DEV} mian:app; echo ended with $?\n")
        shown = shell.shows("ended with 2").decode()
    sentence = f"lambda-http-adapter: There is no module 'mian' in {tmp_path} or on sys.path. Did you mean 'main'?"
    assert sentence in shown
    assert "Serving" not in shown
