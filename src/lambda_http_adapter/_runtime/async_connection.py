"""The Runtime API over an asyncio connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from ..errors import RuntimeAPIError
from .client import AnswerParser, APIAnswer, Buffers
from .sync_connection import address_of

# More than Lambda accepts unless it is streamed: anything smaller is copied once more.
_HUGE = 8 << 20


class AsyncConnection:
    """A keep-alive connection to the Runtime API at ``authority``, renewed when it turns out to be dead."""

    def __init__(self, authority: str) -> None:
        self._address = address_of(authority)
        self._wire: Wire | None = None
        self._request: Buffers | None = None
        self._half_written = False
        self.resent = False

    def send(self, request: Buffers) -> bool:
        """Write one request, at once where there is a connection; ``answer`` makes one otherwise.

        Returns whether all of it has left this process; if not, ``drain`` waits for that.
        """
        self._request = request
        if self._wire is None:
            return True
        self._wire.write(request, begins=True)
        return self._wire.drained is None

    async def write(self, part: Buffers, last: bool, answered: Callable[[], None]) -> bool:
        """Write a part of a request, which can't be sent again. Raises OSError where it was answered before its end.

        Returns whether all of it has left this process.
        The ``answered`` of the first part is called when there is nothing left to wait for.
        """
        wire = self._wire
        if self._half_written:
            if wire is None or wire.answered:
                raise BrokenPipeError("The Runtime API ended the response")
            wire.write(part)
        else:
            self._request = None
            if wire is not None and wire.closed:
                self.close()
                wire = None
            if wire is None:
                wire = await self._connect()
            wire.write(part, begins=True, answered=answered)
        self._half_written = not last
        return wire.drained is None

    async def drain(self) -> None:
        """Wait until all that was written has left this process."""
        while self._wire is not None and self._wire.drained is not None:
            await asyncio.shield(self._wire.drained)

    async def answer(self) -> APIAnswer:
        """Wait for the answer to what was sent, however long. Raises RuntimeAPIError."""
        self.resent = False
        wire = self._wire
        try:
            if wire is None:
                answer = await self._answer_to_request()
            else:
                try:
                    answer = await wire.answer
                except ConnectionError:
                    self.close()
                    if self._request is None:
                        raise
                    # The environment may have been frozen since the last answer, long enough for the other side to
                    # close. No byte of an answer came, so the request may be written again.
                    self.resent = True
                    answer = await self._answer_to_request()
        except RuntimeAPIError:
            self.close()  # what else comes on it would belong to no question
            raise
        except OSError as error:
            self.close()
            raise RuntimeAPIError(f"Lost the Runtime API at {self._address[0]}:{self._address[1]}: {error}") from error
        if self._half_written or not answer.keep_alive:
            self.close()
        return answer

    async def _answer_to_request(self) -> APIAnswer:
        wire = await self._connect()
        wire.write(self._request or [], begins=True)
        return await wire.answer

    async def _connect(self) -> Wire:
        # asyncio sets TCP_NODELAY; without it Nagle's algorithm and delayed ACKs would add 40 ms to every answer.
        _, self._wire = await asyncio.get_running_loop().create_connection(Wire, *self._address)
        return self._wire

    def close(self) -> None:
        self._half_written = False
        if self._wire is not None:
            self._wire.close()
            self._wire = None


class Wire(asyncio.BufferedProtocol):
    """One TCP connection, one question at a time.

    ``answer``: the answer to the last request. It raises ConnectionError where the connection broke before any byte of
    an answer. ``drained``: there while bytes wait to be sent, done when they have been.
    """

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._parser = AnswerParser()
        self._answered: Callable[[], None] | None = None
        self._received = memoryview(bytearray(65536))
        self._asked = False
        self.answer: asyncio.Future[APIAnswer] = self._loop.create_future()
        self.drained: asyncio.Future[None] | None = None
        self.closed = False

    def write(self, buffers: Buffers, *, begins: bool = False, answered: Callable[[], None] | None = None) -> None:
        """Write a request or a part of one. ``begins``: it is the first part, and ``answer`` is awaited from now on;
        ``answered`` is called when there is nothing left to wait for.
        """
        if begins:
            self.answer = self._loop.create_future()
            self._asked = True
            self._answered = answered
            if self.closed:
                self._end(ConnectionResetError("closed by the Runtime API"))
        if self.closed:
            return
        if sum(map(len, buffers)) < _HUGE:
            # In one go: a second try to write could find the connection broken, and what was answered still unread.
            # Not by writelines(): in Python 3.12 and 3.13 it never tells the writer to wait (CVE-2024-12254).
            self._transport.write(b"".join(buffers))
        else:
            for buffer in buffers:
                self._transport.write(buffer)

    @property
    def answered(self) -> bool:
        """Whether there is nothing left to wait for: an answer has come, or the end of the connection."""
        return self.answer.done()

    def close(self) -> None:
        if not self.closed:  # a transport that has lost its connection must not be aborted
            self.closed = True
            self._transport.abort()

    # asyncio's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        # `drain()` waits for an empty buffer, not for a low-water mark.
        self._transport.set_write_buffer_limits(high=0)

    def pause_writing(self) -> None:
        self.drained = self._loop.create_future()

    def resume_writing(self) -> None:
        if self.drained is not None:
            self.drained.set_result(None)
            self.drained = None

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._received

    def buffer_updated(self, nbytes: int) -> None:
        if not self._asked:
            # Nothing was asked: a time-out notice of the other side, which is about to close.
            self.close()
            return
        try:
            answer = self._parser.feed(bytes(self._received[:nbytes]))
        except RuntimeAPIError as error:
            self._end(error)
        else:
            if answer is not None:
                self._end(answer)

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True
        self.resume_writing()
        if self._parser.mid_answer:
            self._end(RuntimeAPIError("The Runtime API broke off in the middle of an answer"))
        else:
            self._end(ConnectionResetError(str(error or "closed by the Runtime API")))

    def _end(self, result: APIAnswer | Exception) -> None:
        self._asked = False
        if self.answer.done():
            return
        if self._answered is not None:
            self._answered()
        if isinstance(result, Exception):
            self.answer.set_exception(result)
            self.answer.exception()  # so that asyncio logs nothing where no one awaits it any more
        else:
            self.answer.set_result(result)
