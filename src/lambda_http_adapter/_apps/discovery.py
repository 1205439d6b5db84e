"""The app of a working directory whose name nobody has said."""

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
    """The import string that Lambda's variables name, else of the first of the usual names in the usual files.

    Raises ConfigurationError where there is none.
    """
    try:
        return entry_point(environ)
    except ConfigurationError:
        pass
    for file in _FILES:
        if (directory / file).is_file():
            source = (directory / file).read_text(errors="replace")
            module = file.removesuffix(".py").replace("/", ".")
            return f"{module}:{next((name for name in _NAMES if _defines(source, name)), _NAMES[0])}"
    raise ConfigurationError(
        f"There is no app in {directory}: no {', '.join(_FILES[:-1])} or {_FILES[-1]}. Name one, such as main:app."
    )


def _defines(source: str, name: str) -> bool:
    # Read, not imported: the app is imported once, by who runs it.
    return re.search(rf"^(?:{name}\s*[:=]|(?:async )?def {name}\b)", source, re.MULTILINE) is not None
