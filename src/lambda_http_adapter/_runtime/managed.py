"""Apps as plain handlers, for AWS's managed Python runtime and whatever wraps its handlers.

https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

from .._values.config import load_config
from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Unpack

    from .._delivery.encoders import BufferedEncoder
    from .._types import ASGIApp, Encoder, HTTPHandler, Options, WSGIApp
    from .._values.config import Config
    from .._values.context import LambdaContext
    from .._values.request import Headers

    Handler = Callable[[object, object], object]


def asgi_handler(app: ASGIApp, **options: Unpack[Options]) -> Handler:
    """An ASGI app as ``handler(event, context)``.

    The app's lifespan starts once, on Lambda now, which is the init phase, elsewhere at the first call, and ends with
    the process. All calls share one event loop; calls from several threads wait for each other. Raises
    ConfigurationError for a wrong option, and the handler does where its thread has a running event loop already. The
    answer is buffered.
    """
    import asyncio
    import atexit
    from threading import Lock

    from .._apps.asgi import ASGIFunction

    function = ASGIFunction(app, _buffered_config(options))
    runner = asyncio.Runner()
    lock = Lock()
    started = False

    def start() -> None:
        nonlocal started
        if not started:
            runner.run(function.startup())
            atexit.register(stop)
            started = True

    def stop() -> None:
        try:
            runner.run(function.shutdown())
        finally:
            try:
                runner.close()
            except RuntimeError:
                pass  # from Python 3.12 on it starts a thread to wait for the loop's own, for which it is too late here

    def handler(event: object, context: object) -> object:
        _refuse_running_loop()
        answer = AsyncAnswer()
        with lock:
            start()
            # Not runner.run(): for every call that would exchange the handler of SIGINT twice.
            runner.get_loop().run_until_complete(function(event, cast("LambdaContext", context), answer.encode_with))
        return answer.result()

    if "AWS_LAMBDA_RUNTIME_API" in os.environ:
        _refuse_running_loop()
        start()
    return handler


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


def wsgi_handler(app: WSGIApp, **options: Unpack[Options]) -> Handler:
    """A WSGI app as ``handler(event, context)``.

    Calls from several threads are independent. Raises ConfigurationError for a wrong option. The answer is buffered.
    """
    from .._apps.wsgi import WSGIFunction

    function = WSGIFunction(app, _buffered_config(options))

    def handler(event: object, context: object) -> object:
        answer = Answer()
        function(event, cast("LambdaContext", context), answer.encode_with)
        return answer.result()

    return handler


class Answer:
    """Keeps an answer instead of writing it."""

    begun = gone = False

    def encode_with(self, encoder: Encoder) -> Answer:
        self._encoder = cast("BufferedEncoder", encoder)
        return self

    def start(self, status: int, headers: Headers) -> None:
        self._encoder.start(status, headers)

    def body(self, data: bytes) -> None:
        self._encoder.body(data)

    def end(self) -> None:
        pass

    def fail(self, error: Exception) -> None:
        raise error

    def result(self) -> object:
        """What the handler returns; raises AppError where that must be a failed invocation."""
        return self._encoder.result()


class AsyncAnswer:
    """The same for async colours."""

    begun = gone = False

    def __init__(self) -> None:
        self._answer = Answer()

    def encode_with(self, encoder: Encoder) -> AsyncAnswer:
        self._answer.encode_with(encoder)
        return self

    def on_gone(self, callback: Callable[[], None]) -> None:
        pass  # a handler's caller waits

    async def start(self, status: int, headers: Headers) -> None:
        self._answer.start(status, headers)

    async def body(self, data: bytes) -> None:
        self._answer.body(data)

    async def end(self) -> None:
        pass

    async def fail(self, error: Exception) -> None:
        raise error

    def result(self) -> object:
        return self._answer.result()


def http_handler(handler: HTTPHandler, **options: Unpack[Options]) -> Handler:
    """A function of a ``werkzeug.Request`` as ``handler(event, context)``: what ``run_http`` serves, buffered.

    An async one is called like an app of ``asgi_handler``, a sync one like an app of ``wsgi_handler``. Raises
    ConfigurationError for a wrong option, and for what can't be called with a request.
    """
    from .._apps.http import asgi_app, check, wsgi_app
    from .._apps.signature import is_async

    check(handler)
    if is_async(handler):
        options["lifespan"] = "off"
        return asgi_handler(asgi_app(handler), **options)
    return wsgi_handler(wsgi_app(handler), **options)
