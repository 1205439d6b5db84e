"""The kind of an app, by its signature."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import StrEnum
from typing import Literal, TypeAlias, cast

from ..errors import ConfigurationError
from .signature import inspect_signature, is_async, is_context, is_event

WebKind: TypeAlias = Literal["asgi", "wsgi"]


class AppKind(StrEnum):
    """What an app is called with. In an import string, the prefix that says so."""

    asgi = "asgi"
    wsgi = "wsgi"
    http = "http"
    """A function of a werkzeug Request, its body or both."""
    handler = "handler"
    """A function of an event and a context."""


class HandlerNotFoundError(ConfigurationError):
    """An import string doesn't lead to an app or a handler."""

    error_type = "Runtime.HandlerNotFound"


def app_kind(app: object, name: str) -> AppKind:
    """What ``app`` is called with, by its signature. ``name`` is for the message.

    Raises HandlerNotFoundError if the signature is none of those of ``AppKind``.
    """
    kind = called_kind(app)
    if kind is None:
        raise HandlerNotFoundError(
            f"{name!r} is {with_article(app)}, and its signature is none of these: ASGI's (scope, receive, send), "
            "WSGI's (environ, start_response), a handler's (event, context), a request handler's (request). If it is "
            f"one of them anyway, say which: 'asgi:{name}', 'wsgi:{name}', 'handler:{name}' or 'http:{name}'."
        )
    return kind


def web_kind_by_signature(app: object, asked: WebKind) -> WebKind:
    """``exchange.web_kind`` for an app that takes more than a look."""
    if callable(app) and required_positional(app) is None:  # *args, or code in C
        return "asgi" if is_async(app) else asked
    kind = called_kind(app)
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
    if not inspect.isroutine(app) or is_async(app) or required_positional(app) != []:
        return False
    parameters = inspect_signature(app).parameters.values()
    return not any(
        is_event(parameter)
        or is_context(parameter)
        or (parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty)
        for parameter in parameters
    )


def called_kind(app: object) -> AppKind | None:
    """What ``app`` is called with, by its signature; None if that is none of those of ``AppKind``."""
    if not callable(app):
        return AppKind.handler if callable(getattr(app, "invoke", None)) else None
    kind = _kind_by_parameters(required_positional(app) or [])
    # A coroutine can't return WSGI's iterable: it is a handler, whatever the names of its arguments.
    if kind is AppKind.wsgi and is_async(app):
        return AppKind.handler
    return kind


def _kind_by_parameters(parameters: list[inspect.Parameter]) -> AppKind | None:
    match parameters:
        case [only] if only.name == "scope":  # ASGI 2
            return AppKind.asgi
        case [only] if only.name == "request":
            return AppKind.http
        case [_]:
            return AppKind.handler
        case [first, second] if is_event(first) or is_context(first) or is_context(second):
            return AppKind.handler
        case [first, second] if "request" in (first.name, second.name):
            return AppKind.http
        case [_, _]:
            return AppKind.wsgi
        case [_, _, _]:
            return AppKind.asgi
    return None


def required_parameters(app: object) -> int | None:
    """The number of positional arguments that ``app`` requires; None if it has ``*args`` or no signature."""
    parameters = required_positional(app)
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


def required_positional(app: object) -> list[inspect.Parameter] | None:
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


def with_article(value: object) -> str:
    """The name of the value's type, such as "an int"."""
    name = type(value).__name__
    article = "an" if name[0].lower() in "aeiou" else "a"
    return f"{article} {name}"
