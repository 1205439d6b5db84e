"""Faults of the Runtime API as a product of their axes: the call, the point of its answer, and the fault.

What docs/runtime.md says of faults follows from where they are, so that each row's outcome can be computed:

no byte of the answer, and the connection had been used    sent again
a byte of the answer, and then not the rest                breaks: ends a lone poller, costs another its call
a body that is right for HTTP and not JSON                 fails the event; nobody reads a receipt's
"""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Literal, NamedTuple

from tests.support.http_bytes import answer
from tests.support.runtime_process import http
from tests.support.scripted_peer import End, Peer, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

Outcome = Literal["served", "waits", "breaks", "fails", "served or breaks"]

CALLS = ("next", "response")
POINTS = ("connect", "request", "before", "status line", "headers", "body", "mid-body", "last byte", "after")
ENDS: dict[str, End] = {"closed": "close", "reset": "reset", "half-closed": "half"}
FAULTS = (*ENDS, "stalled", "bytewise", "garbage", "longer", "longer and closed", "shorter", "wrong status")
_OF_HEAD = ("longer", "longer and closed", "shorter", "wrong status")

EVENTS = 4  # of each poller
_FAULTY = 2  # which of them


class Row(NamedTuple):
    call: str
    point: str
    fault: str

    @property
    def streams(self) -> bool:
        """A buffered response is sent in one piece: no answer comes within it."""
        return self.point == "request" or len("".join(self)) % 2 == 0

    def outcome(self) -> Outcome:
        before_any = self.point in ("request", "before")
        if self.fault in ENDS:
            if self.point == "connect":
                return "breaks"
            # Of a stream that has more than two pieces, nothing is kept.
            is_kept = self.call == "next" or self.point == "request" or not self.streams
            return "served" if (before_any and is_kept) or self.point == "after" else "breaks"
        if self.fault == "stalled":
            return "served" if self.point == "after" else "waits"
        if self.fault == "bytewise":
            return "served"
        if self.fault == "longer":
            return "waits"
        if self.fault == "garbage" and self.point == "after":
            return "served or breaks"
        if self.fault == "garbage" and self.point in ("body", "mid-body", "last byte"):
            return "fails" if self.call == "next" else "served"
        return "breaks"


def rows() -> Iterator[Row]:
    for call in CALLS:
        for point in POINTS:
            for fault in FAULTS:
                if point in ("connect", "request") and fault not in ENDS:
                    continue  # nothing of an answer there
                if point == "request" and call == "next":
                    continue  # in one piece
                if fault in _OF_HEAD and point != "headers":
                    continue
                yield Row(call, point, fault)


def peer_of(row: Row | None, name: str) -> Peer:
    """Serves ``EVENTS`` events, one of them with the fault of the ``row``; their ids begin with ``name``."""
    numbers = count(1)
    asked = {"next": 0, "response": 0, "error": 0}

    def step(endpoint: str) -> Step | None:
        if endpoint == "early":
            due = row is not None and row.point == "request" and asked["response"] == _FAULTY - 1
            if row is None or not due:
                return None
            asked["response"] += 1
            return Step((), ENDS[row.fault], early=True)
        asked[endpoint] += 1
        faulty = row is not None and row.point != "request" and (row.call, asked[row.call]) == (endpoint, _FAULTY)
        if endpoint != "next":
            return _faulty(row, _RECEIPT) if row is not None and faulty else Step((_RECEIPT,))
        if row is not None and faulty and row.fault in ENDS and row.point != "after":
            return _faulty(row, _event("lost"))
        number = next(numbers)
        if number > EVENTS:
            return None
        raw = _event(f"{name}-{number}")
        return _faulty(row, raw) if row is not None and faulty else Step((raw,))

    return Peer(step)


_RECEIPT = answer(202, {"status": "OK"}).raw


def _event(name: str) -> bytes:
    fields = [("Lambda-Runtime-Aws-Request-Id", name), ("Lambda-Runtime-Deadline-Ms", "4102444800000")]
    return answer(200, http(f"/{name}"), fields).raw


def _faulty(row: Row, raw: bytes) -> Step:
    head = raw.index(b"\r\n\r\n") + 4
    places = {
        "status line": 7,
        "headers": raw.index(b"\r\n") + 9,
        "body": head,
        "mid-body": (head + len(raw)) // 2,
        "last byte": len(raw) - 1,
        "after": len(raw),
    }
    place = places.get(row.point, 0)
    begun, rest = raw[:place], raw[place:]
    pieces = [begun] if begun else []
    if row.fault in ENDS:
        return Step(pieces, ENDS[row.fault], refuse=row.point == "connect")
    if row.fault == "stalled":
        return Step(pieces)
    if row.fault == "bytewise":
        return Step([*pieces, *(rest[index : index + 1] for index in range(len(rest)))])
    if row.fault == "garbage":
        if head <= place < len(raw):
            return Step([begun + b"\xfe" * min(5, len(rest)) + rest[5:]])
        return Step([*pieces, b"\0\xfe\r\n\r\n", rest] if rest else [*pieces, b"\0\xfe\r\n\r\n"])
    if row.fault == "wrong status":
        return Step([answer(500, {"errorType": "Odd"}).raw])
    size = len(raw) - head
    other = size - 1 if row.fault == "shorter" else size + 7
    wrong = raw.replace(b"Content-Length: %d\r" % size, b"Content-Length: %d\r" % other)
    assert wrong != raw
    return Step([wrong], "close" if row.fault == "longer and closed" else "keep")


def events_of(name: str) -> set[str]:
    return {f"{name}-{number}" for number in range(1, EVENTS + 1)}


def endpoints(peer: Peer) -> dict[str, set[str]]:
    """By event: what was posted about it."""
    posted: dict[str, set[str]] = {}
    for request in peer.requests:
        if request.endpoint != "next":
            posted.setdefault(request.request_id, set()).add(request.endpoint)
            if request.endpoint == "response" and f"<{request.request_id}>".encode() not in request.body:
                raise AssertionError(f"{request.request_id} was answered with {request.body!r}")
            if request.endpoint == "error":
                json.loads(request.body)
    return posted
