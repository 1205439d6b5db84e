"""The app of a command line, found in the directory when no import string is given."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..errors import ConfigurationError
from .importer import USUAL_NAMES, entry_point, search_first

_FILES = [
    *(f"{name}.py" for name in ("main", "app", "api", "application", "asgi", "wsgi")),
    *(f"app/{name}.py" for name in ("main", "app", "api", "__init__")),
]
_PATTERNS = ("*/asgi.py", "*/wsgi.py")
"""Where Django puts them: in the project's package."""


def named_app(string: str | None, *, factory: bool, app_dir: str | None) -> str:
    """The import string that a command line stands for: with ``--factory`` a call, without an app the one that
    ``find_app`` finds. From now on imports look into ``app_dir`` first.

    Raises ConfigurationError.
    """
    directory = Path.cwd()
    if app_dir is not None:
        directory /= app_dir
        if not directory.is_dir():
            raise ConfigurationError(f"There is no directory {app_dir!r}, which --app-dir names.")
        search_first(str(directory))
    string = string or find_app(directory, os.environ)
    return f"{string.removesuffix('()')}()" if factory else string


def find_app(directory: Path, environ: Mapping[str, str]) -> str:
    """The import string in Lambda's environment variables; otherwise of the first usual file that has a usual name;
    otherwise of the Django project whose settings ``DJANGO_SETTINGS_MODULE`` names.

    Raises ConfigurationError if there is none of them.
    """
    string = entry_point(environ)
    if string:
        return string
    files = list(_files(directory))
    for file in files:
        name = usual_app((directory / file).read_text(errors="replace"))
        if name is not None:
            return f"{_module_name(file)}:{name}"
    if files:
        return f"{_module_name(files[0])}:{USUAL_NAMES[0]}"
    if environ.get("DJANGO_SETTINGS_MODULE"):
        return "django.core.asgi:get_asgi_application()"
    raise ConfigurationError(
        f"There is no app in {directory}: no {', '.join([*_FILES, *_PATTERNS[:-1]])} or {_PATTERNS[-1]}. Name one, "
        "such as main:app."
    )


def _files(directory: Path) -> Iterator[str]:
    """Those that are there, as paths in the directory."""
    for file in _FILES:
        if (directory / file).is_file():
            yield file
    for pattern in _PATTERNS:
        for path in sorted(directory.glob(pattern)):
            if path.parent.name.isidentifier():
                yield f"{path.parent.name}/{path.name}"


def _module_name(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def usual_app(source: str) -> str | None:
    """The usual name that a module gives its app. Its source is read, not imported: only the process that runs the app
    imports it."""
    for name in USUAL_NAMES:
        if re.search(
            rf"^(?:{name}\s*[:=]|(?:async )?def {name}\b|from \S+ import .*\b{name}\b(?!\s+as\b))", source, re.MULTILINE
        ):
            return name
    return None
