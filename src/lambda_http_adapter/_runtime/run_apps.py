"""From an app and its options to the loop that serves it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .._values.config import load_config

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from .._types import ASGIApp, Options, WSGIApp
    from .._values.config import Config
    from .environment import Environment
    from .hooks import Hooks

__all__ = ["run_asgi", "run_wsgi"]


def run_asgi(app: ASGIApp, **options: Unpack[Options]) -> None:
    """Serve an ASGI app: FastAPI, Starlette, Litestar, Quart, Django, or any other.

    On Lambda this is the function's runtime: it runs the app's lifespan startup, then answers invocations until the
    environment ends, and exits with 1 where the app can't start or the Runtime API is gone. On Managed Instances it
    answers as many at once as the environment allows, each in a task of its own. Elsewhere it serves the app with
    uvicorn on ``HOST`` (127.0.0.1) and ``PORT`` (8000).

    ``options`` are described in ``Config``. Raises ConfigurationError for a wrong option, and outside Lambda without
    uvicorn. Follows https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html.
    """
    from .start import begin, fail_init

    environment = begin(os.environ)
    if environment is None:
        from .local import serve_asgi

        serve_asgi(app, load_config(options, os.environ))
        return
    from .._apps.asgi import ASGIFunction
    from .async_loop import run

    try:
        config = configure(environment, options)
        function = ASGIFunction(app, config)
    except Exception as error:
        fail_init(environment.authority, error)
    run(environment, function, hooks_of(config), config.graceful_shutdown)


def run_wsgi(app: WSGIApp, **options: Unpack[Options]) -> None:
    """Serve a WSGI app: Flask, Django, Bottle, Falcon, Pyramid, or any other.

    On Lambda this is the function's runtime, without an event loop: it answers invocations until the environment ends,
    and exits with 1 where the Runtime API is gone. On Managed Instances it answers as many at once as the environment
    allows, each in a thread of its own. Elsewhere it serves the app with werkzeug's development server on ``HOST``
    (127.0.0.1) and ``PORT`` (8000).

    ``options`` are described in ``Config``. Raises ConfigurationError for a wrong option. Follows
    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html.
    """
    from .start import begin, fail_init

    environment = begin(os.environ)
    if environment is None:
        from .local import serve_wsgi

        load_config(options, os.environ)
        serve_wsgi(app)
        return
    from .._apps.wsgi import WSGIFunction
    from .sync_loop import run

    try:
        config = configure(environment, options)
        function = WSGIFunction(app, config, environment.concurrent)
        hooks = hooks_of(config).require_sync()
    except Exception as error:
        fail_init(environment.authority, error)
    run(environment, function, hooks, config.graceful_shutdown)


def configure(environment: Environment, options: Mapping[str, object]) -> Config:
    """The configuration on Lambda; raises ConfigurationError."""
    config = load_config(options, os.environ)
    if environment.managed and config.deadline_margin_ms is None:
        # A time-out ends no process here: the work would go on, and its poller be lost for as long.
        config = config.but(deadline_margin_ms=0)
    return config


def hooks_of(config: Config) -> Hooks:
    from .hooks import Hooks

    return Hooks(config.on_invocation_start, config.on_invocation_end, config.on_shutdown)
