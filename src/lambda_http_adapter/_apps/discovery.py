"""Finds the app of a directory when no import string is given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ..errors import ConfigurationError
from .importer import entry_point

_FILES = [
    *(f"{name}.py" for name in ("main", "app", "api", "application", "asgi", "wsgi")),
    *(f"app/{name}.py" for name in ("main", "app", "api")),
]
_NAMES = ("app", "api", "application", "handler")


def find_app(directory: Path, environ: Mapping[str, str]) -> str:
    """The import string in Lambda's environment variables; otherwise of the first usual name in the first usual file.

    Raises ConfigurationError if there is neither.
    """
    try:
        return entry_point(environ)
    except ConfigurationError:
        pass
    for file in _FILES:
        if (directory / file).is_file():
            module = file.removesuffix(".py").replace("/", ".")
            return f"{module}:{_app_name((directory / file).read_text(errors='replace'))}"
    raise ConfigurationError(
        f"There is no app in {directory}: no {', '.join(_FILES[:-1])} or {_FILES[-1]}. Name one, such as main:app."
    )


def _app_name(source: str) -> str:
    # The source is read and not imported: the process that runs the app is the one to import it.
    for name in _NAMES:
        if re.search(rf"^(?:{name}\s*[:=]|(?:async )?def {name}\b)", source, re.MULTILINE):
            return name
    return _NAMES[0]
