"""Whole exchanges with a Runtime API that answers anything, in any pieces, on both connections: what comes whole is
answered once, or the log says why not, and nothing else comes out.

The first byte chooses loop, pollers and mode; the others are steps, of which ``_step`` makes answers.
"""

from __future__ import annotations

import json
import re

from fuzz.choices import Choices
from tests.support.http_bytes import answer
from tests.support.runtime_process import http
from tests.support.scripted_loop import Outcome, is_ours, run
from tests.support.scripted_peer import End, Peer, Step, descriptors

_MOST = 24  # steps
_STATUSES = (204, 200, 400, 403, 410, 413, 429, 500, 503)
_ODD_HEADERS = (
    "Lambda-Runtime-Aws-Request-Id",
    "Lambda-Runtime-Deadline-Ms",
    "Lambda-Runtime-Client-Context",
    "Lambda-Runtime-Cognito-Identity",
    "Lambda-Runtime-Trace-Id",
    "Lambda-Runtime-Invocation-Id",
    "Content-Length",
    "Transfer-Encoding",
)
_ACCEPTED = answer(202, {"status": "OK"}).raw
_EVENT = json.dumps(http("/PATH"))


class _Script(Choices):
    """Steps from bytes. ``whole`` has the ids of the events that were sent as they should be, and not cut short."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._steps = 0
        self.whole: set[str] = set()
        self.faults = 0

    def byte(self) -> int:
        return self.below(256)

    def some(self) -> bytes:
        return self.bytes(self.byte() % 48)

    def step(self, endpoint: str) -> Step | None:
        if self._place >= len(self._data) or self._steps >= _MOST:
            return None
        if endpoint == "early" and self._data[self._place] & 15 != 15:
            return None
        self._steps += 1
        return self._step(self.byte(), endpoint)

    def _step(self, byte: int, endpoint: str) -> Step | None:
        raw, name = self._right(endpoint, chunked=byte & 15 == 1)
        end: End = "keep"
        clean, early, refuse = True, False, False
        match byte & 15:
            case 2:
                end = "close"
            case 3:
                end = "reset"
            case 4:
                raw, end = raw[: self.byte() * len(raw) // 256], "close" if self.byte() % 2 else "reset"
                clean = False
            case 5:
                raw, clean = self.some(), False
            case 6:
                raw, clean = raw + self.some(), False
            case 7:
                raw, clean = answer(_STATUSES[self.byte() % len(_STATUSES)], {"errorType": "Odd"}).raw, False
            case 8:
                raw, end, clean = b"", "close" if self.byte() % 2 else "reset", False
            case 9:
                place, other = self.byte() * len(raw) // 256, self.some()
                raw, clean = raw[:place] + other + raw[place + len(other) :], False
            case 10:
                odd = f"\r\n{_ODD_HEADERS[self.byte() % len(_ODD_HEADERS)]}: ".encode()
                raw, clean = raw.replace(b"\r\n", odd + self.some() + b"\r\n", 1), False
            case 11:
                raw, clean = raw.replace(b'"/PATH"', b'"/raise"'), False
            case 12:
                raw, clean = raw[:-1], False
            case 13:
                raw, end, clean, refuse = b"", "close", False, True
            case 14:
                end = "half"
            case 15:
                early, end = endpoint == "early", ("keep", "close", "reset", "half")[byte >> 4 & 3]
        if endpoint == "next" and clean and end != "reset":
            self.whole.add(name)
        # What is broken may be an event that isn't JSON, with bytes behind it that aren't HTTP.
        self.faults += (int(end != "keep") if clean else 2) + refuse
        size = byte >> 4 or len(raw) or 1
        pieces = [raw[start : start + size] for start in range(0, len(raw), size)]
        return Step(pieces, end, early, refuse)

    def _right(self, endpoint: str, chunked: bool) -> tuple[bytes, str]:
        if endpoint != "next":
            return _ACCEPTED, ""
        name = f"r-{self._steps}"
        fields = [("Lambda-Runtime-Aws-Request-Id", name), ("Lambda-Runtime-Deadline-Ms", "4102444800000")]
        return answer(200, _EVENT.replace("PATH", name).encode(), fields, chunked=chunked).raw, name


def attempt(data: bytes) -> None:
    script = _Script(data)
    choice = script.byte()
    before = descriptors()
    peer = Peer(script.step)
    driver = "asyncio" if choice & 1 else "sockets"
    outcome = run([peer], driver, several=bool(choice & 2), streams=bool(choice & 4))
    assert descriptors() == before, "descriptors are left"
    require_accounted(peer, outcome, script.whole, driver)
    told = [line for line in outcome.logs if "can't stream" not in line] + [*map(repr, filter(None, outcome.errors))]
    assert len(told) <= script.faults, f"{script.faults} faults have led to more: {told}"


def require_accounted(peer: Peer, outcome: Outcome, whole: set[str], driver: str) -> None:
    """``whole``: the ids of the events that have to be answered. Raises AssertionError."""
    for error in outcome.errors:
        if not is_ours(error):
            raise AssertionError(f"this came out on {driver}: {error!r}") from error
    assert not peer.complaints, peer.complaints
    posts: dict[str, list[tuple[int, str, bytes]]] = {}
    for request in peer.requests:
        if request.endpoint != "next":
            posts.setdefault(request.request_id, []).append((request.connection, request.endpoint, request.body))
    excused = bool(outcome.logs) or any(outcome.errors)
    served = [name for _, name in outcome.served]
    for name in whole & set(served) - peer.answered_early:
        assert name in posts or excused, f"{name} was served and not answered"
    for path, name in outcome.served:
        assert name not in whole or path in (f"/{name}", "/raise"), f"{name} got what is {path}'s"
    for name in whole:
        assert len(peer.begun[name]) <= 2, f"{name} was sent {len(peer.begun[name])} times"
    for name, sent in posts.items():
        if name not in whole:
            continue
        assert len({(endpoint, body) for _, endpoint, body in sent}) == 1, f"{name} was answered with {sent}"
        assert len({connection for connection, _, _ in sent}) == len(sent) <= 2, f"{name} was answered twice: {sent}"
        foreign = set(re.findall(rb"<(r-\d+)>", sent[0][2])) - {name.encode()}
        assert not foreign, f"{name} was answered with what is {foreign}'s"
