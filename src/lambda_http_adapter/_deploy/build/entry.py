"""The app of a bundle: where its code is, and what the function's handler setting has to be."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from ..._apps.discovery import find_app, usual_app
from ..._apps.importer import USUAL_NAMES, module_of_file, near_match, split_kind, split_name
from ..._apps.kind import AppKind
from ...errors import ConfigurationError
from ..source import definitions, hides_names, kind, module_file, takes_events


class Entry(NamedTuple):
    """``directory``: what a bundle's root gets the content of. ``handler``: the function's handler setting."""

    directory: Path
    handler: str
    is_handler: bool
    """AWS's managed runtime can call it without our wrapper: an ``asgi_handler(app)``, a function of an event and a
    context."""
    takes_requests: bool
    """An HTTP request's event makes sense to it. What the events of a function are, only its author knows."""


def find_entry(project: Path, app: str, app_dir: str | None) -> Entry:
    """The app that the command line names, else the usual one. Its module must be a file; nothing is imported.

    Raises ConfigurationError.
    """
    directory = project
    if app_dir is not None:
        directory = project / app_dir
        if not directory.is_dir():
            raise ConfigurationError(f"There is no directory {app_dir!r}, which --app-dir names.")
    app_kind, name = split_kind(app or find_app(directory, {}))
    call = "()" if name.endswith("()") else ""
    module, attribute = split_name(name.removesuffix("()"))
    if not module:
        raise ConfigurationError(f"{name!r} is not an import string; expected module:attribute, such as main:app.")
    if module.endswith(".py"):
        directory, module = _module_of_file(directory / module)
    file = module_file(directory, module)
    if file is None and app_dir is None and (project / "src").is_dir():
        directory = project / "src"
        file = module_file(directory, module)
    if file is None:
        directory = project if app_dir is None else directory
        if find_spec(module.partition(".")[0]) is None:  # else an installed one: django.core.asgi:get_asgi_application
            names = [path.stem for path in directory.glob("*.py")]
            raise ConfigurationError(f"There is no module {module!r} in {directory}.{near_match(module, names)}")
        source = ""
    else:
        source = file.read_text(errors="replace")
    attribute = attribute or usual_app(source) or USUAL_NAMES[0]
    defined = None if file is None else definitions(source)
    if defined is not None and not hides_names(defined) and attribute.partition(".")[0] not in defined:
        raise ConfigurationError(f"{module!r} has no attribute {attribute!r}.{near_match(attribute, defined)}")
    prefix = "" if app_kind is None else f"{app_kind}:"
    separator = ":" if prefix or call else "."
    is_handler = False  # AWS's runtime reads neither a kind nor a call
    is_function = app_kind is AppKind.handler
    if not prefix and not call:
        definition = (defined or {}).get(attribute)
        is_handler = kind(definition) == "handler"
        is_function = takes_events(definition)
    return Entry(directory, f"{prefix}{module}{separator}{attribute}{call}", is_handler, not is_function)


def _module_of_file(file: Path) -> tuple[Path, str]:
    if not file.is_file():
        raise ConfigurationError(f"There is no file {str(file)!r}.")
    directory, module = module_of_file(str(file))
    return Path(directory), module
