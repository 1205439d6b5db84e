"""One event through a WSGI app, and the answer as the app's side of the Runtime API sees it."""

from collections.abc import Callable
from wsgiref.validate import validator

import pytest
from werkzeug.middleware.lint import LintMiddleware

from lambda_http_adapter._apps.wsgi import WSGIFunction
from lambda_http_adapter._types import Encoder, SyncResponder, WSGIApp
from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.request import Headers
from tests.support.asgi_recorder import CONTEXT, EVENT, Call

# The standard library's and werkzeug's opinion of who breaks PEP 3333: an assertion, and a warning, which is an error.
Guard = Callable[[WSGIApp], WSGIApp]
guarded = pytest.mark.parametrize("guard", [validator, LintMiddleware])


class SyncCollector:
    """Writes down what becomes of an answer. A delivery that ``streams`` has begun with the first call."""

    gone = False

    def __init__(self, streams: bool = False) -> None:
        self.calls: list[Call] = []
        self._streams = streams

    @property
    def begun(self) -> bool:
        return self._streams and bool(self.calls)

    def start(self, status: int, headers: Headers) -> None:
        self.calls.append(("start", status, headers))

    def body(self, data: bytes) -> None:
        self.calls.append(("body", data))

    def end(self) -> None:
        self.calls.append(("end",))

    def fail(self, error: Exception) -> None:
        self.calls.append(("fail", type(error).__name__))


def run(app: WSGIApp, collector: SyncCollector, payload: object = EVENT) -> None:
    def respond(_: Encoder) -> SyncResponder:
        return collector

    WSGIFunction(app, Config())(payload, CONTEXT, respond)


def serve(app: WSGIApp, payload: object = EVENT, streams: bool = False) -> list[Call]:
    """The answer to one event."""
    collector = SyncCollector(streams)
    run(app, collector, payload)
    return collector.calls
