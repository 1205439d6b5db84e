"""Requirements that are directories: ``./lib``, ``-e ../shared``. Wheels are made of them, for no installer puts an
editable one into a bundle, and uv builds none where only wheels are allowed."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

from .adapter_wheel import NAME, hash_option
from .installer import InstallError

_LOCAL = re.compile(
    r"\s*(?:(?:-e|--editable)[\s=]\s*)?(?:[\w.-]+\s*(?:\[[^\]]*\])?\s*@\s*)?"
    r"(?:file://)?(?P<path>\.{0,2}/[^\s;#\[]*|\.{1,2})(?P<extras>\[[^\]]*\])?(?P<rest>\s*(?:[;#\n].*)?)",
    re.DOTALL,
)


def local_project(line: str, directory: Path) -> Path | None:
    """The directory that a requirement is, seen from ``directory``; None for any other requirement."""
    match = _LOCAL.fullmatch(line)
    if match is None:
        return None
    path = directory / unquote(match["path"])
    return path if path.is_dir() else None


def is_adapter(path: Path) -> bool:
    """Whether the directory is a checkout of this package."""
    try:
        table = tomllib.loads((path / "pyproject.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return bool(table.get("project", {}).get("name") == NAME)


def with_wheels(lines: Sequence[str], directory: Path, uv: str | None, scratch: Path, hashed: bool) -> list[str]:
    """The requirements with wheels in place of directories. Raises InstallError if one can't be made."""
    result: list[str] = []
    for number, line in enumerate(lines):
        path = local_project(line, directory)
        match = _LOCAL.fullmatch(line)
        if path is None or match is None:
            result.append(line)
            continue
        wheel = _wheel(path, uv, scratch / f"wheel-{number}")
        name = wheel.name.partition("-")[0]
        marker = match["rest"].partition("#")[0].strip()
        option = hash_option(wheel) if hashed else ""
        result.append(f"{name}{match['extras'] or ''} @ {wheel.as_uri()}{marker and ' '}{marker}{option}")
    return result


def _wheel(project: Path, uv: str | None, target: Path) -> Path:
    if uv is not None:
        command = [uv, "build", "--wheel", "--out-dir", str(target), str(project.resolve())]
    else:
        command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(target)]
        command.append(str(project.resolve()))
    built = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if built.returncode:
        raise InstallError(f"{project} can't be built: {built.stdout.strip()}")
    return next(target.glob("*.whl")).resolve()
