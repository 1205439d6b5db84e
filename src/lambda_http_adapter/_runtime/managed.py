"""Apps as plain handlers, for AWS's managed Python runtime and whatever wraps its handlers.

https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
"""

from __future__ import annotations

import os
from contextvars import copy_context
from typing import TYPE_CHECKING, cast

from .._delivery import End, Failure
from .._values.config import load_config
from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Unpack

    from .._apps.kind import WebKind
    from .._delivery import Encoder, Part
    from .._delivery.encoders import BufferedEncoder
    from .._types import ASGIApp, AsyncFunction, HTTPHandler, Options, SyncFunction, WSGIApp
    from .._values.config import Config
    from .._values.context import LambdaContext
    from .hooks import AsyncHooks, SyncHooks

    Handler = Callable[[object, object], object]


def asgi_handler(app: ASGIApp | WSGIApp, **options: Unpack[Options]) -> Handler:
    """An ASGI app as ``handler(event, context)``. A WSGI app is recognised by its signature and called as
    ``wsgi_handler`` calls it.

    The app's lifespan starts once, on Lambda now, which is the init phase, elsewhere at the first call, and ends with
    the process, before ``on_shutdown``. All calls share one event loop; calls from several threads wait for each other.
    The response is buffered.

    Raises ConfigurationError for a wrong option and for anything but an app. The handler raises it where its thread has
    a running event loop already.
    """
    return _web_handler(app, "asgi", options)


def _web_handler(app: ASGIApp | WSGIApp, asked: WebKind, options: Options) -> Handler:
    """By what the app is, not by the function that it was given to."""
    from .._apps.exchange import web_kind

    if web_kind(app, asked) == "asgi":
        return _asgi_handler(cast("ASGIApp", app), options)
    return _wsgi_handler(cast("WSGIApp", app), options)


def _asgi_handler(app: ASGIApp, options: Options) -> Handler:
    from .._apps.asgi import asgi_function

    config = _buffered_config(options)
    served = _ServedInLoop(asgi_function(app, config), _async_hooks(config))
    if "AWS_LAMBDA_RUNTIME_API" in os.environ:
        served.start()

    def handler(event: object, context: object) -> object:
        return served.call(event, context)

    return handler


class _ServedInLoop:
    """An async function in an event loop of its own, which all its calls share."""

    def __init__(self, function: AsyncFunction, hooks: AsyncHooks | None) -> None:
        import asyncio
        from threading import Lock

        self._function = function
        self._hooks = hooks
        self._runner = asyncio.Runner()
        self._lock = Lock()
        self._started = False

    def start(self) -> None:
        """Run the app's startup, once, and its shutdown when the process ends. Raises LifespanError."""
        import atexit

        _refuse_running_loop()
        if not self._started:
            self._runner.run(self._function.startup())
            atexit.register(self._stop)
            self._started = True

    def call(self, event: object, context: object) -> object:
        _refuse_running_loop()
        with self._lock:
            if not self._started:
                self.start()
            # Not runner.run(): for every call that would exchange the handler of SIGINT twice.
            loop = self._runner.get_loop()
            # Each call is a task: what it puts into a ContextVar ends with it.
            return loop.run_until_complete(self._serve(event, cast("LambdaContext", context)))

    async def _serve(self, event: object, context: LambdaContext) -> object:
        reply = AsyncKeptReply()
        if self._hooks is None:
            await self._function(event, context, reply)
            return reply.result()
        await self._hooks.start(context)
        try:
            await self._function(event, context, reply)
            return reply.result()
        finally:
            await self._hooks.end(context)

    def _stop(self) -> None:
        try:
            self._runner.run(self._function.shutdown())
            if self._hooks is not None:
                self._runner.run(self._hooks.shutdown())
        finally:
            try:
                self._runner.close()
            except RuntimeError:
                pass  # from Python 3.12 on it starts a thread to wait for the loop's own, for which it is too late here


