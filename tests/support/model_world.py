"""Pollers, connections and replies as the Runtime API sees them, beside the real ones.

A slot is a poller:

asking      it has asked on its line
serving     its app runs, and nothing of its reply has come; its line may have ended
streaming   a part of its reply has come; its line may have ended
posted      all of its reply has come, and waits for its receipt
ended       behind SIGTERM
"""

from __future__ import annotations

import json
import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Literal, cast

from lambda_http_adapter._runtime.logs import JSONFormatter, LogHandler
from tests.support.model_drivers import AsyncDriver, MakeDriver, prepare
from tests.support.model_jobs import Apps, Job, Order
from tests.support.model_peer import Line, Peer, Posted

State = Literal["asking", "serving", "streaming", "posted", "ended"]


class Slot:
    """A poller. `retries`: what waits for an answer is written once more if its line ends.

    `writes` of a stream, of which the last may have been `resent` with all before it. `status` of what was posted.
    """

    def __init__(self, line: Line) -> None:
        self.state: State = "asking"
        self.line: Line | None = line
        self.job: Job | None = None
        self.retries = self.resent = False
        self.writes = 0
        self.status = 0

    def ask(self, line: Line) -> None:
        self.retries = line is self.line
        self.state, self.line, self.job = "asking", line, None

    def can_write(self) -> bool:
        """Whether the next part of a stream can be written, if need be with all before it on a new line."""
        return self.line is not None or (self.writes == 1 and not self.resent)

    def wrote(self) -> None:
        self.resent = self.resent or (self.line is None and self.writes > 0)
        self.writes += 1

    def __repr__(self) -> str:
        return f"{self.job.request_id if self.job else 'nothing'}: {self.state}"


