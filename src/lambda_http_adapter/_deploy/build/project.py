"""The app's own files: which of them go into a bundle, and which don't."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

# Patterns as for fnmatch: of a name anywhere, or with a slash of a path from the root.
# What a deployed function never reads, or must not hold. Each row is one reason.
_LEFT_OUT = {
    "secrets": (
        *("*.pem", "*.key", "*.p12", "*.pfx", "*.tfstate", "*.tfstate.*", "*.tfvars"),
        *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*"),
    ),
    "tests": ("tests", "test_*.py", "*_test.py", "conftest.py"),
    "caches and environments": ("__pycache__", "*.py[co]", "*.egg-info", "node_modules", "cdk.out", "htmlcov"),
    "infrastructure and packaging": (
        *("Dockerfile*", "docker-compose*.y*ml", "compose.y*ml", "template.y*ml", "samconfig.toml", "cdk.json", "*.tf"),
        *(
            "requirements*.txt",
            "requirements*.in",
            "pyproject.toml",
            "setup.py",
            "setup.cfg",
            "Makefile",
            "wheels",
            "*.whl",
        ),
        *("uv.lock", "poetry.lock", "pdm.lock", "pylock*.toml", "Pipfile*", "tox.ini", "noxfile.py", "README*"),
    ),
}
_OUTSIDE = "links out of the directory"


class ProjectFiles(NamedTuple):
    """``copied``: path in the bundle → file. ``left_out``: reason → paths in the project."""

    copied: dict[str, Path]
    left_out: dict[str, list[str]]


def project_files(
    directory: Path, results: Sequence[Path] = (), include: Sequence[str] = (), exclude: Sequence[str] = ()
) -> ProjectFiles:
    """The files in ``directory`` that a deployed function may read.

    ``include`` and ``exclude`` are the user's patterns, and the first win over every rule but the second.
    ``results``: what the build itself writes.
    """
    root = directory.resolve()
    tracked = _tracked_by_git(root)
    own = {path.resolve() for path in results}
    copied: dict[str, Path] = {}
    left_out: dict[str, list[str]] = {}
    for path, name in _walk(root, root, include, left_out, own):
        reason = _reason(path, name, root, tracked, exclude)
        if reason is not None and (reason == "--exclude" or not _matches(name, include)):
            left_out.setdefault(reason, []).append(name)
        else:
            copied[name] = path
    return ProjectFiles(copied, left_out)


def _walk(
    directory: Path, root: Path, include: Sequence[str], left_out: dict[str, list[str]], own: set[Path]
) -> Iterator[tuple[Path, str]]:
    """The files with their names, without the directories that no rule lets in."""
    for path in sorted(directory.iterdir()):
        name = path.relative_to(root).as_posix()
        if path.resolve() in own or (path.is_symlink() and path.parent.is_relative_to(path.resolve())):
            continue  # a link to a directory around itself has no end
        if not path.is_dir():
            yield path, name
            continue
        reason = _reason_of_directory(path, name, root)
        if reason is None or any(_may_be_inside(name, pattern) for pattern in include):
            yield from _walk(path, root, include, left_out, own)
        else:
            left_out.setdefault(reason, []).append(f"{name}/")


def _reason_of_directory(path: Path, name: str, root: Path) -> str | None:
    if path.is_symlink() and not path.resolve().is_relative_to(root):
        return _OUTSIDE
    if path.name.startswith("."):
        return "hidden files"
    if (path / "pyvenv.cfg").is_file():
        return "caches and environments"
    if (path / "cdk.json").is_file():
        return "infrastructure and packaging"
    if any(path.glob("lambda_http_adapter-*.dist-info")):
        return "bundles"
    if path.name == "build" and any(path.glob("bdist.*")):  # setuptools leaves it beside a pyproject.toml
        return "caches and environments"
    return _rule(name)


def _reason(path: Path, name: str, root: Path, tracked: set[str] | None, exclude: Sequence[str]) -> str | None:
    """Why a file is left out; None if it isn't."""
    if _matches(name, exclude):
        return "--exclude"
    if path.is_symlink() and not path.resolve().is_relative_to(root):
        return _OUTSIDE
    if not name.isprintable():  # a zip file's names are UTF-8, and ours are lines somewhere
        return "names with control characters or not in UTF-8"
    if not path.is_file():
        return "neither files nor directories"
    if path.suffix == ".zip" and _is_bundle(path):
        return "bundles"
    if any(part.startswith(".") for part in name.split("/")):
        return "hidden files"
    rule = _rule(name)
    if rule is None and tracked is not None and tracked.isdisjoint(_paths(name)):
        return ".gitignore"
    return rule


def _is_bundle(archive: Path) -> bool:
    """Whether it is one of an earlier build."""
    try:
        with zipfile.ZipFile(archive) as opened:
            return any(name.endswith("lambda_http_adapter/__init__.py") for name in opened.namelist())
    except (zipfile.BadZipFile, OSError):
        return False


def _rule(name: str) -> str | None:
    for reason, patterns in _LEFT_OUT.items():
        if any(fnmatchcase(part, pattern) for part in name.split("/") for pattern in patterns):
            return reason
    return None


def _matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether a pattern is one of the file, or of a directory around it."""
    parts = name.split("/")
    for pattern in patterns:
        bare = pattern.removeprefix("./").rstrip("/").removesuffix("/**")
        if any(fnmatchcase(path, bare) for path in _paths(name)):
            return True
        if "/" not in bare and any(fnmatchcase(part, bare) for part in parts):
            return True
    return False


def _paths(name: str) -> list[str]:
    """The path and those of the directories around it. Git names a link or a submodule, not what is in it."""
    parts = name.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]


def _may_be_inside(directory: str, pattern: str) -> bool:
    """Whether a pattern such as ``static/dist`` leads into ``directory``, or, without a slash, names it."""
    bare = pattern.removeprefix("./").rstrip("/")
    if "/" not in bare:
        return _matches(directory, [bare])
    return all(fnmatchcase(part, wanted) for part, wanted in zip(directory.split("/"), bare.split("/"), strict=False))


def _tracked_by_git(root: Path) -> set[str] | None:
    """What git has or would add: all but the ignored. None outside of a repository."""
    if shutil.which("git") is None:
        return None
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    listed = subprocess.run(command, capture_output=True, env=environment, check=False)
    names = {os.fsdecode(name) for name in listed.stdout.split(b"\0") if name}
    # None are listed where the whole directory is ignored, say a scratch directory in a repository.
    return names if listed.returncode == 0 and names else None
