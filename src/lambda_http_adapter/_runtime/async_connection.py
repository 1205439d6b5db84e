"""The Runtime API over an asyncio connection."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from ..errors import RuntimeAPIError
from .client import AnswerParser, APIAnswer, Buffers
from .sync_connection import address_of, readable, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextvars import Context

# More than Lambda accepts unless it is streamed: anything smaller is copied once more.
_HUGE = 8 << 20


class AsyncConnection:
    """A keep-alive connection to the Runtime API at ``authority``, renewed when it turns out to be dead.

    What is written again on a new connection, and when: ``SyncConnection``.
    """

    def __init__(self, authority: str) -> None:
        self._address = address_of(authority)
        self._wire: Wire | None = None
        self._request: Buffers | None = None
        self._answered: Callable[[], None] | None = None
        self._half_written = False
        self._writing = asyncio.Lock()
        self.resent = False

    def send(self, request: Buffers) -> bool:
        """Write one request, at once where there is a connection; ``answer`` makes one otherwise.

        Returns whether all of it has left this process; if not, ``drain`` waits for that.
        """
        self._request = request
        self._answered = None
        self.resent = False
        if self._wire is None or self._wire.closed:
            self._wire = None
            return True
        self._wire.write(request, begins=True)
        return self._wire.drained is None

    async def write(self, part: Buffers, last: bool, answered: Callable[[], None]) -> bool:
        """Write a part of a request. Raises OSError once the Runtime API reads no more of it.

        The ``answered`` of the first part is called when there is nothing left to wait for. Returns whether all has
        left this process. Tasks that write at the same time write one after the other.
        """
        async with self._writing:
            begins = not self._half_written
            self._half_written = True  # also if its end can't be written: nothing else may follow on this connection
            wire = self._wire
            if begins:
                self._request = part
                self._answered = answered
                self.resent = False
                if wire is None or wire.ended_idle():
                    wire = await self._send_again()
                else:
                    wire.write(part, begins=True, ended=self._ended)
            elif wire is not None and wire.answered:
                raise BrokenPipeError("The Runtime API ended the response")
            elif wire is not None and not wire.closed:
                self._request = whole(self._request, part) if last else None
                wire.write(part)
            elif self._request is None or self.resent:
                raise BrokenPipeError("The connection to the Runtime API was lost within a response")
            else:
                self._request = [*self._request, *part]
                self.resent = True
                wire = await self._send_again()
            self._half_written = not last
            return wire.drained is None

    def _ended(self, result: APIAnswer | Exception) -> None:
        """What came before the end of a stream ends it, unless it can be written again."""
        recoverable = isinstance(result, ConnectionError) and self._request is not None and not self.resent
        if self._answered is not None and not recoverable:
            self._answered()

    async def drain(self) -> None:
        """Wait until all that was written has left this process."""
        while self._wire is not None and self._wire.drained is not None:
            await asyncio.shield(self._wire.drained)

    async def answer(self) -> APIAnswer:
        """Wait for the answer to what was sent, however long. Raises RuntimeAPIError.

        If the wait is cancelled, another call waits for the same answer.
        """
        try:
            if self._wire is None:
                answer = await (await self._send_again()).answer()
            else:
                try:
                    answer = await self._wire.answer()
                except ConnectionError:
                    if self._request is None or self.resent:
                        raise
                    self.resent = True
                    answer = await (await self._send_again()).answer()
        except RuntimeAPIError:
            self.close()  # what else comes on it would belong to no question
            raise
        except OSError as error:
            self.close()
            raise RuntimeAPIError(f"Lost the Runtime API at {self._address[0]}:{self._address[1]}: {error}") from error
        if self._half_written or not answer.keep_alive:
            self.close()
        return answer

    async def _send_again(self) -> Wire:
        """What there is of the request, on a connection of its own. Raises OSError."""
        request = self._request
        if request is None:
            raise BrokenPipeError("nothing was sent")
        if self._wire is not None:
            self._wire.close()
            self._wire = None
        try:
            wire = await self._connect()
        except OSError:
            self._request = None  # what can't be sent again has no answer to wait for
            raise
        wire.write(request, begins=True, ended=self._ended)
        return wire

    async def _connect(self) -> Wire:
        # asyncio sets TCP_NODELAY; without it Nagle's algorithm and delayed ACKs would add 40 ms to every answer.
        _, self._wire = await asyncio.get_running_loop().create_connection(Wire, *self._address)
        return self._wire

    def close(self) -> None:
        self._half_written = False
        if self._wire is not None:
            self._wire.close()
            self._wire = None


class Promise:
    """An answer to come. One task may await it.

    It resumes that task at once. A future of asyncio's does so a turn of the event loop later, which is a system call
    between an event and its app. asyncio accepts as a future what has these methods and ``_asyncio_future_blocking``.
    """

    _asyncio_future_blocking = False

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._result: APIAnswer | BaseException | None = None
        self._resume: Callable[[Promise], object] | None = None
        self._context: Context | None = None

    def __await__(self) -> Generator[Promise, None, APIAnswer]:
        if self._result is None:
            self._asyncio_future_blocking = True
            yield self
        return self.result()

    def set_result(self, result: APIAnswer | BaseException) -> None:
        self._result = result
        resume, self._resume = self._resume, None
        if resume is None:
            return
        if self._context is None or asyncio.current_task(self._loop) is not None:
            self._loop.call_soon(resume, self, context=self._context)  # a task can't run within another
        else:
            self._context.run(resume, self)

    set_exception = set_result

    def done(self) -> bool:
        return self._result is not None

    def result(self) -> APIAnswer:
        result = self._result
        if isinstance(result, APIAnswer):
            return result
        raise asyncio.InvalidStateError("There is no answer yet.") if result is None else result

    def exception(self) -> BaseException | None:
        return self._result if isinstance(self._result, BaseException) else None

    # What a task calls

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def add_done_callback(self, callback: Callable[[Promise], object], *, context: Context | None = None) -> None:
        self._resume = callback
        self._context = context

    def cancel(self, msg: object = None) -> bool:
        if self._result is not None:
            return False
        self._result = asyncio.CancelledError() if msg is None else asyncio.CancelledError(msg)
        if self._resume is not None:
            self._loop.call_soon(self._resume, self, context=self._context)
            self._resume = None
        return True


class Wire(asyncio.BufferedProtocol):
    """One TCP connection, one question at a time.

    ``drained``: there while bytes wait to be sent, done when they have been.
    """

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._parser = AnswerParser()
        self._ended: Callable[[APIAnswer | Exception], None] | None = None
        self._received = memoryview(bytearray(65536))
        self._asked = False
        # uvloop reports a broken write before it reads the answer that explains it: there the task waits for a turn.
        self._resumes_at_once = isinstance(self._loop, asyncio.BaseEventLoop)
        self._result: APIAnswer | Exception | None = None
        self._waiter: Promise | asyncio.Future[APIAnswer] | None = None
        self.drained: asyncio.Future[None] | None = None
        self.closed = False

    def write(
        self,
        buffers: Buffers,
        *,
        begins: bool = False,
        ended: Callable[[APIAnswer | Exception], None] | None = None,
    ) -> None:
        """Write a request or a part of one. ``begins``: it is the first part of a request; ``ended`` is called with
        the answer to it, or with what comes instead.
        """
        if begins:
            self._result = None
            self._asked = True
            self._ended = ended
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

    def answer(self) -> Promise | asyncio.Future[APIAnswer]:
        """The answer to the last request, to be awaited. What comes after a cancelled wait is kept for the next one.

        Raises RuntimeAPIError, and ConnectionError where the connection broke before any byte of an answer.
        """
        waiter = Promise(self._loop) if self._resumes_at_once else self._loop.create_future()
        if self._result is None:
            self._waiter = waiter
        else:
            _settle(waiter, self._result)
        return waiter

    @property
    def answered(self) -> bool:
        """Whether an answer has come, or something that isn't one."""
        return self._result is not None and not isinstance(self._result, ConnectionError)

    def ended_idle(self) -> bool:
        """Whether the connection has ended since the last answer. It is looked at: the event loop may not have read
        its end yet.
        """
        return self.closed or readable(self._transport.get_extra_info("socket").fileno())

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
        if self._result is not None:
            return
        self._result = result
        if self._ended is not None:
            self._ended(result)
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():  # somebody waits, and still does
            _settle(waiter, result)


def _settle(waiter: Promise | asyncio.Future[APIAnswer], result: APIAnswer | Exception) -> None:
    if isinstance(result, Exception):
        waiter.set_exception(result)
    else:
        waiter.set_result(result)
