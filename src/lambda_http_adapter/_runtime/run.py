"""From an app or handler and its options to the loop that serves it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, cast

from .._values.config import load_config
from ..errors import ConfigurationError
from .start import begin, fail_init

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from .._apps.kind import WebKind
    from .._types import ASGIApp, HandlerOptions, HTTPHandler, Layer, Options, PlainHandler, WSGIApp
    from .._values.config import Config
    from .hooks import AsyncHooks, SyncHooks
    from .start import Environment


def run_asgi(app: ASGIApp | WSGIApp, **options: Unpack[Options]) -> None:
    """Serve an ASGI app: FastAPI, Starlette, Litestar, Quart, Django, or any other. A WSGI app is recognised by its
    signature and served as ``run_wsgi`` serves it.

    On Lambda this is the function's runtime: it runs the app's lifespan startup, then answers invocations until the
    environment ends, and exits with 1 where the app can't start or the Runtime API is gone. On Managed Instances it
    answers as many at once as the environment allows, each in a task of its own. Elsewhere it serves the app with
    uvicorn on ``HOST`` (127.0.0.1) and ``PORT`` (8000).

    ``options`` are described in ``Config``. Raises ConfigurationError for a wrong option, for what is no app, and
    outside Lambda without uvicorn. Follows https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html.
    """
    _run_web(app, "asgi", options)


def run_as_asgi(app: ASGIApp, environment: Environment | None, options: Options) -> None:
    """``run_asgi`` for what is known to be an ASGI app. ``environment`` is None outside Lambda."""
    if environment is None:
        from .local import serve_asgi

        serve_asgi(app, load_config(options, os.environ))
        return
    from .._apps.asgi import asgi_function
    from .async_loop import run as serve

    try:
        config = _configure(environment, options)
        function = asgi_function(app, config)
    except Exception as error:
        fail_init(environment.authority, error)
    serve(environment, function, _async_hooks(config, environment), config.graceful_shutdown)


def run_wsgi(app: WSGIApp | ASGIApp, **options: Unpack[Options]) -> None:
    """Serve a WSGI app: Flask, Django, Bottle, Falcon, Pyramid, or any other. An ASGI app is recognised by its
    signature and served as ``run_asgi`` serves it.

    On Lambda this is the function's runtime, without an event loop: it answers invocations until the environment ends,
    and exits with 1 where the Runtime API is gone. On Managed Instances it answers as many at once as the environment
    allows, each in a thread of its own. Elsewhere it serves the app with werkzeug's development server on ``HOST``
    (127.0.0.1) and ``PORT`` (8000).

    ``options`` are described in ``Config``. Raises ConfigurationError for a wrong option, and for what is no app.
    Follows https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html.
    """
    _run_web(app, "wsgi", options)


def run_as_wsgi(app: WSGIApp, environment: Environment | None, options: Options) -> None:
    """``run_wsgi`` for what is known to be a WSGI app. ``environment`` is None outside Lambda."""
    if environment is None:
        from .local import serve_wsgi

        serve_wsgi(app, load_config(options, os.environ))
        return
    from .._apps.wsgi import wsgi_function
    from .sync_loop import run as serve

    try:
        config = _configure(environment, options)
        function = wsgi_function(app, config, threads=not environment.alone)
        hooks = _sync_hooks(config, environment)
    except Exception as error:
        fail_init(environment.authority, error)
    serve(environment, function, hooks, config.graceful_shutdown)


def _run_web(app: ASGIApp | WSGIApp, asked: WebKind, options: Options) -> None:
    """By what the app is, not by the function that it was given to."""
    from .._apps.exchange import web_kind

    environment = begin(os.environ)
    try:
        kind = web_kind(app, asked)
    except Exception as error:
        if environment is not None:
            fail_init(environment.authority, error)
        raise
    if kind == "asgi":
        run_as_asgi(cast("ASGIApp", app), environment, options)
    else:
        run_as_wsgi(cast("WSGIApp", app), environment, options)


def run_http(handler: HTTPHandler, **options: Unpack[Options]) -> None:
    """Serve a function of a ``werkzeug.Request``, sync or async, whatever HTTP front door the request comes through.

    A parameter with another annotation is given the body, decoded from JSON to that type; ``bytes`` and ``str`` are the
    body as it is. A body that doesn't fit is answered with 422, and the path of the field that is wrong.

    It may return a ``str``, ``bytes``, a ``dict`` or ``list`` for JSON, ``None`` for 204, an iterator to stream, a
    werkzeug ``Response``, any other WSGI app, and ``(body, status)`` or ``(body, status, headers)``. A werkzeug
    ``HTTPException`` that it raises is the response.

    On Lambda this is the function's runtime, as ``run_wsgi`` and ``run_asgi`` are. Elsewhere a sync handler is served
    with werkzeug's development server and an async one with uvicorn, on ``HOST`` (127.0.0.1) and ``PORT`` (8000).
    """
    environment = begin(os.environ)
    try:
        from .._apps.http import asgi_app, prepare, wsgi_app
        from .._apps.signature import is_async

        prepared = prepare(handler)
    except Exception as error:
        if environment is not None:
            fail_init(environment.authority, error)
        raise
    if is_async(handler):
        options["lifespan"] = "off"
        run_as_asgi(asgi_app(prepared), environment, options)
    else:
        run_as_wsgi(wsgi_app(prepared), environment, options)


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
        raise ConfigurationError(_not_on_lambda(handler))
    from .._apps.handler import prepare

    try:
        config = _configure(environment, options)
        prepared = prepare(handler, layers)
        if not prepared.is_async:
            hooks = _sync_hooks(config, environment)
    except Exception as error:
        fail_init(environment.authority, error)
    if prepared.is_async:
        from .._apps.handler import AsyncHandlerFunction
        from .async_loop import run as serve_async

        serve_async(
            environment,
            AsyncHandlerFunction(prepared, config),
            _async_hooks(config, environment),
            config.graceful_shutdown,
        )
    else:
        from .._apps.handler import HandlerFunction
        from .sync_loop import run as serve_sync

        serve_sync(environment, HandlerFunction(prepared, config), hooks, config.graceful_shutdown)


def _not_on_lambda(handler: object) -> str:
    attribute = getattr(handler, "__qualname__", "")
    if "<" in attribute or not attribute:  # a lambda, a local function, an object
        attribute = "handler"
    name = f"handler:{_module_name(handler)}:{attribute}"
    return (
        "Not on AWS Lambda (AWS_LAMBDA_RUNTIME_API is not set), and events come from nowhere else. To run this "
        f"function here as Lambda would, behind HTTP, `lambda-http-adapter dev {name}`; to send it a recorded event, "
        f"`lambda-http-adapter replay event.json --app {name}`. In a test, call the handler itself."
    )


def _module_name(handler: object) -> str:
    """By which a command line can import the handler."""
    module = getattr(handler, "__module__", None) or "main"
    if module != "__main__":
        return str(module)
    name = os.path.basename(sys.argv[0])
    return name.removesuffix(".py") if name.endswith(".py") else "main"


def _configure(environment: Environment, options: Mapping[str, object]) -> Config:
    """The configuration on Lambda; raises ConfigurationError."""
    config = load_config(options, os.environ)
    if environment.managed and config.deadline_margin_ms is None:
        # A time-out ends no process here: the work would go on, and its poller be lost for as long.
        config = config.but(deadline_margin_ms=0)
    return config


def _sync_hooks(config: Config, environment: Environment) -> SyncHooks | None:
    """Raises ConfigurationError for an async hook."""
    if not config.has_hooks():
        return None
    from .hooks import SyncHooks

    return SyncHooks(config, environment.alone)


def _async_hooks(config: Config, environment: Environment) -> AsyncHooks | None:
    if not config.has_hooks():
        return None
    from .hooks import AsyncHooks

    return AsyncHooks(config, environment.alone)
