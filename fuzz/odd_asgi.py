"""ASGI apps that send any messages, in any order, from several tasks, and end in any way."""

from __future__ import annotations

import asyncio
import contextlib
from typing import NamedTuple, cast

from fuzz.choices import Choices
from fuzz.odd_values import Part, Seen, odd_body, odd_headers
from lambda_http_adapter._types import Message, Receive, Scope, Send

_STATUSES: tuple[object, ...] = (200, 200, 200, 201, 204, 304, 302, 404, 500, 599, 100, 101, 103, 199, 600, 0, -1)
_STATUSES += (10**400, True, None, "200", 200.0, b"200", [])
_HEADERS: tuple[object, ...] = (None, 5, "ab", {b"x-fa": b"1"}, [()], [(b"x",)], [("x-fa", "1")], [b"xy"], [None])
_TYPES: tuple[object, ...] = ("http.response.trailers", "http.response.early_hint", "http.response.debug", None, 5, "")
_TYPES += ("http.response.push", "websocket.send", "lifespan.startup.complete", b"http.response.body", [])
_ERRORS: tuple[type[BaseException], ...] = (ValueError, asyncio.CancelledError, OSError, BrokenPipeError)
_ERRORS += (SystemExit, GeneratorExit)
_KINDS = ("send",) * 9 + ("turn", "receive", "task", "raise", "return")


class Step(NamedTuple):
    """``kind``: send, receive, turn, raise, return, or task: a second task does the steps behind it too.

    ``forgives``: the app goes on if it raises.
    """

    kind: str
    message: Message
    forgives: bool
    error: BaseException | None


class ASGIScript:
    """An app, as often as it is played. ``file`` is the path of one whose content is its path."""

    def __init__(self, choices: Choices, file: str) -> None:
        self._file = file
        self._steps = [self._step(choices, place) for place in range(1 + choices.below(7))]
        if not choices.one_in(3):
            self._steps.append(Step("send", {"type": "http.response.body", "body": b"end"}, False, None))
        self._waits = choices.one_in(2)

    def _step(self, choices: Choices, place: int) -> Step:
        kind = "send" if place == 0 else choices.of(_KINDS)
        error = choices.of(_ERRORS)("odd") if kind == "raise" else None
        message: Message = {}
        if kind == "send":
            message = self._start(choices) if place == 0 and not choices.one_in(8) else self._message(choices)
        return Step(kind, message, choices.one_in(2), error)

    def _message(self, choices: Choices) -> Message:
        match choices.below(16):
            case 0 | 1:
                return self._start(choices)
            case 2:
                odd = {"type": choices.of(_TYPES), "headers": [], "more_trailers": False, "links": [b"<x>"]}
                return {} if choices.one_in(8) else odd
            case 3:
                path = self._file if choices.one_in(2) else choices.of((None, "/nowhere", b"", "\0", 5, "/"))
                return {"type": "http.response.pathsend", "path": path}
            case 4:
                return {"type": "http.response.zerocopysend", "file": choices.of((None, 5, "x"))}
        message: Message = {"type": "http.response.body"}
        if not choices.one_in(8):
            message["body"] = odd_body(choices)
        if not choices.one_in(3):
            message["more_body"] = choices.of((True, True, True, False, 0, "yes", None))
        return message

    def _start(self, choices: Choices) -> Message:
        message: Message = {"type": "http.response.start"}
        if not choices.one_in(20):
            message["status"] = choices.of(_STATUSES) if choices.one_in(2) else 200
        if not choices.one_in(10):
            message["headers"] = odd_headers(choices)
            if choices.one_in(12):
                message["headers"] = choices.of(_HEADERS)
        return message

    def play(self, seen: Seen) -> ASGIPlayer:
        return ASGIPlayer(self._steps, self._waits, self._file, seen)


class ASGIPlayer:
    """One run of the app."""

    def __init__(self, steps: list[Step], waits: bool, file: str, seen: Seen) -> None:
        """``waits``: for its tasks, before it ends."""
        self._steps = steps
        self._waits = waits
        self._file = file
        self._seen = seen
        self._tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._run(self._steps, receive, send, starts=True)
        if self._waits:
            await asyncio.gather(*self._tasks)

    async def _quietly(self, steps: list[Step], receive: Receive, send: Send) -> None:
        with contextlib.suppress(Exception, asyncio.CancelledError):
            await self._run(steps, receive, send, starts=False)

    async def _run(self, steps: list[Step], receive: Receive, send: Send, starts: bool) -> None:
        for number, step in enumerate(steps):
            with contextlib.suppress(Exception) if step.forgives else contextlib.nullcontext():
                if step.kind == "send":
                    await self._send(step.message, send)
                elif step.kind == "turn":
                    await asyncio.sleep(0)
                elif step.kind == "receive":
                    await _look(receive)
                elif step.kind == "task" and starts:
                    task = asyncio.ensure_future(self._quietly(steps[number + 1 : number + 3], receive, send))
                    self._tasks.append(task)
                elif step.error is not None:
                    is_leaving = isinstance(step.error, SystemExit | GeneratorExit)
                    if starts or not is_leaving:
                        self._seen.left = self._seen.left or is_leaving
                        raise step.error
                elif step.kind == "return":
                    return

    async def _send(self, message: Message, send: Send) -> None:
        part = self._part(message)
        # Behind what other tasks have sent before this call, and in front of what they send until it returns.
        if part is not None:
            self._seen.parts.append(part)
        try:
            await send(message)
        except BaseException:
            if part is not None:
                self._seen.refuse(part)
            raise

    def _part(self, message: Message) -> Part | None:
        match message.get("type"):
            case "http.response.start":
                return Part((message.get("status"), message.get("headers", [])))
            case "http.response.body":
                return Part(data=message.get("body", b""), is_last=not message.get("more_body"))
            case "http.response.pathsend":
                return Part(data=self._file.encode(), is_last=True)
        return None


async def _look(receive: Receive) -> None:
    """A call of ``receive`` that is given up after two turns of the event loop."""
    waiting = asyncio.ensure_future(cast("asyncio.Future[Message]", receive()))
    for _ in range(2):
        await asyncio.sleep(0)
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting
