"""The project in a directory: a new one, or one that has an app."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ..._apps.discovery import find_app, usual_app
from ...errors import ConfigurationError
from ..source import module_file
from .options import Options
from .render import render
from .templates import APPS, DEPLOYMENTS, infrastructure_files, project_files

_SIGNS_OF_A_PROJECT = ("pyproject.toml", "requirements.txt", "setup.py", "setup.cfg", "Pipfile", "manage.py")
_VARIABLE = "AWS_LAMBDA_PYTHON_ENTRYPOINT"
_LONGEST_NAME = 40  # characters; a function's name may have 64, and a queue's gets a suffix


class Project(NamedTuple):
    directory: Path
    app: str | None  # None: an app of the user's, who didn't say which kind
    entry: str  # the app's import string
    deployment: str
    exists: bool

    @property
    def name(self) -> str:
        """The name of its stack or its function."""
        return aws_name(self.directory.resolve().name)

    @property
    def is_handler(self) -> bool:
        return self.app == "handler"

    @property
    def is_image(self) -> bool:
        return self.deployment == "sam-image"

    def files(self) -> Iterator[tuple[PurePosixPath, str]]:
        """The path and the content of each file to write: of a project that exists, its infrastructure."""
        if self.app is not None and not self.exists:
            templates = project_files(self.app, self.deployment)
        else:
            templates = infrastructure_files(self.deployment)
        for path, text in templates:
            yield path, render(text, self._facts, self._names)

    def commands(self) -> tuple[str, str]:
        """The lines for a shell that build and deploy it."""
        names = self._names
        return names["build"], names["deploy"]

    @property
    def _facts(self) -> Collection[str]:
        """What the templates' conditions ask for."""
        event_source = "queue" if self.is_handler else "url"
        bundle = "image" if self.is_image else "zip"
        return {self.app or "", self.deployment, event_source, bundle}

    @property
    def _names(self) -> Mapping[str, str]:
        """What fills the templates' holes."""
        names = {"name": self.name, "entry": self.entry, "handler": self.entry.replace(":", ".")}
        lines = DEPLOYMENTS[self.deployment]
        return names | {"build": render(lines.build, (), names), "deploy": render(lines.deploy, (), names)}


def project_for(options: Options) -> Project:
    """Raises ConfigurationError if the directory is a file, or has a project in which no app is found."""
    if options.directory.is_file():
        raise ConfigurationError(f"{str(options.directory)!r} is a file; init needs a directory.")
    entry = _existing_entry(options.directory)
    if entry is not None:
        return Project(options.directory, options.app, entry, options.deployment, exists=True)
    app = options.app or "fastapi"
    return Project(options.directory, app, APPS[app].entry, options.deployment, exists=False)


def _existing_entry(directory: Path) -> str | None:
    """The import string of the app in the directory; None if there is no project."""
    try:
        entry = find_app(directory, {})
    except ConfigurationError:
        signs = [name for name in _SIGNS_OF_A_PROJECT if (directory / name).exists()]
        return _named_entry(directory, signs[0]) if signs else None
    file = module_file(directory, entry.partition(":")[0])
    assert file is not None  # it has been found by its file
    if usual_app(file.read_text(errors="replace")) is None:  # `uv init` writes such a main.py
        return _named_entry(directory, file.name)
    return entry


def _named_entry(directory: Path, sign: str) -> str:
    """The import string in the environment, for a project in which no app is found. ``sign``: why it is a project."""
    entry = os.environ.get(_VARIABLE)
    if not entry:
        raise ConfigurationError(
            f"{str(directory)!r} has a project ({sign}), but no app such as main:app in a usual file. "
            f"Write it first, or name it with {_VARIABLE}=module:attribute in front of the command, or choose another "
            "directory."
        )
    if not re.fullmatch(r"[\w.]+:[\w.]+", entry):
        raise ConfigurationError(f"{_VARIABLE} is {entry!r}; expected module:attribute, such as main:app.")
    return entry


def aws_name(text: str) -> str:
    """A name that CloudFormation, Lambda, IAM and SQS accept: ASCII letters, digits and hyphens, a letter first."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9]+", "-", ascii_text)[:_LONGEST_NAME].strip("-")
    if not name:
        return "app"
    return name if name[0].isalpha() else f"app-{name}"
