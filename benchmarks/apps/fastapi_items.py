"""FastAPI: a route with a path and a query parameter, and a route that waits."""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/items/{item}")
async def read(item: int, q: str) -> dict[str, object]:
    return {"item": item, "q": q, "tags": ["a", "b"]}


@app.get("/wait")
async def wait() -> dict[str, object]:
    await asyncio.sleep(0.05)
    return {"waited": True}
