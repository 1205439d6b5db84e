"""From an app and its options to what runs it in this process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeAlias, assert_never, cast

from ..._apps.asgi import ASGIFunction
from ..._apps.handler import AsyncPlainFunction, PlainFunction
from ..._apps.importer import AppKind, app_kind, load_app
from ..._apps.plan import plan_for
from ..._apps.signature import is_async
from ..._apps.wsgi import WSGIFunction
from ..._values.config import Config, load_config
from .aio import AsyncHost, AwaitedHost, LoopHost, TaskHost
from .sync import Host, ThreadHost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..._types import ASGIApp, HTTPHandler, PlainHandler, WSGIApp

    App: TypeAlias = ASGIApp | WSGIApp | HTTPHandler | PlainHandler | str


def sync_host(app: App, options: Mapping[str, object]) -> Host:
    """For a caller without an event loop. Raises ConfigurationError."""
    host = _host(app, load_config(options, os.environ))
    return LoopHost(host) if isinstance(host, TaskHost) else host


def async_host(app: App, options: Mapping[str, object]) -> AsyncHost:
    """For a caller with an event loop. Raises ConfigurationError."""
    host = _host(app, load_config(options, os.environ))
    return AwaitedHost(host) if isinstance(host, ThreadHost) else host


def _host(app: App, config: Config) -> ThreadHost | TaskHost:
    streams = config.invoke_mode == "response_stream"
    target, kind = load_app(app) if isinstance(app, str) else (app, app_kind(app, type(app).__name__))
    match kind:
        case AppKind.asgi:
            return TaskHost(ASGIFunction(cast("ASGIApp", target), config), streams)
        case AppKind.wsgi:
            return ThreadHost(WSGIFunction(cast("WSGIApp", target), config, streams), streams)
        case AppKind.http:
            from ..._apps.http import asgi_app, check, wsgi_app

            handler = cast("HTTPHandler", target)
            check(handler)
            if is_async(handler):
                return TaskHost(ASGIFunction(asgi_app(handler), config.but(lifespan="off")), streams)
            return ThreadHost(WSGIFunction(wsgi_app(handler), config, streams), streams)
        case AppKind.handler:
            plan = plan_for(cast("PlainHandler", target))
            if plan.is_async:
                return TaskHost(AsyncPlainFunction(plan, config), streams)
            return ThreadHost(PlainFunction(plan, config), streams)
        case _:
            assert_never(kind)
