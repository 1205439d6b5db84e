"""From a handler and its options to the loop that serves it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .._apps.signature import is_async
from ..errors import ConfigurationError
from .run_apps import configure, hooks_of, run_asgi, run_wsgi
from .start import begin, fail_init

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from .._apps.plan import Plan
    from .._types import HandlerOptions, HTTPHandler, Layer, Options, PlainHandler
    from .._values.config import Config
    from .environment import Environment
    from .hooks import Hooks


def run(handler: PlainHandler, *, layers: Sequence[Layer] = (), **options: Unpack[HandlerOptions]) -> None:
    """Serve a handler of any events: a function of the event, the context, both or neither, sync or async; or an object
    with ``invoke(payload, context)``.

    The event is decoded to what the handler's annotation asks for, and the result encoded as JSON; bytes are sent as
    they are, an iterator or file of bytes as a stream. A layer takes the next handler and returns one around it, each
    of them ``handler(event, context)``; the first is the outermost.

    On Lambda this is the function's runtime: it answers invocations until the environment ends. ``options`` are
    described in ``Config``. Raises ConfigurationError outside Lambda. Follows
    https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html.
    """
    environment = begin(os.environ)
    if environment is None:
        raise ConfigurationError(
            "Not on AWS Lambda (AWS_LAMBDA_RUNTIME_API is not set), and events come from nowhere else. In a test, call "
            "the handler itself; to run the whole function, put AWS's Runtime Interface Emulator before the command: "
            "`aws-lambda-rie python main.py`."
        )
    from .._apps.plan import plan_for

    try:
        config = configure(environment, options)
        plan = plan_for(handler, layers)
        hooks = hooks_of(config)
        hooks = hooks if plan.is_async else hooks.require_sync()
    except Exception as error:
        fail_init(environment.authority, error)
    (_run_async if plan.is_async else _run_sync)(environment, plan, config, hooks)


def _run_async(environment: Environment, plan: Plan, config: Config, hooks: Hooks) -> None:
    from .._apps.handler import AsyncPlainFunction
    from .async_loop import run

    run(environment, AsyncPlainFunction(plan, config), hooks, config.graceful_shutdown)


def _run_sync(environment: Environment, plan: Plan, config: Config, hooks: Hooks) -> None:
    from .._apps.handler import PlainFunction
    from .sync_loop import run

    run(environment, PlainFunction(plan, config), hooks, config.graceful_shutdown)


def run_http(handler: HTTPHandler, **options: Unpack[Options]) -> None:
    """Serve a function of a ``werkzeug.Request``, sync or async, whatever HTTP front door the request comes through.

    It may return a ``str``, ``bytes``, a ``dict`` or ``list`` for JSON, ``None`` for 204, an iterator to stream, a
    werkzeug ``Response``, any other WSGI app, and ``(body, status)`` or ``(body, status, headers)``. A werkzeug
    ``HTTPException`` that it raises is the response.

    On Lambda this is the function's runtime, as ``run_wsgi`` and ``run_asgi`` are. Elsewhere a sync handler is served
    with werkzeug's development server and an async one with uvicorn, on ``HOST`` (127.0.0.1) and ``PORT`` (8000).
    """
    environment = begin(os.environ)
    try:
        from .._apps.http import asgi_app, check, wsgi_app

        check(handler)
    except Exception as error:
        if environment is not None:
            fail_init(environment.authority, error)
        raise
    if is_async(handler):
        options["lifespan"] = "off"
        run_asgi(asgi_app(handler), **options)
    else:
        run_wsgi(wsgi_app(handler), **options)
