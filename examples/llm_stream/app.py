"""Answers of a language model, token by token: server-sent events from FastAPI, and a page that shows them."""

import asyncio
import json
import logging
import os
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Annotated

import anyio
from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import BaseModel, Field

from lambda_http_adapter import lambda_request, run_asgi

# Seconds without a token after which a comment keeps the connection alive.
HEARTBEAT = float(os.environ.get("HEARTBEAT_SECONDS", "15"))
# Seconds before the function's time-out at which an answer ends by itself.
MARGIN = float(os.environ.get("MARGIN_SECONDS", "2"))

PAGE = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")

logger = logging.getLogger("llm_stream")
app = FastAPI(title="Answers")


class Question(BaseModel):
    prompt: str = Field(min_length=1, max_length=2000)


async def model(prompt: str, think: float, pace: float) -> AsyncGenerator[str]:
    """Stands in for a language model: its first token takes ``think`` seconds, each other one ``pace`` seconds."""
    text = (
        f"You asked: {prompt}\n\n"
        "I am not a language model, but my words reach you as those of one would: each as soon as there is one. A "
        "function on AWS Lambda sends them as server-sent events while it is still running. Replace me with the model "
        "of your choice."
    )
    await asyncio.sleep(think)
    for token in text.split(" "):
        yield token + " "
        await asyncio.sleep(pace)


@app.get("/", response_class=HTMLResponse)
async def page() -> str:
    return PAGE


@app.post("/answers")
async def answer(
    question: Question,
    request: Request,
    think: Annotated[float, Query(ge=0, le=900)] = 1,
    pace: Annotated[float, Query(ge=0, le=60)] = 0.05,
) -> StreamingResponse:
    """The answer as the events ``token``, whose data is a JSON string, and ``end``, whose data has the ``reason``."""
    events = sent_events(model(question.prompt, think, pace), time_left(request))
    return StreamingResponse(events, media_type="text/event-stream", headers={"cache-control": "no-store"})


async def sent_events(tokens: AsyncGenerator[str], seconds_left: Callable[[], float]) -> AsyncGenerator[str]:
    number, reason = 0, "broken off"
    pending = asyncio.ensure_future(anext(tokens, None))
    try:
        while (left := seconds_left() - MARGIN) > 0:
            await asyncio.wait([pending], timeout=min(HEARTBEAT, left))
            if not pending.done():
                yield ": still thinking\n\n"
                continue
            token = pending.result()
            if token is None:
                reason = "complete"
                break
            pending = asyncio.ensure_future(anext(tokens, None))
            number += 1
            yield event("token", token)
        else:
            reason = "out of time"
        yield event("end", {"reason": reason, "tokens": number})
    finally:
        # Also if the client has left: a model costs money.
        with anyio.CancelScope(shield=True):
            pending.cancel()
            await asyncio.wait([pending])
            await tokens.aclose()
        logger.log(logging.INFO if reason == "complete" else logging.WARNING, "Answer %s, tokens: %d", reason, number)


def event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def time_left(request: Request) -> Callable[[], float]:
    """A function that returns the seconds until Lambda ends the invocation."""
    try:
        context = lambda_request(request).context
    except LookupError:
        context = None
    if context is None:
        return lambda: float("inf")
    return lambda: context.get_remaining_time_in_millis() / 1000


if __name__ == "__main__":
    run_asgi(app)
