"""From an app and its options to what runs it in this process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeAlias, assert_never, cast

from ..._apps.asgi import asgi_function
from ..._apps.handler import AsyncHandlerFunction, HandlerFunction, prepare
from ..._apps.importer import load_app
from ..._apps.kind import AppKind, HandlerNotFoundError, app_kind, required_positional
from ..._apps.signature import is_async
from ..._apps.wsgi import wsgi_function
from ..._values.config import Config, load_config
from ...errors import ConfigurationError
from .aio import AsyncRunner, AwaitedRunner, LoopRunner, TaskRunner
from .sync import Runner, ThreadRunner

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..._types import ASGIApp, HTTPHandler, PlainHandler, WSGIApp

    App: TypeAlias = ASGIApp | WSGIApp | HTTPHandler | PlainHandler | str


def sync_runner(app: App, options: Mapping[str, object], kind: str | None = None) -> Runner:
    """For a caller without an event loop. ``kind`` is a name in ``AppKind``, None to recognise it.

    Raises ConfigurationError.
    """
    runner = _runner(app, load_config(options, os.environ), kind)
    return LoopRunner(runner) if isinstance(runner, TaskRunner) else runner


def async_runner(app: App, options: Mapping[str, object], kind: str | None = None) -> AsyncRunner:
    """For a caller with an event loop. Raises ConfigurationError."""
    runner = _runner(app, load_config(options, os.environ), kind)
    return AwaitedRunner(runner) if isinstance(runner, ThreadRunner) else runner


def _target(app: App, kind: str | None) -> tuple[object, AppKind]:
    """The app itself, and what it is called with."""
    if kind is not None and kind not in AppKind.__members__:
        raise ConfigurationError(f"The kind is {kind!r}; expected one of {', '.join(map(repr, AppKind.__members__))}.")
    if isinstance(app, str):
        return load_app(app if kind is None else f"{kind}:{app}")
    if kind is not None:
        return app, AppKind(kind)
    try:
        return app, app_kind(app, type(app).__name__)
    except HandlerNotFoundError as error:
        if callable(app) and required_positional(app) is None:
            # *args, as middleware has it: a server takes such an app for what it serves.
            return app, AppKind.asgi if is_async(app) else AppKind.wsgi
        raise ConfigurationError(
            f"The signature of {app!r} doesn't show what it is called with. Give kind='asgi' for (scope, receive, "
            "send), 'wsgi' for (environ, start_response), 'handler' for (event, context) or 'http' for (request)."
        ) from error


def _runner(app: App, config: Config, kind: str | None) -> ThreadRunner | TaskRunner:
    streams = config.invoke_mode == "response_stream"
    target, found = _target(app, kind)
    match found:
        case AppKind.asgi:
            return TaskRunner(asgi_function(cast("ASGIApp", target), config), streams)
        case AppKind.wsgi:
            return ThreadRunner(wsgi_function(cast("WSGIApp", target), config, streams), streams)
        case AppKind.http:
            from ..._apps.http import asgi_app, wsgi_app
            from ..._apps.http import prepare as prepare_http

            handler = cast("HTTPHandler", target)
            function = prepare_http(handler)
            if is_async(handler):
                return TaskRunner(asgi_function(asgi_app(function), config.but(lifespan="off")), streams)
            return ThreadRunner(wsgi_function(wsgi_app(function), config, streams), streams)
        case AppKind.handler:
            prepared = prepare(cast("PlainHandler", target))
            if prepared.is_async:
                return TaskRunner(AsyncHandlerFunction(prepared, config), streams)
            return ThreadRunner(HandlerFunction(prepared, config), streams)
        case _:
            assert_never(found)