class World:
    """`mode` is the option invoke_mode."""

    def __init__(self, make: MakeDriver, pollers: int, mode: str) -> None:
        prepare()
        self._files = descriptors()
        self.streams = mode == "response_stream"
        self.peer = Peer()
        self.apps = Apps(self.peer.wake)
        self.posts: Counter[str] = Counter()  # as they are expected
        self.raised: set[str] = set()  # the ids of apps whose error is logged
        self.lines: list[tuple[str, str]] = []
        self._is_closed = False
        self._logging = ExitStack()
        self._logging.enter_context(logged(self.lines))
        self.driver = make(self.peer, self.apps, pollers, mode)
        self.is_async = isinstance(self.driver, AsyncDriver)
        self.slots: list[Slot] = []
        self.until(lambda: len(self._asking()) == pollers)
        self.slots = [Slot(line) for line in self.peer.lines]
        self._held = 0
        self.until(self._hold)
        self.check()

    # What has come

    def until(self, look: Callable[[], object]) -> None:
        assert self.driver.until(look), f"not seen; {self.slots}"

    def until_posted(self, slot: Slot, look: Callable[[Posted], object]) -> Posted:
        """Until a line has a request of the slot's job that `look` accepts: the slot's line from now on."""
        job = cast("Job", slot.job)

        def seen() -> Line | None:
            for line in self.peer.lines:
                if line.is_open and line.posted and line.posted.request_id == job.request_id and look(line.posted):
                    return line
            return None

        self.until(seen)
        line = cast("Line", seen())
        assert all(line is not other.line for other in self.slots if other is not slot), "the line of another"
        slot.line = line
        return cast("Posted", line.posted)

    def until_asked(self, slot: Slot) -> None:
        """Until a line has asked that is no other slot's."""

        def seen() -> Line | None:
            taken = {id(other.line) for other in self.slots if other is not slot}
            return next((line for line in self._asking() if id(line) not in taken), None)

        self.until(seen)
        slot.ask(cast("Line", seen()))

    def until_ended(self, slot: Slot) -> None:
        line = slot.line
        self.until(lambda: line is None or not line.is_open)
        slot.state, slot.line = "ended", None

    def _asking(self) -> list[Line]:
        return [
            line
            for line in self.peer.lines
            if line.is_open and line.posted and line.posted.endpoint == "next" and line.posted.is_whole
        ]

    # What must hold behind each move

    def check(self) -> None:
        self._check_jobs()
        expected = [id(slot.line) for slot in self.slots if slot.line is not None]
        assert len(set(expected)) == len(expected)
        self.until(lambda: {id(line) for line in self.peer.lines if line.is_open} == set(expected))
        driver = self.driver
        if isinstance(driver, AsyncDriver):
            # The loop's own, one for each poller, and the one that waits here.
            self.until(lambda: driver.tasks() == len(self.slots) + 2)
            self.until(lambda: descriptors() == self._held + 2 * len(expected))
        else:
            # A line that has ended on the other side is closed when it is used again.
            assert descriptors() <= self._held + len(expected) + len(self.slots)

    def _hold(self) -> bool:
        self._held = descriptors() - 2 * len(self.slots)  # in the loop: uvloop has more while it runs
        return True

    def _check_jobs(self) -> None:
        for job in self.apps.jobs.values():
            assert job.wrong == []
        for request_id, message in self.lines:
            assert not message.startswith("r-") or message == request_id, f"{request_id} logged {message}"
            assert "never retrieved" not in message
            assert "destroyed" not in message
        assert self.answered() == self.posts

    def answered(self) -> Counter[str]:
        """How often each invocation has had a whole reply."""
        return Counter({name: number for name, number in self.peer.whole.items() if name})

    def check_post(self, slot: Slot, status: int) -> None:
        """The reply is the job's own, and whole."""
        job, posted = cast("Job", slot.job), cast("Posted", cast("Line", slot.line).posted)
        assert posted.headers["lambda-runtime-invocation-id"] == job.nonce
        own = b"".join(job.parts)
        if posted.endpoint == "error":
            assert status == 500
            assert json.loads(posted.body)["requestId"] == job.request_id
            return
        prelude, streamed, body = posted.body.partition(bytes(8))
        head = json.loads(prelude)
        body = body if streamed else head["body"].encode()
        assert bool(streamed) is self.streams
        if head["statusCode"] == 200:
            assert head["headers"]["x-request-id"] == job.request_id
            assert body == own
            assert bool(posted.trailers) is (status != 200)
        else:
            assert head["statusCode"] == status
            assert body == {500: b"Internal Server Error", 504: b"Gateway Timeout"}[status]
            assert not posted.trailers

    def abandon(self) -> None:
        """End all, whatever its state: something was found."""
        for job in self.apps.jobs.values():
            job.give("end")
        if not self._is_closed:
            self._is_closed = True
            self.driver.abandon()
            self.peer.close()
            self.driver.close()
            self._logging.close()

    def close(self) -> None:
        """When all has ended: nothing is left."""
        self._is_closed = True
        try:
            self.driver.close()
            self._check_jobs()
            failures = {name for name, message in self.lines if message.startswith("Exception in")}
            assert failures == self.raised
            assert not any(line.is_open for line in self.peer.lines)
        finally:
            self.peer.close()
            self._logging.close()
        assert descriptors() == self._files

    # What the moves are made of

    def order(self, slot: Slot, order: Order, waits: bool = True) -> None:
        job = cast("Job", slot.job)
        done = job.done
        job.give(order)
        if waits:
            self.until(lambda: job.done == done + 1)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


class _Kept:
    """Where the log's records go: request id and message of each."""

    def __init__(self, lines: list[tuple[str, str]]) -> None:
        self._lines = lines

    def write(self, text: str, level: int, as_json: bool) -> None:
        record = json.loads(text)
        self._lines.append((record.get("requestId", ""), str(record["message"])))


@contextmanager
def logged(lines: list[tuple[str, str]]) -> Iterator[None]:
    """As on Lambda, with the records kept."""
    handler = LogHandler(_Kept(lines), as_json=True, with_levels=True)
    assert isinstance(handler.formatter, JSONFormatter)
    loggers = [logging.getLogger(name) for name in ("app", "asyncio", "lambda_http_adapter")]
    before = [(logger.propagate, logger.handlers) for logger in loggers]
    for logger in loggers:
        logger.propagate, logger.handlers = False, [handler]
    try:
        yield
    finally:
        for logger, (propagate, handlers) in zip(loggers, before, strict=True):
            logger.propagate, logger.handlers = propagate, handlers
