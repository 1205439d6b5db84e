"""What docs/start/*.md shows is what happens: its files are written and its commands run, in the page's order."""

import os
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.support.child_process import Process, inherited_environment
from tests.support.dev_process import Dev
from tests.support.paths import ROOT

PAGES = sorted((ROOT / "docs" / "start").glob("*.md"))
BLOCK = re.compile(r'^```(\w+ title="(?P<file>[^"]+)"|console)\n(?P<text>.+?)^```', re.MULTILINE | re.DOTALL)
ENVIRONMENT = {
    **inherited_environment(),
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "PYTEST_ADDOPTS": "-p no:cacheprovider",  # its files would have `dev` reload
}


@pytest.fixture
def reader(tmp_path: Path) -> Iterator["Reader"]:
    with ExitStack() as stack:
        yield Reader(tmp_path, stack)


class Reader:
    """Follows a page in this directory. What it starts ends with the stack."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self._directory = directory
        self._stack = stack
        self._dev: Dev | None = None

    def write(self, file: str, text: str) -> None:
        (self._directory / file).write_text(text)

    def run(self, command: str) -> str:
        match shlex.split(command):
            case ["lambda-http-adapter", "dev", *options]:
                self._dev = self._stack.enter_context(Dev(*options, cwd=self._directory, json_lines=False))
                return self._dev.seen[0].replace(self._dev.url, "http://127.0.0.1:8000")
            case ["curl", url, *options]:
                assert self._dev is not None
                return _curl(url.replace("http://127.0.0.1:8000", self._dev.url), options)
            case arguments:
                with Process(arguments, ENVIRONMENT, self._directory) as process:
                    assert process.wait(60) == 0, process.stdout
                    return process.stderr + process.stdout


def _curl(url: str, options: list[str]) -> str:
    match options:
        case []:
            return httpx.get(url).text
        case ["--json", body]:
            return httpx.post(url, content=body, headers={"content-type": "application/json"}).text
    raise AssertionError(options)


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=() if page.stem == "fastapi" else pytest.mark.slow, id=page.stem) for page in PAGES],
)
def test_a_page_can_be_followed(page: Path, reader: Reader) -> None:
    commands = []
    for block in BLOCK.finditer(page.read_text()):
        if block["file"]:
            reader.write(block["file"], block["text"])
            continue
        command, _, shown = block["text"].removeprefix("$ ").partition("\n")
        commands.append(command)
        output = reader.run(command).splitlines()
        assert _as_shown(output, shown.splitlines()) == output
    assert {command.split()[0] for command in commands} >= {"lambda-http-adapter", "curl", "python"}


def _as_shown(output: list[str], shown: list[str]) -> list[str]:
    """What the page shows, with the output's own lines where the page breaks one off with "…"."""
    whole = [*output, *[""] * len(shown)]
    return [
        line if "…" in short and line.startswith(short.partition("…")[0]) else short
        for short, line in zip(shown, whole, strict=False)
    ]


def test_there_is_a_page_for_each_framework() -> None:
    assert [page.stem for page in PAGES] == ["django", "fastapi", "flask"]
