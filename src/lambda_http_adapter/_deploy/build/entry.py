"""The app of a bundle: where its code is, and what the function's handler setting has to be."""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from ..._apps.discovery import find_app, usual_app
from ..._apps.importer import USUAL_NAMES, near_match
from ..._apps.kind import AppKind
from ...errors import ConfigurationError
from ..defined_names import defined_names

_HANDLER_MAKERS = {"asgi_handler", "wsgi_handler", "http_handler"}


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
    prefix, name = _split_kind(app or find_app(directory, {}))
    call = "()" if name.endswith("()") else ""
    module, attribute = _split(name.removesuffix("()"))
    if module.endswith(".py"):
        directory, module = _module_of_file(directory / module)
    file = _module_file(directory, module)
    if file is None and app_dir is None and (project / "src").is_dir():
        directory = project / "src"
        file = _module_file(directory, module)
    if file is None:
        directory = project if app_dir is None else directory
        if find_spec(module.partition(".")[0]) is None:  # else an installed one: django.core.asgi:get_asgi_application
            names = [path.stem for path in directory.glob("*.py")]
            raise ConfigurationError(f"There is no module {module!r} in {directory}.{near_match(module, names)}")
        source = ""
    else:
        source = file.read_text(errors="replace")
    attribute = attribute or usual_app(source) or USUAL_NAMES[0]
    if file is not None:
        _check_attribute(file, module, attribute)
    separator = ":" if prefix or call else "."
    is_function = prefix == f"{AppKind.handler}:"
    is_handler = is_function
    if not prefix and not call:
        defined = _definition(source, attribute)
        is_function = isinstance(defined, ast.FunctionDef | ast.AsyncFunctionDef) and _takes_events(defined)
        is_handler = is_function or (isinstance(defined, ast.Assign) and _is_made_by_us(defined))
    return Entry(directory, f"{prefix}{module}{separator}{attribute}{call}", is_handler, not is_function)


def _check_attribute(file: Path, module: str, attribute: str) -> None:
    names = defined_names(file.read_bytes())
    if names is not None and attribute.partition(".")[0] not in names:
        raise ConfigurationError(f"{module!r} has no attribute {attribute!r}.{near_match(attribute, names)}")


def _split_kind(name: str) -> tuple[str, str]:
    kind, colon, rest = name.partition(":")
    if kind in AppKind.__members__ and (":" in rest or "." in rest):
        return f"{kind}{colon}", rest
    return "", name


def _split(name: str) -> tuple[str, str]:
    """The module or file, and the attribute, "" for a file without one."""
    if ":" in name:
        module, _, attribute = name.partition(":")
        return module, attribute
    if name.endswith(".py"):
        return name, ""
    module, _, attribute = name.rpartition(".")
    if not module:
        raise ConfigurationError(f"{name!r} is not an import string; expected module:attribute, such as main:app.")
    return module, attribute


def _module_of_file(file: Path) -> tuple[Path, str]:
    """The directory around the file's packages, and the name that its module is imported by from there."""
    if not file.is_file():
        raise ConfigurationError(f"There is no file {str(file)!r}.")
    directory = file.parent
    parts = [] if file.stem == "__init__" else [file.stem]
    while (directory / "__init__.py").is_file():
        parts.insert(0, directory.name)
        directory = directory.parent
    return directory, ".".join(parts)


def _module_file(directory: Path, module: str) -> Path | None:
    path = directory.joinpath(*module.split("."))
    for file in (path.with_name(f"{path.name}.py"), path / "__init__.py"):
        if file.is_file():
            return file
    return None


def _definition(source: str, name: str) -> ast.stmt | None:
    """The statement that defines a name of a module."""
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return None  # the trial shows it
    for statement in statements:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and statement.name == name:
            return statement
        if isinstance(statement, ast.Assign) and name in map(ast.unparse, statement.targets):
            return statement
    return None


def _takes_events(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return [argument.arg for argument in function.args.args] == ["event", "context"]


def _is_made_by_us(assignment: ast.Assign) -> bool:
    if not isinstance(assignment.value, ast.Call):
        return False
    return ast.unparse(assignment.value.func).rpartition(".")[2] in _HANDLER_MAKERS
