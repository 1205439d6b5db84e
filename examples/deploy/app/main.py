"""The app that all recipes deploy. It says how a request arrived, and streams words."""

import asyncio
import uuid
from collections.abc import AsyncIterator

from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from lambda_http_adapter import lambda_request

app = FastAPI()
app.state.environment = uuid.uuid4().hex  # one for each execution environment


@app.get("/")
def home(request: Request) -> dict[str, str | None]:
    invocation = lambda_request(request, default=None)
    return {
        "origin": invocation.origin if invocation else None,
        "url": str(request.url_for("home")),
        "client": request.client.host if request.client else None,
        "environment": request.app.state.environment,
    }


@app.get("/words")
def words(text: str = "one two three", pace: float = 0.5) -> StreamingResponse:
    """Send the words of ``text`` as server-sent events, ``pace`` seconds apart."""

    async def events() -> AsyncIterator[str]:
        for word in text.split():
            yield f"data: {word}\n\n"
            await asyncio.sleep(min(pace, 10))

    return StreamingResponse(events(), media_type="text/event-stream", headers={"cache-control": "no-store"})
