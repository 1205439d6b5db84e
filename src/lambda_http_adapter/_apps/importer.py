"""Import strings, such as ``main:app`` or ``main.app``, and the kind of app that each leads to."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from ..errors import ConfigurationError
from .signature import inspect_signature, is_async, is_context, is_event

if TYPE_CHECKING:
    from .exchange import WebKind


class AppKind(StrEnum):
    """What an app is called with. In an import string, the prefix that says so."""

    asgi = "asgi"
    wsgi = "wsgi"
    http = "http"
    """A function of a werkzeug Request."""
    handler = "handler"
    """A function of an event and a context."""


class HandlerNotFoundError(ConfigurationError):
    """An import string doesn't lead to an app or a handler."""

    error_type = "Runtime.HandlerNotFound"


def entry_point(environ: Mapping[str, str]) -> str:
    """The import string in Lambda's environment variables. Raises ConfigurationError if there is none."""
    for variable in ("AWS_LAMBDA_PYTHON_ENTRYPOINT", "_HANDLER"):
        if environ.get(variable):
            return environ[variable]
    raise ConfigurationError(
        "Nothing to run: give an import string such as main:app, or set AWS_LAMBDA_PYTHON_ENTRYPOINT or _HANDLER."
    )


def load_app(string: str) -> tuple[object, AppKind]:
    """The app or handler that ``string`` names, and what it is called with.

    Raises HandlerNotFoundError, and whatever the app's module raises when it is imported.
    """
    kind, name = _split_kind(string)
    app = _resolve(name)
    if not callable(app) and not callable(getattr(app, "invoke", None)):
        raise HandlerNotFoundError(f"{string!r} is {with_article(app)}, not an app or a handler.")
    return app, kind or app_kind(app, string)


def _split_kind(string: str) -> tuple[AppKind | None, str]:
    """The prefix of ``asgi:main:app``, and the rest. ``asgi:app`` has none: ``asgi`` is a module there."""
    prefix, _, rest = string.partition(":")
    if prefix in AppKind.__members__ and (":" in rest or "." in rest):
        return AppKind(prefix), rest
    return None, string


def app_kind(app: object, name: str) -> AppKind:
    """What ``app`` is called with, by its signature. ``name`` is for the message.

    Raises HandlerNotFoundError if the signature is none of those of ``AppKind``.
    """
    kind = _called_kind(app, _positional(app) or [])
    if kind is None:
        raise HandlerNotFoundError(
            f"{name!r} is {with_article(app)}, and its signature is none of these: ASGI's (scope, receive, send), "
            "WSGI's (environ, start_response), a handler's (event, context), a request handler's (request). If it is "
            f"one of them all the same, say which: 'asgi:{name}', 'wsgi:{name}', 'handler:{name}' or 'http:{name}'."
        )
    return kind


def web_kind_by_signature(app: object, asked: WebKind) -> WebKind:
    """``exchange.web_kind`` for an app that takes more than a look."""
    parameters = _positional(app)
    if callable(app) and parameters is None:  # *args, or code in C
        return "asgi" if is_async(app) else asked
    kind = _called_kind(app, parameters or [])
    if kind is AppKind.asgi:
        return "asgi"
    if kind is AppKind.wsgi:
        return "wsgi"
    raise ConfigurationError(
        "Expected an ASGI app, which is called with (scope, receive, send), or a WSGI app, which is called with "
        f"(environ, start_response); got {app!r}.{_hint_at(app, kind)}"
    )


def _hint_at(app: object, kind: AppKind | None) -> str:
    if isinstance(app, str):
        return _hint(app)
    if inspect.isclass(app):
        return " It is a class: an app is an instance of it."
    if kind is AppKind.http:
        return " It looks like a handler of requests: run_http() and http_handler() serve those."
    if kind is AppKind.handler:
        return " It looks like a handler of events: run() serves those."
    if is_factory(app):
        return " It looks like a factory: an app is what it returns."
    return ""


def is_factory(app: object) -> bool:
    """Whether ``app`` is a function that may make the app: it requires no argument, and none of its arguments is the
    event or the context."""
    if not inspect.isroutine(app) or is_async(app) or _positional(app) != []:
        return False
    parameters = inspect_signature(app).parameters.values()
    return not any(
        is_event(parameter)
        or is_context(parameter)
        or (parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty)
        for parameter in parameters
    )


