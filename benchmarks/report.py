"""The results as Markdown, and the generated parts of benchmarks/README.md and README.md."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import NamedTuple

from scripts.page_block import replace_block

from .canvas import FOLDER, Picture
from .rounds import Result
from .table import speed, table, tails

ROOT = FOLDER.parent
_PAGE = "https://github.com/lambda-http-adapter/lambda-http-adapter/blob/main/benchmarks"
_SPEED = ("asgi", "fastapi", "wsgi", "flask")
_PACKAGES = (
    "lambda-http-adapter",
    "awslambdaric",
    "mangum",
    "apig-wsgi",
    "serverless-wsgi",
    "fastapi",
    "flask",
    "uvicorn",
    "httptools",
    "uvloop",
    "pybase64",
)


class Report(NamedTuple):
    """``anchored``: results beside runtimes of other languages. ``there``, ``absent``: a sentence for each of these."""

    results: Sequence[Result]
    anchored: Sequence[Result]
    there: Sequence[str]
    absent: Sequence[str]

    def text(self) -> str:
        """Every table, with headings."""
        parts = [table(self.results)] if self.results else []
        if self.there or self.absent:
            parts.append(f"### Beside other languages\n\n{self._presence()}")
        if self.anchored:
            parts.append(table(self.anchored))
        measured = tails([*self.results, *self.anchored])
        if measured:
            parts.append(f"### The slowest invocations\n\n{measured}")
        return "\n\n".join(parts)

    def write(self, arguments: Sequence[str], pictures: Sequence[Picture]) -> None:
        """Replace the text between the marks of benchmarks/README.md, and, with the rows for it, of README.md."""
        conditions = _conditions(arguments)
        images = "\n\n".join(f"![{picture.text}]({picture.file})" for picture in pictures)
        replace_block(FOLDER / "README.md", "results", f"{conditions}\n\n{self.text()}\n\n### Pictures\n\n{images}")
        rows = {result.row.name: result for result in self.results}
        if all(name in rows and rows[name].ours for name in _SPEED) and pictures:
            text = speed(rows[name] for name in _SPEED)
            cpu = pictures[0]
            replace_block(ROOT / "README.md", "speed", f"{text}\n\n![{cpu.text}]({_PAGE}/{cpu.file}?raw=true)")

    def _presence(self) -> str:
        there = f"Measured: {', '.join(self.there)}." if self.there else ""
        absent = f"Not measured: {', '.join(self.absent)}." if self.absent else ""
        return " ".join(filter(None, [there, absent]))


def _conditions(arguments: Sequence[str]) -> str:
    machine = f"{os.cpu_count()}-core {platform.system()} VM, {platform.machine()}"
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return (
        f"`{' '.join(['scripts/bench', *arguments])}` on {datetime.now(UTC):%Y-%m-%d}, {machine}, "
        f"{platform.python_implementation()} {sys.version.split()[0]}: {packages}."
    )