def _buffered_config(options: Options) -> Config:
    config = load_config(options, os.environ)
    if config.invoke_mode != "buffered":
        raise ConfigurationError(
            "A handler of AWS's Python runtime can't stream: that runtime sends the whole answer at once. To stream, "
            "run the app with run_asgi() or run_wsgi() as a container's entry point, or keep the managed runtime and "
            "put its loop aside: `python -m lambda_http_adapter wrapper` writes the AWS_LAMBDA_EXEC_WRAPPER for that."
        )
    return config


def _refuse_running_loop() -> None:
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise ConfigurationError(
        "This handler runs an event loop of its own, and there is one running in this thread already. Call it from "
        "synchronous code, or from a coroutine with `await asyncio.to_thread(handler, event, context)`."
    )


def wsgi_handler(app: WSGIApp | ASGIApp, **options: Unpack[Options]) -> Handler:
    """A WSGI app as ``handler(event, context)``. An ASGI app is recognised by its signature and called as
    ``asgi_handler`` calls it.

    Calls from several threads are independent. ``on_shutdown`` is called when the process ends. The response is
    buffered.
    Raises ConfigurationError for a wrong option and for anything but an app.
    """
    return _web_handler(app, "wsgi", options)


def _wsgi_handler(app: WSGIApp, options: Options) -> Handler:
    from .._apps.wsgi import wsgi_function

    config = _buffered_config(options)
    served = _ServedInCaller(wsgi_function(app, config), _sync_hooks(config))

    def handler(event: object, context: object) -> object:
        # In a context of its own: what the app puts in a ContextVar must not be there for the next client.
        return copy_context().run(served.call, event, cast("LambdaContext", context))

    return handler


class _ServedInCaller:
    """A sync function in the thread of its caller."""

    def __init__(self, function: SyncFunction, hooks: SyncHooks | None) -> None:
        self._function = function
        self._hooks = hooks
        if hooks is not None:
            import atexit

            atexit.register(hooks.shutdown)

    def call(self, event: object, context: LambdaContext) -> object:
        reply = KeptReply()
        if self._hooks is None:
            self._function(event, context, reply)
            return reply.result()
        self._hooks.start(context)
        try:
            self._function(event, context, reply)
            return reply.result()
        finally:
            self._hooks.end(context)


def _async_hooks(config: Config) -> AsyncHooks | None:
    if not config.has_hooks():
        return None
    from .hooks import AsyncHooks

    return AsyncHooks(config, alone=True)


def _sync_hooks(config: Config) -> SyncHooks | None:
    """Raises ConfigurationError for an async hook."""
    if not config.has_hooks():
        return None
    from .hooks import SyncHooks

    return SyncHooks(config, alone=True)


class _Kept:
    """Keeps a response instead of writing it."""

    begun = closed = gone = False

    def encode_with(self, encoder: Encoder) -> None:
        self._encoder = cast("BufferedEncoder", encoder)

    def keep(self, parts: tuple[Part, ...]) -> None:
        for part in parts:
            if isinstance(part, Failure):
                raise part.error
            if isinstance(part, End):
                self.closed = True
            else:
                self._encoder.encode(part)

    def result(self) -> object:
        """What the handler returns; raises AppError where that must be a failed invocation."""
        return self._encoder.result()


class KeptReply(_Kept):
    """The reply of a sync app."""

    def send(self, *parts: Part) -> None:
        self.keep(parts)


class AsyncKeptReply(_Kept):
    """The reply of an async app."""

    def on_gone(self, callback: Callable[[], None]) -> None:
        pass  # a handler's caller waits

    async def send(self, *parts: Part) -> None:
        self.keep(parts)


def http_handler(handler: HTTPHandler, **options: Unpack[Options]) -> Handler:
    """A function of a ``werkzeug.Request``, its body or both as ``handler(event, context)``: what ``run_http`` serves,
    buffered.

    An async one is called like an app of ``asgi_handler``, a sync one like an app of ``wsgi_handler``. Raises
    ConfigurationError for a wrong option, and for what can't be called with a request.
    """
    from .._apps.http import asgi_app, prepare, wsgi_app
    from .._apps.signature import is_async

    prepared = prepare(handler)
    if is_async(handler):
        options["lifespan"] = "off"
        return _asgi_handler(asgi_app(prepared), options)
    return _wsgi_handler(wsgi_app(prepared), options)
