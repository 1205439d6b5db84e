"""Import strings: ``main:app`` or ``main.app``, with the exact reason where they don't lead to something to run."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import cast

from ..errors import ConfigurationError
from .signature import inspect_signature, is_async, takes_context, takes_event


class AppKind(StrEnum):
    """What an app is called with; also the prefix that says so in an import string."""

    asgi = "asgi"
    wsgi = "wsgi"
    http = "http"
    """A function of a werkzeug Request."""
    handler = "handler"
    """A function of an event and a context."""


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
    """The app or handler that ``string`` names, and what it is called with.

    Raises HandlerNotFoundError, or whatever the app's module raises while it is imported.
    """
    kind, _, rest = string.partition(":")
    # "asgi:app" is the attribute of a module that happens to have that name.
    prefix = AppKind(kind) if kind in AppKind.__members__ and (":" in rest or "." in rest) else None
    app = _resolve(rest if prefix else string)
    if not callable(app) and not callable(getattr(app, "invoke", None)):
        raise HandlerNotFoundError(f"{string!r} is {_article(app)}, not an app or a handler.")
    return app, prefix or app_kind(app, string)


def app_kind(app: object, name: str) -> AppKind:
    """By how the app wants to be called; raises HandlerNotFoundError where that doesn't tell."""
    kind = _kind_by_signature(_positional(app) or []) if callable(app) else AppKind.handler
    # A coroutine can't return what WSGI wants, so it is a handler, whatever it calls its arguments.
    if kind is AppKind.wsgi and is_async(app):
        kind = AppKind.handler
    if kind is None:
        raise HandlerNotFoundError(
            f"{name!r} is {_article(app)} whose signature is none of ASGI's (scope, receive, send), WSGI's (environ, "
            "start_response), a handler's (event, context) and a request handler's (request). If it is one all the "
            f"same, say which: 'asgi:{name}', 'wsgi:{name}', 'handler:{name}' or 'http:{name}'."
        )
    return kind


def _kind_by_signature(parameters: list[inspect.Parameter]) -> AppKind | None:
    match parameters:
        case [only] if only.name == "scope":  # ASGI 2
            return AppKind.asgi
        case [only] if only.name == "request":
            return AppKind.http
        case [_]:
            return AppKind.handler
        case [first, second] if takes_event(first) or takes_context(first) or takes_context(second):
            return AppKind.handler
        case [_, _]:
            return AppKind.wsgi
        case [_, _, _]:
            return AppKind.asgi
    return None


def required_parameters(app: object) -> int | None:
    """How many positional arguments ``app`` must be given; None where it takes any number, or doesn't tell."""
    parameters = _positional(app)
    return None if parameters is None else len(parameters)


def require_app(app: object, arguments: int, expected: str) -> None:
    """Raises ConfigurationError where ``app`` can't be called with so many arguments."""
    try:
        inspect_signature(cast("Callable[..., object]", app)).bind(*range(arguments))
    except ValueError:
        pass  # it doesn't tell
    except TypeError as error:
        hint = " An import string is for the command line: `lambda-http-adapter run`." if isinstance(app, str) else ""
        if required_parameters(app) == 2:
            hint = " It looks like a WSGI app: run_wsgi() and wsgi_handler() serve those."
        elif required_parameters(app) == 3:
            hint = " It looks like an ASGI app: run_asgi() and asgi_handler() serve those."
        raise ConfigurationError(f"Expected {expected}, got {app!r}.{hint}") from error


def _positional(app: object) -> list[inspect.Parameter] | None:
    try:
        parameters = inspect_signature(cast("Callable[..., object]", app)).parameters.values()
    except (ValueError, TypeError):
        return None
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return None
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [
        parameter for parameter in parameters if parameter.kind in positional and parameter.default is parameter.empty
    ]


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
