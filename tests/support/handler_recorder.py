"""One event through a handler, and its result as it was sent, in both colours."""

import asyncio
from collections.abc import Callable
from typing import cast

import pytest

from lambda_http_adapter._apps.handler import AsyncHandlerFunction, HandlerFunction, prepare
from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.context import LambdaContext
from tests.support.invocation import CONTEXT
from tests.support.response_recorder import AsyncResponseRecorder, ResponseRecorder

Handler = Callable[..., object]
Serve = Callable[..., list[object]]
JSON, BYTES = "application/json", "application/octet-stream"
NO_OPTIONS = Config()


def serve_sync(
    handler: object,
    payload: object = b"{}",
    config: Config = NO_OPTIONS,
    context: object = CONTEXT,
    gone_after: int | None = None,
    streams: bool = True,
) -> list[object]:
    recorder = ResponseRecorder(streams=streams, gone_after=gone_after)
    HandlerFunction(prepare(handler), config)(payload, cast(LambdaContext, context), recorder)
    return result(recorder)


def serve_async(
    handler: object,
    payload: object = b"{}",
    config: Config = NO_OPTIONS,
    context: object = CONTEXT,
    gone_after: int | None = None,
    streams: bool = True,
) -> list[object]:
    recorder = ResponseRecorder(streams=streams, gone_after=gone_after)
    function = AsyncHandlerFunction(prepare(handler), config)

    async def invoke() -> None:
        await function.startup()
        await function(payload, cast(LambdaContext, context), AsyncResponseRecorder(recorder))
        await function.shutdown()

    asyncio.run(invoke())
    return result(recorder)


def result(recorder: ResponseRecorder) -> list[object]:
    """The content type, the pieces of the result, and the error that it ended with."""
    error = [] if recorder.error is None else [recorder.error]
    return [recorder.content_type, *recorder.encoded, *error]


colours = pytest.mark.parametrize("serve", [serve_sync, serve_async], ids=["sync", "async"])


def shown(part: object) -> object:
    return str(part) if isinstance(part, Exception) else part
