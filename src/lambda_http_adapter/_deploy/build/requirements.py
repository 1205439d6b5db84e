"""What a bundle installs: requirement files, rewritten for the installer."""

# A file may be written by hand, or list everything that an environment had: `uv export` and pip-compile write below
# each package "# via" and what asks for it. What only the full lambda-http-adapter asks for, the bundle's doesn't.

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ..._apps.text_file import read_text
from ...errors import ConfigurationError
from .adapter_wheel import NAME, AdapterWheel
from .local_projects import is_adapter, local_project

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?\s*([^;#@\n]*?)\s*(?:[;#@\n]|\s--|$)")
_FIND_LINKS = re.compile(r"\s*(?:-f|--find-links)[\s=]+([^\s#]+)")
_NESTED = re.compile(r"\s*(-r|--requirement|-c|--constraint)[\s=]+([^\s#]+)")
_ADAPTER_FILE = re.compile(r"\s*\S*lambda_http_adapter-[^/\s]+\.(?:whl|tar\.gz)\s*$|.*#egg=lambda_http_adapter\b")
# Lock files that aren't read, and the command that writes what they hold as requirements.
_LOCKS = {
    "poetry.lock": "poetry export",
    "pdm.lock": "pdm export --format requirements",
    "Pipfile.lock": "pipenv requirements",
}


_FILES = ("requirements.txt", "uv.lock", "pyproject.toml")


class Requirements(NamedTuple):
    """``sources``: the files that the lines are from. A line includes its continuations and the comments below it."""

    sources: Sequence[str]
    lines: Sequence[str]

    @property
    def hashed(self) -> bool:
        return any("--hash" in line for line in self.lines)


def home_of_requirements(app: Path, project: Path) -> Path:
    """The nearest directory around an app's code that has a usual file; ``project``, where the command was started, if
    none has. In a repository with several apps, each has its own."""
    for directory in (app, *app.parents):
        if not directory.is_relative_to(project):
            break
        if any((directory / name).is_file() for name in _FILES):
            return directory
    return project


def find_requirements(project: Path, named: Sequence[Path], extra: Sequence[str], uv: str | None) -> Requirements:
    """The files that the options name, else the usual one of ``project``, and the ``extra`` lines.

    ``uv``: its path; it reads ``uv.lock``. Raises ConfigurationError.
    """
    sources = [str(path) for path in named]
    lines = [line for path in named for line in _read(path, [])]
    if not named:
        source, lines = _usual(project, uv)
        sources = [source] if source else []
    return Requirements(sources, [*lines, *extra])


def rewritten(requirements: Requirements, project: Path, adapter: AdapterWheel, not_needed: set[str]) -> list[str]:
    """The lines for the installer. They ask for ``adapter`` instead of an index's, and not for what is there only
    because the full lambda-http-adapter asks for ``not_needed``.

    Raises ConfigurationError if the hash of another version is asked for.
    """
    left_out = _asked_by_adapter_alone(requirements.lines, not_needed)
    extras: set[str] = set()
    lines: list[str] = []
    for line in requirements.lines:
        if _name(line) == NAME or _is_adapter(line, project):
            extras |= _extras(line)
            lines += _pin(line, requirements, adapter)
        elif _name(line) not in left_out:
            lines.append(line)
    return [*lines, adapter.requirement(sorted(extras - {"dev"}), requirements.hashed)]


def requirement_names(requirements: Requirements) -> set[str]:
    """The normal forms of the names that are asked for."""
    return {_name(line) for line in requirements.lines} - {""}


# Reading


def _usual(project: Path, uv: str | None) -> tuple[str, list[str]]:
    """The name of the file, "" without one, and its lines."""
    if (project / "requirements.txt").is_file():
        return "requirements.txt", list(_read(project / "requirements.txt", []))
    if (project / "uv.lock").is_file() and uv is not None:
        return "uv.lock", _export(project, uv)
    if (project / "pyproject.toml").is_file():
        return "pyproject.toml", _dependencies(project)
    return "", []


def _read(path: Path, around: Sequence[Path]) -> Iterator[str]:
    """The lines of a file and of the files that it includes. ``around``: the files that include it."""
    text = read_text(path, encoding="utf-8-sig")
    if path.resolve() in around:
        raise ConfigurationError(f"{str(path)!r} includes itself.")
    for line in _logical_lines(text):
        nested = _NESTED.match(line)
        links = _FIND_LINKS.match(line)
        if links and (path.parent / links[1]).exists():
            yield f"--find-links {path.resolve().parent / links[1]}"
        elif nested is None or "://" in nested[2]:
            yield line
        elif nested[1] in ("-c", "--constraint"):
            yield f"-c {path.resolve().parent / nested[2]}"
        else:
            yield from _read(path.parent / nested[2], [*around, path.resolve()])


def _logical_lines(text: str) -> list[str]:
    lines: list[str] = []
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        if line[:1].isspace() and line.lstrip().startswith("#") and lines:
            lines[-1] += f"\n{line}"
        else:
            lines.append(line)
    return lines


def _export(project: Path, uv: str) -> list[str]:
    command = [
        uv,
        "export",
        "--frozen",
        "--no-dev",
        "--no-emit-project",
        "--no-emit-package",
        NAME,
        "--no-header",
        "--quiet",
    ]
    exported = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    if exported.returncode:
        raise ConfigurationError(f"`uv export` can't read uv.lock: {exported.stderr.strip()}")
    return _logical_lines(exported.stdout)


def _dependencies(project: Path) -> list[str]:
    """Those in pyproject.toml."""
    try:
        table = tomllib.loads((project / "pyproject.toml").read_text("utf-8")).get("project", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"pyproject.toml is not TOML: {error}.") from None
    if "dependencies" in table:
        return [str(line) for line in table["dependencies"]]
    for lock, command in _LOCKS.items():
        if (project / lock).is_file():
            raise ConfigurationError(
                f"There are no [project] dependencies in pyproject.toml, and {lock} is not read. Write them to a file "
                f"first: {command} > requirements.txt."
            )
    if "dependencies" in table.get("dynamic", ()):
        raise ConfigurationError(
            "The dependencies in pyproject.toml are dynamic: only a build of the project knows them. Name a file that "
            "lists them: -r requirements.txt."
        )
    return []


# One line


def _name(line: str) -> str:
    """The normal form of a requirement's name; "" for an option, a path or a comment."""
    match = _REQUIREMENT.match(line)
    return "" if match is None or re.match(r"\s*\S+(://|/|\\)", line) else _normal(match[1])


def _normal(name: str) -> str:
    """https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name.partition("[")[0]).lower()


def _extras(line: str) -> set[str]:
    match = _REQUIREMENT.match(line)
    return set() if match is None or not match[2] else {extra.strip() for extra in match[2].split(",")}


def _is_adapter(line: str, project: Path) -> bool:
    """Whether it is a file, a checkout or a repository of this package."""
    directory = local_project(line, project)
    return _ADAPTER_FILE.match(line) is not None or (directory is not None and is_adapter(directory))


def _pin(line: str, requirements: Requirements, adapter: AdapterWheel) -> list[str]:
    """The line that lets the installer refuse ``adapter`` if its version isn't the one asked for."""
    match = _REQUIREMENT.match(line)
    specifier = "" if match is None or _name(line) != NAME else match[3]
    if not specifier or (requirements.hashed and specifier == f"=={adapter.version}"):
        return []
    if requirements.hashed:
        raise ConfigurationError(
            f"{' and '.join(requirements.sources)} requires {NAME}{specifier}, and this is {adapter.version}: a bundle "
            "gets the version that builds it. Install that version here, or change the requirement."
        )
    return [f"{NAME}{specifier}"]


# A file that lists everything


def _asked_by_adapter_alone(lines: Sequence[str], not_needed: set[str]) -> set[str]:
    asked_by = {_name(line): set(_via(line)) for line in lines}
    found = {name for name in not_needed if asked_by.get(name) == {NAME}}
    while True:
        more = {name for name, via in asked_by.items() if name and via and via <= found} - found
        if not more:
            return found
        found |= more


def _via(line: str) -> Iterator[str]:
    _, _, comment = line.partition("# via")
    yield from (_normal(word) for word in re.split(r"[\s,#]+", comment) if word)
