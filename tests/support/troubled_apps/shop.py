"""An app as any other, with a path for each thing that a front door takes in its own way."""

import asyncio
import logging
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

logger = logging.getLogger("shop")


async def items(request: Request) -> Response:
    return JSONResponse(["a"])


async def upload(request: Request) -> Response:
    return JSONResponse(len(await request.body()))


async def file(request: Request) -> Response:
    return PlainTextResponse(request.path_params["name"])


async def me(request: Request) -> Response:
    return JSONResponse({"client": request.client.host if request.client else None, "url": str(request.url)})


async def search(request: Request) -> Response:
    return JSONResponse(request.query_params.getlist("tag"))


async def logo(request: Request) -> Response:
    return Response(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", media_type="image/png")


async def login(request: Request) -> Response:
    response = PlainTextResponse("logged in")
    response.set_cookie("session", "1")
    response.set_cookie("theme", "dark")
    return response


async def private(request: Request) -> Response:
    return Response(status_code=401, headers={"WWW-Authenticate": "Basic"})


async def export(request: Request) -> Response:
    return Response(b"x" * 7_000_000, media_type="text/csv")


async def memory(request: Request) -> Response:
    return JSONResponse(len(bytearray(400_000_000)))


async def report(request: Request) -> Response:
    async def lines() -> AsyncIterator[str]:
        yield "the first line\n"
        await asyncio.sleep(1.2)
        yield "the last line\n"

    return StreamingResponse(lines(), media_type="text/plain")


async def ticks(request: Request) -> Response:
    return StreamingResponse(iter(["data: 1\n\n", "data: 2\n\n"]), media_type="text/event-stream")


async def stock(request: Request) -> Response:
    logger.info("Stock of A-1 is low")
    return PlainTextResponse("counted")


async def connected(request: Request) -> Response:
    return Response()


app = Starlette(
    routes=[
        Route("/items", items, methods=["GET", "PUT"]),
        Route("/upload", upload, methods=["POST"]),
        Route("/files/{name}", file),
        Route("/me", me),
        Route("/search", search),
        Route("/logo", logo),
        Route("/login", login),
        Route("/private", private),
        Route("/export", export),
        Route("/memory", memory),
        Route("/report", report),
        Route("/ticks", ticks),
        Route("/stock", stock),
        Route("/$connect", connected, methods=["POST"]),
    ]
)
