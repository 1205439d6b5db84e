"""From an app and its options to what runs it in this process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeAlias, assert_never, cast

from ..._apps.asgi import asgi_function
from ..._apps.handler import AsyncHandlerFunction, HandlerFunction, prepare
from ..._apps.importer import load_app
from ..._apps.kind import AppKind, app_kind
from ..._apps.signature import is_async
from ..._apps.wsgi import wsgi_function
from ..._values.config import Config, load_config
from .aio import AsyncRunner, AwaitedRunner, LoopRunner, TaskRunner
from .sync import Runner, ThreadRunner

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..._types import ASGIApp, HTTPHandler, PlainHandler, WSGIApp

    App: TypeAlias = ASGIApp | WSGIApp | HTTPHandler | PlainHandler | str


def sync_runner(app: App, options: Mapping[str, object]) -> Runner:
    """For a caller without an event loop. Raises ConfigurationError."""
    runner = _runner(app, load_config(options, os.environ))
    return LoopRunner(runner) if isinstance(runner, TaskRunner) else runner


def async_runner(app: App, options: Mapping[str, object]) -> AsyncRunner:
    """For a caller with an event loop. Raises ConfigurationError."""
    runner = _runner(app, load_config(options, os.environ))
    return AwaitedRunner(runner) if isinstance(runner, ThreadRunner) else runner


def _runner(app: App, config: Config) -> ThreadRunner | TaskRunner:
    streams = config.invoke_mode == "response_stream"
    target, kind = load_app(app) if isinstance(app, str) else (app, app_kind(app, type(app).__name__))
    match kind:
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
            assert_never(kind)
