"""The projects of ``before/`` as they are, and as the diff on their page of docs/migrate leaves them."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import httpx

from lambda_http_adapter.testing import FrontDoor, LambdaTransport
from tests.differential.observed import Handler
from tests.support.paths import ROOT

BEFORE = Path(__file__).parent / "before"
PAGES = ROOT / "docs" / "migrate"

ServeWithZappa = Callable[[Path], Handler]
"""Serves the project in a directory."""

DOORS: tuple[FrontDoor, ...] = ("function-url", "http-api", "http-api-v1", "rest", "alb-multi")


class Project(NamedTuple):
    before: Path
    after: Path


def moved(name: str, scratch: Path) -> Project:
    """Copies of the project, one of them with the page's first diff applied."""
    project = Project(scratch / "before", scratch / "after")
    for copy in project:
        shutil.copytree(BEFORE / name, copy)
    (diff, *_) = re.findall(r"^```diff\n(.+?)^```", (PAGES / f"{name}.md").read_text(), re.MULTILINE | re.DOTALL)
    # In a repository of its own, git would look for the files below that one's root.
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(scratch)}
    command = ["git", "apply", "--whitespace=error", "-"]
    subprocess.run(command, input=diff, text=True, cwd=project.after, env=environment, check=True)
    return project


class Answer(NamedTuple):
    """What a client sees of a response, except for headers about the connection."""

    status: int
    content_type: str
    cookies: list[str]
    body: object


REQUESTS = (("GET", "/items/7?color=dark%20red"), ("POST", "/login?name=Ann"), ("GET", "/nowhere"))


def answers(handler: Handler, door: FrontDoor) -> list[Answer]:
    """What a client behind the front door gets for REQUESTS."""
    transport = LambdaTransport(handler, door, kind="handler")
    with httpx.Client(transport=transport, base_url="https://shop.example.com") as client:
        return [answer(client.request(method, target)) for method, target in REQUESTS]


def answer(response: httpx.Response) -> Answer:
    content_type = response.headers["content-type"]
    body = response.json() if content_type == "application/json" else response.text
    return Answer(response.status_code, content_type, sorted(response.headers.get_list("set-cookie")), body)
