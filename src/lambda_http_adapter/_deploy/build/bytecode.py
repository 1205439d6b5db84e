"""Bytecode for a bundle, by an interpreter of its version."""

# Lambda's /var/task is read-only: what has no bytecode is compiled again in every cold start.

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from ..imports import can_be_imported, top_level_names
from ..interpreter import quiet_environment
from .adapter_wheel import PACKAGE

_SCRIPT = Path(__file__).with_name("bytecode_process.py")


def importable(packages: Path, names: Sequence[str]) -> list[str]:
    """The ``names`` of modules in ``packages`` without those that always fail, because they begin by importing what
    isn't there: plugins for pytest or mypy, backends for other libraries. They don't need bytecode."""
    present = top_level_names(packages)
    return [name for name in names if can_be_imported((packages / name).read_bytes(), present)]


def compile_sources(
    directory: Path, names: Sequence[str], prefix: str, interpreter: str, on_file: Callable[[], None]
) -> dict[str, str]:
    """Write a ``.pyc`` beside each of the sources ``names`` in ``directory``. ``prefix``: where the directory is on
    Lambda, such as ``/var/task``: tracebacks name the files there.

    Returns the sources that can't be compiled, each with the reason: packages contain such files as templates.
    """
    failed: dict[str, str] = {}
    command = [interpreter, "-I", "-S", "-W", "ignore", str(_SCRIPT), str(directory), prefix, PACKAGE]
    with tempfile.TemporaryFile("w+") as stdin:
        stdin.write("".join(f"{name}\n" for name in names))
        stdin.seek(0)
        with subprocess.Popen(
            command, stdin=stdin, stdout=subprocess.PIPE, env=quiet_environment(), text=True
        ) as process:
            assert process.stdout is not None
            for name, line in zip(names, process.stdout, strict=False):
                on_file()
                if line.startswith("! "):
                    failed[name] = line.removeprefix("! ").strip()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return failed
