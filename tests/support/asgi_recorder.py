"""One event through an ASGI app, and the response as it was sent."""

import asyncio

from lambda_http_adapter._apps.asgi import ASGIFunction
from lambda_http_adapter._types import ASGIApp
from lambda_http_adapter._values.config import Config
from tests.support.invocation import CONTEXT, EVENT
from tests.support.response_recorder import AsyncResponseRecorder, Part, ResponseRecorder


def serve(app: ASGIApp, payload: object = EVENT, streams: bool = False) -> list[Part]:
    """The response to one event."""
    recorder = ResponseRecorder(streams=streams)
    run(app, recorder, payload)
    return recorder.parts


def run(
    app: ASGIApp,
    recorder: ResponseRecorder,
    payload: object = EVENT,
    config: Config | None = None,
    reply: AsyncResponseRecorder | None = None,
) -> None:
    function = ASGIFunction(app, config or Config(lifespan="off"))

    async def invoke() -> None:
        await function(payload, CONTEXT, reply or AsyncResponseRecorder(recorder))

    asyncio.run(invoke())
