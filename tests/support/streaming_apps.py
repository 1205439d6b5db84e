"""The apps of the streaming tests. Bodies are generators, which both colours play; the path names one.

A chunk is made when the generator is asked for it: under ASGI in a thread, so that it may wait for the test.
"""

import asyncio
import json
import sys
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from lambda_http_adapter._types import Environ, Message, Receive, Scope, Send, StartResponse

Body = Generator[bytes, None, None]

HEADERS = [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"), ("Set-Cookie", "a=1")]
START: "Message" = {"type": "http.response.start", "status": 200, "headers": []}
PART: "Message" = {"type": "http.response.body", "body": b"part", "more_body": True}
BLOCK = 65536


def step() -> None:
    """Wait for the test to allow another step."""
    with open("steps", "rb", buffering=0) as steps:
        steps.read(1)


def tell() -> None:
    """Let the test count another step."""
    with open("taken", "wb", buffering=0) as taken:
        taken.write(b".")


def say(what: object) -> None:
    """Tell the test; the log goes to the other stream."""
    print(what, file=sys.stderr)


def memory(field: str) -> int:
    """A field of this process's status, in bytes."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines[field].split()[0]) * 1024


# Bodies


def digits(_: str) -> Body:
    for digit in "12345":
        yield digit.encode()


def one_by_one(_: str) -> Body:
    for digit in "12345":
        step()
        yield digit.encode()


def flood(megabytes: str) -> Body:
    for _ in range(int(megabytes) * 2**20 // BLOCK):
        tell()
        yield bytes(BLOCK)


def blocks(megabytes: str) -> Body:
    """Ends with how far this process has grown beyond its size at the first block."""
    size = 4 * BLOCK
    before = memory("VmRSS")
    for _ in range(int(megabytes) * 2**20 // size):
        yield bytes(size)
    yield json.dumps({"grown": memory("VmHWM") - before}).encode()


def one_block(megabytes: str) -> Body:
    yield b"."
    block = b"x" * (int(megabytes) * 2**20)
    before = memory("VmHWM")
    yield block
    yield json.dumps({"grown": memory("VmHWM") - before}).encode()


def endless(size: str) -> Body:
    try:
        while True:
            yield b"x" * int(size)
    finally:
        say("closed")


def breaks(where: str) -> Body:
    if where != "early":
        yield b"half a"
    raise LookupError("no ü" * 5000 if where == "at_length" else "no ü")


def breaks_when_told(_: str) -> Body:
    yield b"half a"
    step()
    raise LookupError("no ü")


def nothing(_: str) -> Body:
    yield from ()


def waits(where: str) -> Body:
    """For what never comes. Whatever it catches it says, and goes on waiting."""
    try:
        if where == "late":
            yield b"half a"
        while True:
            try:
                threading.Event().wait()
            except Exception as error:
                say(repr(error))
    finally:
        say("finally")


def outlives(megabytes: str) -> Body:
    """One large chunk, and a thread that tells when the deadline of 0.5 s must have struck."""
    threading.Timer(1, tell).start()
    yield bytes(int(megabytes) * 2**20)
    while True:
        yield b"."


BODIES: dict[str, Callable[[str], Body]] = {
    body.__name__: body
    for body in (
        digits,
        one_by_one,
        flood,
        blocks,
        one_block,
        endless,
        breaks,
        breaks_when_told,
        nothing,
        waits,
        outlives,
    )
}


def answer(path: str) -> tuple[int, list[tuple[str, str]], Body]:
    """The status, the headers and the body that a path asks for; the digits where it doesn't say."""
    name, _, argument = path.removeprefix("/").partition("/")
    status = int(argument) if name == "status" else 200
    large = [("X-Large", "x" * int(argument))] if name == "large_head" else []
    return status, HEADERS + large, BODIES.get(name, digits)(argument)


async def asgi(scope: "Scope", receive: "Receive", send: "Send") -> None:
    path, mount = cast("str", scope["path"]), cast("str", scope["root_path"])
    status, fields, chunks = answer(path.removeprefix(mount))
    headers = [(name.lower().encode(), value.encode()) for name, value in fields]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    try:
        while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    finally:
        chunks.close()
    await send({"type": "http.response.body"})


def wsgi(environ: "Environ", start_response: "StartResponse") -> Body:
    status, headers, chunks = answer(environ["PATH_INFO"])
    start_response(f"{status} Spoken", headers)
    return chunks


def handler() -> Body:
    """A handler of ``run()`` that breaks."""
    return breaks_when_told("")


# Apps of one colour


async def protests(scope: "Scope", receive: "Receive", send: "Send") -> None:
    """Makes an error of its cancellation, before or amid its response."""
    try:
        if scope["path"] == "/late":
            await send(START)
            await send({**PART, "body": b"half a"})
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        raise LookupError("the database was rolled back") from None


async def ignores(scope: "Scope", receive: "Receive", send: "Send") -> None:
    """Goes on with its response, or returns without one, when it is cancelled."""
    if scope["path"] != "/early":
        await send(START)
        await send({**PART, "body": b"half a"})
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        if scope["path"] != "/returns":
            await send(START if scope["path"] == "/early" else PART)


async def tireless(scope: "Scope", receive: "Receive", send: "Send") -> None:
    """Sends until it is told to stop, as often as the path says, and asks whether the client has left."""
    await receive()
    await send(START)
    for _ in range(int(cast("str", scope["path"])[1:])):
        try:
            while True:
                await send(PART)
                await asyncio.sleep(0)
        except OSError:
            say("OSError")
    say((await receive())["type"])


async def patient(scope: "Scope", receive: "Receive", send: "Send") -> None:
    """Waits, before or amid its response, for what never comes."""
    if scope["path"] == "/digits":
        await asgi(scope, receive, send)
        return
    try:
        if scope["path"] == "/waits/late":
            await send(START)
            await send({**PART, "body": b"half a"})
        while True:
            try:
                await asyncio.Event().wait()
            except Exception as error:
                say(repr(error))
    except asyncio.CancelledError:
        say("CancelledError")
        raise
    finally:
        say("finally")


async def busy(scope: "Scope", receive: "Receive", send: "Send") -> None:
    """Never waits for anything but its own sending."""
    await send(START)
    try:
        while True:
            await send(PART)
    finally:
        say("told")


async def idle(scope: "Scope", receive: "Receive", send: "Send") -> None:
    """Has nothing more to send, and waits for the client to leave."""
    await receive()
    await send(START)
    await send(PART)
    say((await receive())["type"])


def protests_as_well(environ: "Environ", start_response: "StartResponse") -> Body:
    """The same in WSGI."""
    try:
        if environ["PATH_INFO"] == "/late":
            start_response("200 OK", HEADERS)
            yield b"half a"
        threading.Event().wait()
    finally:
        raise LookupError("the database was rolled back")


def closes(environ: "Environ", start_response: "StartResponse") -> "Closes":
    start_response("200 OK", HEADERS)
    return Closes()


class Closes:
    def __iter__(self) -> Body:
        while True:
            yield b"part"

    def close(self) -> None:
        say("close()")


def writes(environ: "Environ", start_response: "StartResponse") -> list[bytes]:
    write = start_response("200 OK", HEADERS)
    try:
        while True:
            write(b"part")
    except OSError:
        say("OSError")
        raise
