"""``scripts/soak``: serve a million invocations, some with bodies of six megabytes, and look what stays behind.

Each invocation has a path, host, query, cookie and header name of its own: a cache of what clients choose would grow.
Exits with 1 if a process has more memory, descriptors, threads, tasks or objects at the end than after its warm-up.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, cast

from scripts.page_block import replace_block

from .apps.soak import BINARY, TEXT
from .events import function_url
from .function import ROOT, Function
from .runtime_api import ACCEPTED, FailedError, Request, RuntimeAPI, StalledError, with_event

PAGE = ROOT / "docs" / "explain" / "hardening.md"
ROWS = {
    "asgi-buffered": ("asgi", "buffered"),
    "asgi-streamed": ("asgi", "response_stream"),
    "wsgi-buffered": ("wsgi", "buffered"),
    "wsgi-streamed": ("wsgi", "response_stream"),
}
MEMORY = 4 << 20
"""Bytes that a process may have more at the end: how large bodies lie in malloc's memory varies."""
OBJECTS = 3000
"""Objects that it may have more: caches of what clients choose hold up to a thousand each, and may be full or empty."""
_WARMUP = 4000
"""Invocations: more than such a cache takes."""
_TENTHS = 10
_STALLED = 120.0


class Load(NamedTuple):
    """One of the invocations: its event, where ``NUMBER`` stands for its number, and the least size of its answer."""

    event: bytes
    answer: int
    large: bool = True


def _event(path: str, body: bytes | str | None = None) -> bytes:
    event = json.loads(function_url(f"/{path}/NUMBER", "n=NUMBER"))
    event["cookies"] = ["session=NUMBER"]
    event["headers"] |= {"host": "NUMBER.example", "x-tag-NUMBER": "NUMBER", "cookie": "session=NUMBER"}
    if body is not None:
        event["isBase64Encoded"] = isinstance(body, bytes)
        event["body"] = b64encode(body).decode() if isinstance(body, bytes) else body
        event["requestContext"]["http"]["method"] = "POST"
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


SMALL = Load(_event("small"), 8, large=False)
COUNT = Load(_event("count"), 8, large=False)


def large_loads() -> list[Load]:
    """Six megabytes in and out, as text and in base64, at once and in parts."""
    return [
        Load(_event("in", TEXT.decode()), 7),
        Load(_event("text"), len(TEXT)),
        Load(_event("in", BINARY), 7),
        Load(_event("binary"), len(BINARY)),
        Load(_event("parts"), len(BINARY)),
    ]


class Sample(NamedTuple):
    """A process that waits for an invocation. ``memory`` in bytes."""

    invocations: int
    memory: int
    descriptors: int
    threads: int
    tasks: int
    objects: int

    def __str__(self) -> str:
        held = f"{self.descriptors} descriptors, {self.threads} threads, {self.tasks} tasks, {self.objects:,} objects"
        return f"{self.invocations:>11,}  {self.memory / 2**20:7.2f} MiB, {held}"


class Soaked(NamedTuple):
    """What became of one function. Its text is a row of a table."""

    name: str
    samples: Sequence[Sample]
    seconds: float

    def __str__(self) -> str:
        first, last = self.samples[0], self.samples[-1]
        memory = [first.memory, last.memory, max(sample.memory for sample in self.samples)]
        cells = [self.name, f"{last.invocations:,}", *(f"{size / 2**20:.1f}" for size in memory)]
        return f"| {' | '.join([*cells, *map(str, last[2:5])])} |"

    def grown(self) -> list[str]:
        """What there is more of at the end than there may be."""
        first, last = self.samples[0], self.samples[-1]
        bounds = {"memory": MEMORY, "descriptors": 0, "threads": 0, "tasks": 0, "objects": OBJECTS}
        more = {name: getattr(last, name) - getattr(first, name) for name in bounds}
        return [f"{name}: {more[name]:,} more" for name, bound in bounds.items() if more[name] > bound]


class SoakAPI(RuntimeAPI):
    """Hands out loads one after the other, each with its number, and checks each answer."""

    def __init__(self) -> None:
        super().__init__(SMALL.event)
        self._load = SMALL

    def keeps(self) -> bool:
        return not self._load.large

    def counts(self, function: Function, loads: Iterator[Load]) -> Iterator[bytes]:
        """The answers to ``COUNT``, each as soon as its poller waits for the next invocation."""
        number, counted = 0, b""

        def idle(seconds: float) -> None:
            function.check()
            if seconds > _STALLED:
                raise StalledError(f"{seconds:.0f} s after invocation {number}")

        for connection, request in self.requests(idle, timeout=1):
            if request.endpoint != "invocation/next":
                self._check(request, number)
                counted = request.body if self._load is COUNT else b""
                connection.sendall(ACCEPTED)
                continue
            if counted:
                yield counted
            number += 1
            self._load = next(loads)
            connection.sendall(with_event(self._load.event.replace(b"NUMBER", b"%d" % number)))

    def _check(self, request: Request, number: int) -> None:
        load = self._load
        if request.endpoint != "response" or request.size < load.answer:
            raise FailedError(f"{number}: {request.endpoint} of {request.size} bytes {request.body[:200]!r}")
        if load is SMALL and b"/small/%d" % number not in request.body:
            raise FailedError(f"{number} was answered {request.body[:500]!r}")


def soak(program: str, count: int, one_in: int) -> Iterator[Sample]:
    """The samples of ``program``, a function that serves ``benchmarks.apps.soak``: after the warm-up, and after each
    tenth of ``count`` invocations. One of ``one_in`` is large.
    """
    warmup = max(one_in * 10, min(_WARMUP, count))
    due = [warmup + count * tenth // _TENTHS for tenth in range(_TENTHS + 1)]
    large = large_loads()

    def loads() -> Iterator[Load]:
        for number in range(1, due[-1] + 1):
            yield SMALL if number % one_in else large[number // one_in % len(large)]
            if number in due:
                yield COUNT
        yield SMALL

    with SoakAPI() as api:
        environment = {"AWS_LAMBDA_RUNTIME_API": api.address}
        with Function([sys.executable, "-c", program], environment, every_core=True) as function:
            for number, answer in zip(due, api.counts(function, loads()), strict=False):
                found = cast("dict[str, int]", json.loads(_body(answer)))
                yield Sample(number - warmup, *function.held(), found["tasks"], found["objects"])


def _body(answer: bytes) -> bytes:
    prelude, streamed, body = answer.partition(bytes(8))
    return body if streamed else cast("dict[str, str]", json.loads(prelude))["body"].encode()


def program_of(colour: str, mode: str) -> str:
    app = "app" if colour == "asgi" else "wsgi"
    return (
        f"from lambda_http_adapter import run_{colour}; from benchmarks.apps.soak import {app}; "
        f"run_{colour}({app}, invoke_mode='{mode}')"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument(
        "--invocations", type=int, default=1_000_000, metavar="N", help="of each function (default: 1,000,000)"
    )
    parser.add_argument(
        "--large", type=int, default=100, metavar="N", help="one of so many has a body of 6 MB (default: 100)"
    )
    parser.add_argument(
        "--only", action="append", choices=list(ROWS), help="one of the functions (default: all of them)"
    )
    parser.add_argument("--write", action="store_true", help=f"write the table into {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    if options.invocations < _TENTHS or options.large < 1:
        parser.error(f"expected at least {_TENTHS} invocations, and one or more as --large")
    soaked = []
    for name in options.only or ROWS:
        print(f"{name}: one of {options.large} invocations has a body of 6 MB", flush=True)
        start = time.monotonic()
        samples = []
        for sample in soak(program_of(*ROWS[name]), options.invocations, options.large):
            print(sample, flush=True)
            samples.append(sample)
        soaked.append(Soaked(name, samples, time.monotonic() - start))
        print("\n".join(soaked[-1].grown()) or "nothing has grown", flush=True)
    if options.write:
        replace_block(PAGE, "soak", report(soaked, options.large, sys.argv[1:]))
    sys.exit(any(each.grown() for each in soaked))


def report(soaked: Sequence[Soaked], one_in: int, arguments: Sequence[str]) -> str:
    """The table of a page, and what it was made with."""
    lines = [
        f"`{' '.join(['scripts/soak', *arguments])}` on {datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, "
        f"{platform.python_implementation()} {platform.python_version()}. "
        f"One of {one_in} invocations has a body of 6 MB. Memory is the resident set in MiB.",
        "",
        "| function | invocations | memory after the warm-up | at the end | at most | descriptors | threads | tasks |",
        "|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *map(str, soaked)])


if __name__ == "__main__":
    main()
