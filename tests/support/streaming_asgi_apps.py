"""ASGI's extensions, as apps and Starlette use them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, RedirectResponse, Response, StreamingResponse

from tests.support.streaming_apps import PART, START, say, step

if TYPE_CHECKING:
    from lambda_http_adapter._types import Message, Receive, Scope, Send

FILE = Path("file.bin")  # the test writes it
END: "Message" = {"type": "http.response.body"}
PATHSEND, ZEROCOPY = "http.response.pathsend", "http.response.zerocopysend"


def opened() -> BinaryIO:
    return FILE.open("rb")


def messages(name: str, file: BinaryIO) -> list["Message"]:
    """Whole bodies, but for the start."""
    bodies: dict[str, list[Message]] = {
        "pathsend": [{"type": PATHSEND, "path": str(FILE.absolute())}],
        "pathsend_of_nothing": [{"type": PATHSEND, "path": "/no/such/file"}],
        "pathsend_after_a_part": [PART, {"type": PATHSEND, "path": FILE.absolute()}],
        "zerocopy": [{"type": ZEROCOPY, "file": file}],
        "zerocopy_offset": [{"type": ZEROCOPY, "file": file, "offset": 990_000}],
        "zerocopy_count": [{"type": ZEROCOPY, "file": file, "count": 5}],
        "zerocopy_in_parts": [
            {"type": ZEROCOPY, "file": file, "offset": 999_995, "more_body": True},
            {**PART, "body": b"|"},
            {"type": ZEROCOPY, "file": file, "count": 3, "more_body": True},
            {"type": ZEROCOPY, "file": file, "offset": 2, "count": 2},
        ],
        "views": [
            {**PART, "body": memoryview(b"0123456789")[2:5]},
            {**PART, "body": memoryview(b"0123456789")[::5]},
            {**PART, "body": bytearray(b"x")},
            {**PART, "body": b""},
            END,
        ],
        "ignored": [
            {"type": "http.response.early_hint", "links": [b"</a.css>; rel=preload"]},
            PART,
            {"type": "http.response.trailers", "headers": [(b"x-sum", b"1")], "more_trailers": False},
            {"type": "http.response.debug", "info": {}},
            END,
        ],
    }
    return bodies[name]


async def raw(scope: "Scope", receive: "Receive", send: "Send") -> None:
    """Sends the messages that the path names."""
    with opened() as file:
        await send(START)
        for message in messages(cast("str", scope["path"])[1:], file):
            await send(message)


async def starlette(scope: "Scope", receive: "Receive", send: "Send") -> None:
    responses: dict[str, Response] = {
        "/file": FileResponse(FILE, filename="a.bin"),
        "/stream": StreamingResponse(parts(), background=BackgroundTask(afterwards)),
        "/redirect": RedirectResponse("/file"),
        "/empty": Response(status_code=200),
        "/no_content": Response(status_code=204),
        "/not_modified": Response(status_code=304, headers={"etag": '"x"'}),
    }
    await responses[cast("str", scope["path"])](scope, receive, send)


async def parts() -> AsyncIterator[bytes | memoryview | str]:
    yield "grüße "
    yield memoryview(b"and bytes")
    yield ""


async def afterwards() -> None:
    await asyncio.to_thread(step)
    say("afterwards")


async def late(scope: "Scope", receive: "Receive", send: "Send") -> None:
    """Answers when the test allows it, and the event loop has looked at its connections."""
    await asyncio.to_thread(step)
    for _ in range(3):
        await asyncio.sleep(0)
    await send(START)
    await send({**END, "body": b"12345"})
