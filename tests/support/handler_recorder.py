"""One event through a handler, and the answer as the loop sees it, in both colours."""

import asyncio
from collections.abc import Callable
from typing import cast

import pytest

from lambda_http_adapter._apps.handler import AsyncPlainFunction, PlainFunction
from lambda_http_adapter._apps.plan import plan_for
from lambda_http_adapter._types import Encoder
from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.context import LambdaContext
from lambda_http_adapter._values.request import Headers
from tests.support.asgi_recorder import CONTEXT

Handler = Callable[..., object]
JSON, BYTES = "application/json", "application/octet-stream"


class Answer:
    """What becomes of an answer: its content type, then its parts, and the error that it ends with."""

    def __init__(self, gone_after: int | None = None) -> None:
        self.calls: list[object] = []
        self.gone = False
        self._gone_after = gone_after

    def respond(self, encoder: Encoder) -> "Answer":
        self._encoder = encoder
        self.calls.append(encoder.content_type)
        return self

    @property
    def begun(self) -> bool:
        return len(self.calls) > 1

    def start(self, status: int, headers: Headers) -> None:
        assert self._encoder.start(status, headers) == b""

    def body(self, data: bytes) -> None:
        if len(self.calls) == self._gone_after:
            self.gone = True
            raise BrokenPipeError
        self.calls.append(self._encoder.body(data))

    def end(self) -> None:
        self.calls.append(b"".join(self._encoder.end()))

    def fail(self, error: Exception) -> None:
        self.calls.append(error)


class AsyncAnswer:
    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def respond(self, encoder: Encoder) -> "AsyncAnswer":
        self._answer.respond(encoder)
        return self

    @property
    def begun(self) -> bool:
        return self._answer.begun

    @property
    def gone(self) -> bool:
        return self._answer.gone

    def on_gone(self, callback: Callable[[], None]) -> None:
        pass

    async def start(self, status: int, headers: Headers) -> None:
        self._answer.start(status, headers)

    async def body(self, data: bytes) -> None:
        self._answer.body(data)

    async def end(self) -> None:
        self._answer.end()

    async def fail(self, error: Exception) -> None:
        self._answer.fail(error)


Serve = Callable[..., list[object]]
NO_OPTIONS = Config()


def serve_sync(
    handler: object, payload: object = b"{}", config: Config = NO_OPTIONS, context: object = CONTEXT, **answer: int
) -> list[object]:
    kept = Answer(**answer)
    PlainFunction(plan_for(handler), config)(payload, cast(LambdaContext, context), kept.respond)
    return kept.calls


def serve_async(
    handler: object, payload: object = b"{}", config: Config = NO_OPTIONS, context: object = CONTEXT, **answer: int
) -> list[object]:
    kept = Answer(**answer)
    function = AsyncPlainFunction(plan_for(handler), config)

    async def invoke() -> None:
        await function.startup()
        await function(payload, cast(LambdaContext, context), AsyncAnswer(kept).respond)
        await function.shutdown()

    asyncio.run(invoke())
    return kept.calls


colours = pytest.mark.parametrize("serve", [serve_sync, serve_async], ids=["sync", "async"])


def shown(call: object) -> object:
    return str(call) if isinstance(call, Exception) else call
