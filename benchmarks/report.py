"""The generated part of benchmarks/README.md."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

README = Path(__file__).parent / "README.md"
_BEGIN, _END = "<!-- results -->\n", "<!-- /results -->"
_PACKAGES = (
    "lambda-http-adapter",
    "awslambdaric",
    "mangum",
    "apig-wsgi",
    "serverless-wsgi",
    "fastapi",
    "flask",
    "httptools",
    "uvloop",
    "pybase64",
)


def write(table: str, arguments: list[str], pictures: list[str]) -> None:
    """Replace the text between the two marks."""
    before, begin, rest = README.read_text().partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"{README} has lost its marks")
    images = "\n".join(f"![{name.removesuffix('.png').replace('_', ' ')}]({name})" for name in pictures)
    README.write_text(f"{before}{begin}\n{_conditions(arguments)}\n\n{table}\n\n{images}\n\n{end}{after}")


def _conditions(arguments: list[str]) -> str:
    machine = f"{os.cpu_count()}-core {platform.system()} VM, {platform.machine()}"
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return (
        f"`{' '.join(['scripts/bench', *arguments])}` on {datetime.now(UTC):%Y-%m-%d}, {machine}, "
        f"{platform.python_implementation()} {sys.version.split()[0]}: {packages}."
    )
