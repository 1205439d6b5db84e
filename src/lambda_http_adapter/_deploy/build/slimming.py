"""Removes from installed packages what a function never imports, and keeps their records true."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import NamedTuple

from ..elf import stripped
from ..imports import certain_imports, top_level_names
from .adapter_wheel import record_row
from .archive import files_below

_TESTS = re.compile(rb"^\s*(?:from|import)\s+[\w.]*\btests\b", re.MULTILINE)
# In *.dist-info: how it was built, and how it was installed, which differs from machine to machine.
_NOTES = {"sboms", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json"}
_SUFFIXES = {".pyi", ".pyx", ".pxd", ".c", ".cpp", ".h"}  # for type checkers and compilers
_TOOLS = {"pytest", "_pytest", "hypothesis", "mypy"}  # their plugins can't be imported without them
_COMPILED = re.compile(r"\.so(\.\d+)*$")
_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")
# Beside the packages: console scripts, which begin with a path of this machine, and uv's lock.
_BESIDE = {"bin", ".lock"}


class Installed(NamedTuple):
    """A distribution in a bundle. ``files``: their paths from the directory that it is installed in."""

    name: str
    version: str
    files: tuple[str, ...]


def slim(directory: Path) -> int:
    """Remove from what is installed in ``directory``: console scripts, type stubs, C sources, tests, plugins of test
    runners and type checkers, symbol tables, descriptions, and how it was installed. Returns their size in bytes."""
    before = _size(directory)
    absent = _TOOLS - top_level_names(directory)
    for name, path in list(files_below(directory)):
        if _is_unneeded(name) or (path.suffix == ".py" and not absent.isdisjoint(certain_imports(path.read_bytes()))):
            path.unlink()
    for files in _packages(directory).values():
        tests = [name for name in files if "/tests/" in name]
        if tests and not _imports_its_tests(directory, {*files} - {*tests}):
            for name in tests:
                (directory / name).unlink()
    _remove_empty_directories(directory)
    for name, path in files_below(directory):
        if _COMPILED.search(name):
            path.write_bytes(stripped(path.read_bytes()))
        elif _METADATA.fullmatch(name):
            path.write_bytes(path.read_bytes().partition(b"\n\n")[0] + b"\n")  # the description follows
    return before - _size(directory)


def _size(directory: Path) -> int:
    return sum(path.stat().st_size for _, path in files_below(directory))


def _is_unneeded(name: str) -> bool:
    parts = name.split("/")
    if parts[0].endswith(".dist-info"):
        return parts[1] in _NOTES
    return parts[0] in _BESIDE or "__pycache__" in parts or Path(name).suffix in _SUFFIXES


def _remove_empty_directories(directory: Path) -> None:
    for path in sorted(directory.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()


def _packages(directory: Path) -> dict[str, list[str]]:
    """Top-level package → its files."""
    packages: dict[str, list[str]] = {}
    for name, _ in files_below(directory):
        package, _, rest = name.partition("/")
        if rest and not package.endswith(".dist-info"):
            packages.setdefault(package, []).append(name)
    return packages


def _imports_its_tests(directory: Path, others: set[str]) -> bool:
    """Whether a module that is no test imports them, as in a few packages."""
    sources = [name for name in others if name.endswith(".py")]
    return any(_TESTS.search((directory / name).read_bytes()) for name in sources)


def correct_records(directory: Path) -> list[Installed]:
    """Make each RECORD name the files that are there, bytecode included. Returns what is installed.

    https://packaging.python.org/en/latest/specifications/recording-installed-packages/
    """
    found: list[Installed] = []
    for record in sorted(directory.glob("*.dist-info/RECORD")):
        names = [row[0] for row in csv.reader(record.read_text("utf-8").splitlines()) if row]
        own = record.relative_to(directory).as_posix()
        rows = [record_row(name, (directory / name).read_bytes()) for name in names if _is_in(directory, name)]
        rows += [[name, "", ""] for row in rows if row[0].endswith(".py") for name in _bytecode(directory, row[0])]
        rows = [[own, "", ""], *(row for row in rows if row[0] != own)]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(sorted(rows))
        record.write_text(text.getvalue(), "utf-8")
        name, _, version = record.parent.name.removesuffix(".dist-info").rpartition("-")
        found.append(Installed(name, version, tuple(row[0] for row in rows)))
    return found


def _is_in(directory: Path, name: str) -> bool:
    return ".." not in name.split("/") and (directory / name).is_file() and "__pycache__" not in name


def _bytecode(directory: Path, source: str) -> list[str]:
    path = directory / source
    return [
        compiled.relative_to(directory).as_posix() for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc")
    ]
