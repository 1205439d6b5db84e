"""What can happen to pollers, connections and replies. Each move says what comes of it, and waits for that."""

from __future__ import annotations

import json
import time
from typing import Literal, cast

from lambda_http_adapter._runtime.start import GRACE
from tests.support.http_bytes import Answer, answer
from tests.support.model_drivers import MakeDriver
from tests.support.model_jobs import Job, Order
from tests.support.model_peer import Line
from tests.support.model_world import Slot, State, World
from tests.support.origin_events import load_event

Move = Literal["deliver", "nothing", "look", "part", "stall", "end", "fail", "receipt", "early", "notice", "hang_up"]

STATES: dict[Move, tuple[State, ...]] = {
    "deliver": ("asking",),
    "nothing": ("asking",),
    "look": ("serving", "streaming"),
    "part": ("serving", "streaming"),
    "stall": ("serving", "streaming"),
    "end": ("serving", "streaming"),
    "fail": ("serving", "streaming"),
    "receipt": ("posted",),
    "early": ("streaming",),
    "notice": ("serving",),
    "hang_up": ("asking", "serving", "streaming", "posted"),
}
_EVENT = load_event("function_url", "plain")
_NEVER = 4_102_444_800_000
_LARGE = 5 << 20  # bytes: more than the kernel takes for a reader that doesn't read
_RAISED = (ValueError, SystemExit, GeneratorExit, BaseException, KeyboardInterrupt)
_RECEIPTS = (
    answer(202, {"status": "OK"}),
    answer(410, {"errorType": "InvokeTimeout"}),
    answer(413, {"errorType": "RequestEntityTooLarge"}),
    answer(403, {"errorType": "InvalidStateTransition"}),
    answer(500),
)
_LAST_RECEIPTS = (
    answer(202, {"status": "OK"}, [("Connection", "close")]),
    Answer(_RECEIPTS[0].raw[:20], "close"),
    Answer(b"what?\r\n\r\n"),
)