def _called_kind(app: object, parameters: list[inspect.Parameter]) -> AppKind | None:
    """What an app with these parameters is called with; None if they are none of those of ``AppKind``."""
    if not callable(app):
        return AppKind.handler if callable(getattr(app, "invoke", None)) else None
    kind = _kind_by_signature(parameters)
    # A coroutine can't return WSGI's iterable: it is a handler, whatever the names of its arguments.
    if kind is AppKind.wsgi and is_async(app):
        return AppKind.handler
    return kind


def _kind_by_signature(parameters: list[inspect.Parameter]) -> AppKind | None:
    match parameters:
        case [only] if only.name == "scope":  # ASGI 2
            return AppKind.asgi
        case [only] if only.name == "request":
            return AppKind.http
        case [_]:
            return AppKind.handler
        case [first, second] if is_event(first) or is_context(first) or is_context(second):
            return AppKind.handler
        case [_, _]:
            return AppKind.wsgi
        case [_, _, _]:
            return AppKind.asgi
    return None


def required_parameters(app: object) -> int | None:
    """The number of positional arguments that ``app`` requires; None if it has ``*args`` or no signature."""
    parameters = _positional(app)
    return None if parameters is None else len(parameters)


def require_app(app: object, arguments: int, expected: str) -> None:
    """Raises ConfigurationError if ``app`` can't be called with so many arguments. ``expected`` is for the message."""
    try:
        inspect_signature(cast("Callable[..., object]", app)).bind(*range(arguments))
    except ValueError:
        pass  # it has no signature, so it may be an app
    except TypeError as error:
        raise ConfigurationError(f"Expected {expected}, got {app!r}.{_hint(app)}") from error


def _hint(app: object) -> str:
    if isinstance(app, str):
        return " An import string is for the command line: `lambda-http-adapter run`."
    match required_parameters(app):
        case 2:
            return " It looks like a WSGI app: run_wsgi() and wsgi_handler() serve those."
        case 3:
            return " It looks like an ASGI app: run_asgi() and asgi_handler() serve those."
    return ""


def _positional(app: object) -> list[inspect.Parameter] | None:
    """The positional parameters without a default; None if ``app`` has ``*args`` or no signature."""
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
    module_name, path = _split(string)
    if not module_name or not path or module_name.startswith("."):
        raise HandlerNotFoundError(f"{string!r} is not an import string; expected module:attribute, such as main:app.")
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.insert(0, os.getcwd())
    target: object = _import(module_name)
    owner = module_name
    for attribute in path.split("."):
        if not hasattr(target, attribute):
            raise HandlerNotFoundError(f"{owner!r} has no attribute {attribute!r}.{_suggestion(target)}")
        target = getattr(target, attribute)
        owner = f"{owner}.{attribute}"
    return target


def _split(string: str) -> tuple[str, str]:
    """The module and the attribute of ``main:app`` or ``main.app``."""
    if ":" in string:
        module_name, _, path = string.partition(":")
    else:
        module_name, _, path = string.rpartition(".")
    return module_name, path


def _import(name: str) -> object:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # Missing is either this module, or a package above it, or a module that it imports: that is the app's error.
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        raise HandlerNotFoundError(f"There is no module {error.name!r} in {os.getcwd()} or on sys.path.") from None


def _suggestion(module: object) -> str:
    """The public attributes that may be apps, as a sentence; "" if there are none."""
    public = [(name, value) for name, value in getattr(module, "__dict__", {}).items() if not name.startswith("_")]
    apps = [repr(name) for name, value in public if callable(value) and _looks_like_an_app(value)]
    return f" There is {' and '.join(apps)}." if apps else ""


def _looks_like_an_app(value: object) -> bool:
    """Whether an object is called as WSGI or ASGI apps are. Classes and functions don't count: most aren't apps."""
    return not inspect.isclass(value) and not inspect.isroutine(value) and required_parameters(value) in (2, 3)


def with_article(value: object) -> str:
    """The name of the value's type, such as "an int"."""
    name = type(value).__name__
    article = "an" if name[0].lower() in "aeiou" else "a"
    return f"{article} {name}"
