"""Import strings: ``main:app`` or ``main.app``, with the exact reason where they don't lead to an app."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Mapping
from enum import StrEnum

from .errors import ConfigurationError


class AppKind(StrEnum):
    """The protocol an app speaks; also the prefix that says so in an import string."""

    asgi = "asgi"
    wsgi = "wsgi"


class HandlerNotFoundError(ConfigurationError):
    """The import string leads nowhere."""

    error_type = "Runtime.HandlerNotFound"


def entry_point(environ: Mapping[str, str]) -> str:
    """The import string that Lambda's environment names; raises ConfigurationError."""
    for variable in ("AWS_LAMBDA_PYTHON_ENTRYPOINT", "_HANDLER"):
        if environ.get(variable):
            return environ[variable]
    raise ConfigurationError(
        "Nothing to run: give an import string such as main:app, or set AWS_LAMBDA_PYTHON_ENTRYPOINT or _HANDLER."
    )


def load_app(string: str) -> tuple[object, AppKind]:
    """The app that ``string`` names, and what it speaks.

    Raises HandlerNotFoundError, or whatever the app's module raises while it is imported.
    """
    kind, _, rest = string.partition(":")
    # "asgi:app" is the attribute of a module that happens to have that name.
    prefix = AppKind(kind) if kind in AppKind.__members__ and (":" in rest or "." in rest) else None
    app = _resolve(rest if prefix else string)
    if not callable(app):
        raise HandlerNotFoundError(f"{string!r} is {_article(app)}, not an ASGI or WSGI app.")
    return app, prefix or app_kind(app, string)


def app_kind(app: object, name: str) -> AppKind:
    """ASGI or WSGI by how the app wants to be called; raises HandlerNotFoundError where neither fits."""
    required = required_parameters(app)
    # ASGI 3 takes scope, receive, send; ASGI 2 the scope alone; WSGI environ and start_response.
    kind = {1: AppKind.asgi, 2: AppKind.wsgi, 3: AppKind.asgi}.get(-1 if required is None else required)
    if kind is None:
        raise HandlerNotFoundError(
            f"{name!r} is {_article(app)} whose signature is neither ASGI's (scope, receive, send) nor WSGI's "
            f"(environ, start_response). If it is an app all the same, say which: 'asgi:{name}' or 'wsgi:{name}'."
        )
    return kind


def required_parameters(app: object) -> int | None:
    """How many positional arguments ``app`` must be given; None where it takes any number, or doesn't tell."""
    try:
        parameters = inspect.signature(app).parameters.values()  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return None
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return None
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(1 for parameter in parameters if parameter.kind in positional and parameter.default is parameter.empty)


def _resolve(string: str) -> object:
    module_name, colon, path = string.partition(":")
    if not colon:
        module_name, _, path = string.rpartition(".")
    if not module_name or not path or module_name.startswith("."):
        raise HandlerNotFoundError(f"{string!r} is no import string; expected module:attribute, such as main:app.")
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.insert(0, os.getcwd())
    target: object = _import(module_name)
    for index, attribute in enumerate(path.split(".")):
        if not hasattr(target, attribute):
            owner = ".".join([module_name, *path.split(".")[:index]])
            raise HandlerNotFoundError(f"{owner!r} has no attribute {attribute!r}.{_suggestion(target)}")
        target = getattr(target, attribute)
    return target


def _import(name: str) -> object:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # The module itself, or a package above it; anything else is an import inside it that is broken.
        if error.name is None or not (name + ".").startswith(error.name + "."):
            raise
        raise HandlerNotFoundError(f"There is no module {error.name!r} in {os.getcwd()} or on sys.path.") from None


def _suggestion(module: object) -> str:
    named = getattr(module, "__dict__", {}).items()
    apps = [name for name, value in named if callable(value) and not name.startswith("_") and _is_app(value)]
    return f" There is {' and '.join(map(repr, apps))}." if apps else ""


def _is_app(value: object) -> bool:
    return not inspect.isclass(value) and not inspect.isroutine(value) and required_parameters(value) in (2, 3)


def _article(value: object) -> str:
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
