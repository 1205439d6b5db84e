"""One event through an ASGI app, and the answer as the app's side of the Runtime API sees it."""

import asyncio
from collections.abc import Callable

from lambda_http_adapter._apps.asgi import ASGIFunction
from lambda_http_adapter._types import ASGIApp, Encoder, Responder
from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.context import LambdaContext
from lambda_http_adapter._values.request import Headers
from tests.support.paths import EVENTS

EVENT = (EVENTS / "function_url/live.json").read_bytes()
CONTEXT = LambdaContext("8476a536-e9f4-11e8-9739-2dfe598c3fcd", 1_783_711_206_671, "arn:aws:lambda:…:greeter")

Call = tuple[object, ...]


class Collector:
    """Writes down what becomes of an answer. A delivery that ``streams`` has begun with the first call."""

    gone = False

    def __init__(self, streams: bool = False) -> None:
        self.calls: list[Call] = []
        self._streams = streams

    @property
    def begun(self) -> bool:
        return self._streams and bool(self.calls)

    def on_gone(self, callback: Callable[[], None]) -> None:
        pass

    async def start(self, status: int, headers: Headers) -> None:
        self.calls.append(("start", status, headers))

    async def body(self, data: bytes) -> None:
        self.calls.append(("body", data))

    async def end(self) -> None:
        self.calls.append(("end",))

    async def fail(self, error: Exception) -> None:
        self.calls.append(("fail", type(error).__name__))


def serve(app: ASGIApp, payload: object = EVENT, streams: bool = False) -> list[Call]:
    """The answer to one event."""
    collector = Collector(streams)
    run(ASGIFunction(app, Config(lifespan="off")), payload, collector)
    return collector.calls


def run(function: ASGIFunction, payload: object, collector: Collector) -> None:
    def respond(_: Encoder) -> Responder:
        return collector

    async def invoke() -> None:
        await function(payload, CONTEXT, respond)

    asyncio.run(invoke())


OK: Call = ("start", 200, [(b"content-type", b"text/plain")])
END: Call = ("end",)
ERROR: list[Call] = [
    ("start", 500, [(b"content-type", b"text/plain; charset=utf-8")]),
    ("body", b"Internal Server Error"),
    END,
]
PARTED: list[Call] = [OK, ("body", b"part")]
WHOLE: list[Call] = [OK, ("body", b"rest"), END]