class Moves(World):
    """`what` of a move is a number that says more of it.

    A poller may fail to ask `failures` times: it waits a tenth of a second before it asks again.
    """

    def __init__(self, make: MakeDriver, pollers: int, mode: str, failures: int = 1) -> None:
        super().__init__(make, pollers, mode)
        self._number = 0
        self._failures = failures
        self._nothings = 2

    def able(self, move: Move) -> list[Slot]:
        """The slots for which the move is possible."""
        return [slot for slot in self.slots if slot.state in STATES[move] and self._is_possible(move, slot)]

    def _is_possible(self, move: Move, slot: Slot) -> bool:
        match move:
            case "nothing":
                return self._nothings > 0
            case "stall":
                return self.streams and slot.line is not None
            case "early" | "notice":
                return slot.line is not None
            case "hang_up":
                return slot.line is not None and (slot.state != "asking" or slot.retries or self._failures > 0)
        return True

    def do(self, move: Move, pick: int, what: int) -> None:
        """`pick` chooses among the slots."""
        slots = self.able(move)
        getattr(self, move)(slots[pick % len(slots)], what)
        self.check()

    def deliver(self, slot: Slot, what: int) -> None:
        """An event arrives, whole or in pieces, and its app begins; or it is none, and fails at once."""
        self._number += 1
        job = slot.job = self.apps.jobs[f"r-{self._number}"] = Job(self._number, self.driver.orders())
        line = cast("Line", slot.line)
        kind = {1: "not json", 2: "no deadline", 3: "soon" if self.is_async else "", 4: "close"}.get(what % 8, "")
        event = b"not json" if kind == "not json" else json.dumps(_EVENT | {"body": job.request_id}).encode()
        deadline = {"no deadline": "soon", "soon": str(int(time.time() * 1000) + 5)}.get(kind, str(_NEVER))
        headers = [
            ("Lambda-Runtime-Aws-Request-Id", job.request_id),
            ("Lambda-Runtime-Deadline-Ms", deadline),
            ("Lambda-Runtime-Invocation-Id", job.nonce),
            ("Connection", "close" if kind == "close" else "keep-alive"),
        ]
        if what % 32 < 16 and kind != "close":
            headers.pop()
        self._write(line, answer(200, event, headers, chunked=what % 16 >= 8).raw, what)
        slot.writes, slot.resent = 0, False
        if kind == "close":
            line.is_last = True
            self.until(lambda: not line.is_open)
            slot.line = None
        if kind in ("not json", "no deadline"):
            self._expect_end(slot, 500)
        elif kind == "soon":
            self._expect_end(slot, 504)
        else:
            self.until(lambda: job.begun)
            slot.state = "serving"

    def nothing(self, slot: Slot, what: int) -> None:
        """204: the poller asks again."""
        self._nothings -= 1
        line = cast("Line", slot.line)
        line.answer(answer(204))
        self.until_asked(slot)
        assert slot.line is line

    def look(self, slot: Slot, what: int) -> None:
        self.order(slot, "thread" if what % 2 else "look")

    def part(self, slot: Slot, what: int) -> None:
        """The app sends a part."""
        if self._is_lost(slot):
            self._lose(slot, b"never sent")
            return
        data = _data(cast("Job", slot.job), 1 + what * what)
        self.order(slot, data)
        if self.streams:
            slot.wrote()
            self.until_posted(slot, lambda posted: posted.body.endswith(data))
            slot.state = "streaming"

    def stall(self, slot: Slot, what: int) -> None:
        """The Runtime API reads no more: the app that sends must wait, and no other; then it reads on, or hangs up."""
        job, line = cast("Job", slot.job), cast("Line", slot.line)
        data = _data(job, _LARGE)
        done = job.done
        line.is_stalled = True
        self.order(slot, data, waits=False)
        for other in self.able("look"):
            if other is not slot:
                self.order(other, "look")
        self.driver.turn()
        assert job.done == done, "the app goes on although nobody reads"
        line.is_stalled = False
        if self.is_async and what % 4 == 0:
            line.close(resets=what % 8 == 0)
            slot.line = None
            if slot.state == "streaming":
                self.until(lambda: job.over)
                self.until_asked(slot)
                return
            self.until(lambda: job.done == done + 1)
        else:
            self.until_posted(slot, lambda posted: posted.body.endswith(data))
            self.until(lambda: job.done == done + 1)
        slot.writes += 1
        slot.state = "streaming"

    def end(self, slot: Slot, what: int) -> None:
        """The app completes its response."""
        self._end(slot, "end", 200)

    def fail(self, slot: Slot, what: int) -> None:
        """The app raises, or cancels itself."""
        order: Order = "cancel" if self.is_async and what % 6 == 5 else _RAISED[what % 6 % len(_RAISED)]
        self._end(slot, order, 500)

    def receipt(self, slot: Slot, what: int) -> None:
        """The reply is accepted or refused, or its receipt is none; the poller asks again."""
        line = cast("Line", slot.line)
        if what % 4:
            line.answer(_RECEIPTS[what % len(_RECEIPTS)])
            self.until_asked(slot)
            assert slot.line is line
        else:
            line.is_last = True
            line.answer(_LAST_RECEIPTS[what // 4 % len(_LAST_RECEIPTS)])
            self.until_asked(slot)
            assert slot.line is not line

    def early(self, slot: Slot, what: int) -> None:
        """The answer comes within a stream: the app learns of it, and nothing more comes on that line."""
        line = cast("Line", slot.line)
        line.is_last = True
        line.answer(_RECEIPTS[what % len(_RECEIPTS)])
        self.driver.turn()
        order: tuple[Order, ...] = (b"never sent", "end", ValueError)
        self._lose(slot, order[what % 3])

    def notice(self, slot: Slot, what: int) -> None:
        """A proxy tells that it has waited for long enough, and hangs up: that is the answer to nothing."""
        line = cast("Line", slot.line)
        line.write(answer(408, headers=[("Connection", "close")]).raw)
        self.hang_up(slot, what)

    def hang_up(self, slot: Slot, what: int) -> None:
        """The Runtime API closes or resets the connection."""
        cast("Line", slot.line).close(resets=bool(what % 2))
        slot.line = None
        if slot.state == "asking":
            self._failures -= not slot.retries
            self.until_asked(slot)
        elif slot.state == "posted" and slot.retries:
            self.posts[cast("Job", slot.job).request_id] += 1
            self.until_posted(slot, lambda posted: posted.is_whole)
            self.check_post(slot, slot.status)
            slot.retries = False
        elif slot.state == "posted":
            self.until_asked(slot)

    def finish(self, finishes: bool = True) -> None:
        """SIGTERM: who waits ends, who serves may finish."""
        start = time.monotonic()
        self.driver.terminate()
        if self.is_async:
            for slot in self.able("deliver"):
                self.until_ended(slot)
        try:
            if finishes or not self.is_async:
                self._finish_all()
        except (AssertionError, OSError):
            if not self.is_async or time.monotonic() - start < GRACE * 0.9:
                raise
            # This machine was too slow for the grace period: what wasn't finished has been cancelled.
            self.posts = self.answered()
        self.until(self.driver.ended)
        self.until(lambda: not any(line.is_open for line in self.peer.lines))
        self.close()

    def _finish_all(self) -> None:
        for slot in self.able("deliver"):
            self.deliver(slot, 0)
        for slot in self.able("end"):
            if self._is_lost(slot):
                self.order(slot, "end", waits=False)
                slot.line, slot.state = None, "ended"
            else:
                self.end(slot, 0)
        for slot in self.able("receipt"):
            cast("Line", slot.line).answer(_RECEIPTS[0])
            self.until_ended(slot)

    # What the moves are made of

    def _write(self, line: Line, raw: bytes, what: int) -> None:
        """In one piece, in pieces of a few bytes, or in large ones, of which the first two are read one by one."""
        size = (len(raw), 1 + what, 300)[what % 3]
        starts = range(0, len(raw), size)
        for number, start in enumerate(starts[:-1]):
            line.write(raw[start : start + size])
            if number < 2:
                self.driver.turn()
        line.answer(Answer(raw[starts[-1] :]))

    def _is_lost(self, slot: Slot) -> bool:
        return slot.state == "streaming" and not slot.can_write()

    def _lose(self, slot: Slot, order: Order) -> None:
        """What the app does next tells it that its reply is gone; then the poller asks again on a new line."""
        job, line = cast("Job", slot.job), slot.line
        if not self.is_async:  # an app on an event loop isn't logged once its reply is gone
            self._expect_log(job, order)
        self.order(slot, order, waits=False)
        self.until(lambda: job.over)
        assert job.broken is (isinstance(order, bytes) or (order == "end" and self.is_async))
        self.until_asked(slot)
        assert slot.line is not line

    def _end(self, slot: Slot, order: Order, status: int) -> None:
        if self._is_lost(slot):
            self._lose(slot, order)
            return
        self._expect_log(cast("Job", slot.job), order)
        self.order(slot, order, waits=False)
        self._expect_end(slot, status)

    def _expect_log(self, job: Job, order: Order) -> None:
        if order in (ValueError, BaseException) or (order is GeneratorExit and not self.is_async):
            self.raised.add(job.request_id)

    def _expect_end(self, slot: Slot, status: int) -> None:
        """Until the whole reply has come: what the app has sent, or the page or the trailers of a failure."""
        job, before = cast("Job", slot.job), slot.line
        self.posts[job.request_id] += 1
        slot.wrote()
        posted = self.until_posted(slot, lambda posted: posted.is_whole)
        if posted.headers.get("transfer-encoding") == "chunked":
            slot.retries = not slot.resent and slot.writes <= 2
        else:
            slot.retries = before is not None
        slot.status = status
        slot.state = "posted"
        self.check_post(slot, status)


def _data(job: Job, size: int) -> bytes:
    name = f"{job.request_id}:{len(job.parts)};".encode()
    data = (name * (size // len(name) + 1))[:size] + b"|" + name
    job.parts.append(data)
    return data
