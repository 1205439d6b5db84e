"""A guide of docs/, followed as a reader would: its files are written, its commands run, one block after the other."""

import os
import platform
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, Self

from tests.support.child_process import inherited_environment
from tests.support.dev_process import Dev
from tests.support.environments import find_python
from tests.support.paths import ROOT
from tests.support.server_process import free_port

PAGES = {
    path.relative_to(ROOT / "docs").with_suffix("").as_posix(): path
    for folder in ("guides", "recipes")
    for path in sorted((ROOT / "docs" / folder).glob("[a-z]*.md"))
}
# Python blocks that a reader starts, where the others are imported.
PROGRAMS = ("client.py", "example.py")
_DEV = re.compile(r"^((?:\w+=\S* )*)lambda-http-adapter dev\b(.*)$")
_PATIENCE = 60  # seconds


class Block(NamedTuple):
    language: str
    text: str

    @property
    def file_name(self) -> str:
        """The name in the comment above a Python block."""
        name = re.match(r"# (\w+\.py)\n", self.text)
        assert name is not None, self.text
        return name[1]

    @property
    def commands(self) -> list[str]:
        return [line for line in self.text.splitlines() if not line.startswith("#")]

    @property
    def can_run_here(self) -> bool:
        """A bundle for another machine can't be started."""
        return "--arch x86_64" not in self.text or (platform.machine() == "x86_64" and find_python("3.13") is not None)


class DevCommand(NamedTuple):
    variables: dict[str, str]
    options: list[str]


def dev_command(line: str) -> DevCommand | None:
    """What a line that starts `dev` sets and says; None for any other line."""
    found = _DEV.match(line)
    if found is None:
        return None
    variables = dict(assignment.split("=", 1) for assignment in shlex.split(found[1]))
    return DevCommand(variables, shlex.split(found[2]))


def blocks(page: str, language: str = "") -> list[Block]:
    """The fenced blocks of a page, in their order, or those of one language."""
    found = re.findall(r"^```(\w*)\n(.+?)^```", PAGES[page].read_text(), re.MULTILINE | re.DOTALL)
    return [Block(*block) for block in found if language in ("", block[0])]


def write_files(page: str, directory: Path) -> None:
    for block in blocks(page, "python"):
        (directory / block.file_name).write_text(block.text)


class Walk:
    """Runs a page's commands in ``directory``. What `dev` serves at port 8000 on the page has another port here."""

    def __init__(self, page: str, directory: Path) -> None:
        self._page = page
        self._directory = directory
        self._serving = ExitStack()
        self._port = ""
        self._debug_port = str(free_port())
        self.dev: Dev | None = None

    def __enter__(self) -> Self:
        write_files(self._page, self._directory)
        return self

    def __exit__(self, *_: object) -> None:
        self._serving.close()

    def outputs(self) -> Iterator[str]:
        """What each line other than `dev` prints. Raises AssertionError for a command that fails."""
        for block in blocks(self._page):
            if block.language == "sh" and block.can_run_here:
                yield from self._shell(block)
            elif block.language == "python" and block.file_name in PROGRAMS:
                yield self._run([sys.executable, "-c", self._with_ports(block.text)])

    def _shell(self, block: Block) -> Iterator[str]:
        exported: list[str] = []
        for line in block.commands:
            command = dev_command(self._with_ports(line))
            if command is not None:
                self._serve(command)
            elif line.startswith("export "):
                exported.append(line)
            elif line.startswith("pip install "):
                installed = ["--quiet", "--no-index", "--python", sys.executable, *shlex.split(line)[2:]]
                yield self._run(["uv", "pip", "install", *installed])
            else:
                yield self._run(["bash", "-euc", "\n".join([*exported, self._with_ports(line)])])

    def _serve(self, command: DevCommand) -> None:
        self._serving.close()
        self.dev = self._serving.enter_context(Dev(*command.options, cwd=self._directory, env=command.variables))
        self._port = self.dev.url.rpartition(":")[2]

    def _with_ports(self, text: str) -> str:
        return text.replace("127.0.0.1:8000", f"127.0.0.1:{self._port}").replace("5678", self._debug_port)

    def _run(self, command: list[str]) -> str:
        environment = inherited_environment()
        programs = str(Path(sys.executable).parent)
        environment["PATH"] = os.pathsep.join([programs, environment["PATH"]])
        done = subprocess.run(
            command,
            cwd=self._directory,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"{command[-1]}\n{done.stdout}{done.stderr}"
        return done.stdout
