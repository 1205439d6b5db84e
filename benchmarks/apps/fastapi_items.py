"""FastAPI: a route with a path and a query parameter, and a route that waits."""

import asyncio
from hashlib import sha256

from fastapi import FastAPI

app = FastAPI()


@app.get("/items/{item}")
async def read(item: int, q: str) -> dict[str, object]:
    return {"item": item, "q": q, "tags": ["a", "b"]}


@app.get("/wait")
async def wait() -> dict[str, object]:
    await asyncio.sleep(0.05)
    return {"waited": True}


@app.get("/work")
async def work() -> dict[str, object]:
    """About 10 ms of CPU, in small pieces."""
    digest = b""
    for _ in range(30_000):
        digest = sha256(digest).digest()
    return {"worked": digest.hex()[:8]}
