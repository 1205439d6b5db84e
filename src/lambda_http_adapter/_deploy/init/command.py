"""Writes the project's files, and says which ones and what to type next."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ...errors import ConfigurationError
from .options import parse_options
from .project import Project, project_for

_REQUIREMENTS = ("requirements.txt", "uv.lock", "pyproject.toml")  # what `build` reads


class Outcome(NamedTuple):
    """Paths in the project's directory."""

    written: list[str]
    kept: list[str]


def main(arguments: Sequence[str]) -> None:
    """Raises ConfigurationError if there is nothing to write, or the directory can't be read or written."""
    options = parse_options(arguments)
    try:
        project = project_for(options)
    except OSError as error:
        raise ConfigurationError(f"{str(options.directory)!r} can't be read: {error.strerror}.") from None
    outcome = _write(project)
    if not outcome.written:
        raise ConfigurationError(
            f"{str(project.directory)!r} has {', '.join(outcome.kept)} already, so nothing was written. Remove a file "
            "to have it written again."
        )
    try:
        print("\n".join(_report(project, outcome)), flush=True)
    except BrokenPipeError:  # `| head` has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(project: Project) -> Outcome:
    outcome = Outcome([], [])
    for path, content in project.files():
        target = project.directory / path
        try:
            is_new = _write_new(target, content)
        except OSError as error:
            raise ConfigurationError(f"{str(target)!r} can't be written: {error.strerror}.") from None
        paths = outcome.written if is_new else outcome.kept
        paths.append(str(path))
    return outcome


def _write_new(target: Path, content: str) -> bool:
    """Write a file that doesn't exist. False: there is one, or a link, and it was left as it is."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(content)
    except FileExistsError:
        return False
    return True


def _report(project: Project, outcome: Outcome) -> Iterator[str]:
    if project.exists:
        yield f"There is an app, {project.entry}; wrote how to deploy it (--deploy {project.deployment}):"
    else:
        yield f"Wrote a project (--app {project.app} --deploy {project.deployment}):"
    yield from (f"  {project.directory / path}" for path in outcome.written)
    if outcome.kept:
        yield f"Kept as they were: {', '.join(outcome.kept)}"
    yield from _requirements(project)
    yield "Next:"
    yield from (f"  {line}" for line in _next(project))


def _requirements(project: Project) -> Iterator[str]:
    """What is still missing. As long as this package isn't on an index, a project needs its wheel."""
    present = {name for name in _REQUIREMENTS if (project.directory / name).is_file()}
    if not project.exists:
        yield "lambda-http-adapter isn't on a package index yet: first put its wheel into wheels, see wheels/README.md."
    elif not project.is_image:
        if not present:  # `build` adds this package
            yield "A requirements.txt is missing. It has to name what the app imports."
    elif "requirements.txt" in present:
        yield "requirements.txt has to name lambda-http-adapter."
    else:
        yield "A requirements.txt is missing. It has to name lambda-http-adapter and what the app imports."


def _next(project: Project) -> Iterator[str]:
    if project.directory.resolve() != Path.cwd():
        directory = str(project.directory)
        here = "./" if directory.startswith("-") else ""
        yield f"cd {shlex.quote(here + directory)}"
    if not project.exists:
        yield "python3 -m venv .venv && . .venv/bin/activate && pip install -r requirements-dev.txt"
    yield _try(project)
    if not project.exists:
        yield "pytest"
    yield from project.commands()


def _try(project: Project) -> str:
    if project.is_handler:
        return 'lambda-http-adapter invoke --origin sqs -d \'{"name": "Ines"}\''
    return "lambda-http-adapter dev"
