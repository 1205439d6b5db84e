"""The comparisons, and their goals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from . import events
from .apps.bodies import content
from .loop import Loop
from .sample import Measurement
from .start import Start
from .subjects import APIG_WSGI, MANGUM, OURS_ASGI, OURS_COMMAND, OURS_STREAMED, OURS_WSGI, SERVERLESS_WSGI, Subject
from .translation import Translation


class Goal(NamedTuple):
    """Upper bounds: ``time`` and ``memory`` as ours divided by theirs, ``seconds`` and ``bytes`` for ours alone."""

    time: float | None = None
    memory: float | None = None
    seconds: float | None = None
    bytes: float | None = None


class Row(NamedTuple):
    """``volume``: the bytes that an invocation carries, for rows that measure throughput."""

    name: str
    work: str
    ours: Measurement
    peer: str
    theirs: Measurement | None
    goal: Goal
    volume: int = 0


# The largest body whose base64 fits a result of 6 MB.
LARGE = 4_400_000

_HELLO = b"Hello, World!"
_ITEM = b'{"item":42,"q":"lambda","tags":["a","b"]}'

_SMALL = (
    ("asgi", "trivial ASGI app", OURS_ASGI, MANGUM, "asgi", _HELLO, 0.6),
    ("fastapi", "FastAPI JSON route", OURS_ASGI, MANGUM, "fastapi_items", _ITEM, 0.7),
    ("wsgi", "trivial WSGI app", OURS_WSGI, APIG_WSGI, "wsgi", _HELLO, 0.75),
    ("flask", "Flask JSON route", OURS_WSGI, APIG_WSGI, "flask_items", _ITEM + b"\n", 0.8),
    ("flask-serverless", "Flask JSON route", OURS_WSGI, SERVERLESS_WSGI, "flask_items", _ITEM + b"\n", 0.8),
)
_FRAMEWORKS = (("FastAPI", "fastapi_items", OURS_ASGI, MANGUM), ("Flask", "flask_items", OURS_WSGI, APIG_WSGI))
_BODIES = (
    ("binary", "4.4 MB binary response", 0.25),
    ("text", "4.4 MB text response", 0.5),
    ("upload", "4.4 MB upload", 0.5),
)
_WAITED = b'{"waited":true}'
_PROCESSES = (
    ("processes-io", "/wait", _WAITED, "50 ms, FastAPI, 2 processes", False),
    ("processes-io-fast", "/wait", _WAITED, "50 ms, FastAPI, 2 processes, with uvloop and pybase64", True),
    ("processes-cpu", "/work", b'{"worked":"e2eda5bc"}', "10 ms of CPU, FastAPI, 2 processes", False),
)
_SHARED = Goal(1, memory=1 / 3)
_EXTRAS = ", with uvloop and pybase64"


def rows() -> Iterator[Row]:
    yield from _invocations(extras=False)
    yield from _invocations(extras=True)
    for origin in events.ORIGINS:
        yield _translation("asgi", origin, OURS_ASGI, MANGUM)
        if origin != "lambda_edge":  # apig-wsgi doesn't support it
            yield _translation("wsgi", origin, OURS_WSGI, APIG_WSGI)
    yield from _bodies(extras=False)
    yield from _bodies(extras=True)
    ours, theirs = (concurrent_loop(subject, 16) for subject in (OURS_ASGI, MANGUM))
    yield Row(
        "concurrent", "16 concurrent invocations of 50 ms, FastAPI", ours, MANGUM.name, theirs, Goal(1, memory=1 / 6)
    )
    for name, path, expected, work, extras in _PROCESSES:
        ours, theirs = (
            concurrent_loop(subject, 16, path, expected, processes=2, extras=extras)
            for subject in (OURS_COMMAND, MANGUM)
        )
        yield Row(name, f"16 concurrent invocations of {work}", ours, MANGUM.name, theirs, _SHARED)
    yield from _starts("", "", Goal(1, seconds=0.003))
    yield from _starts("-fast", _EXTRAS, Goal(1, seconds=0.003), extras=True)
    yield from _starts("-nopyc", ", without .pyc", Goal(1), compiled=False)
    stream = Loop(OURS_STREAMED, "stream", events.function_url("/"), 1, 0, 1 << 30, memory="growth")
    yield Row("stream", "1 GiB stream", stream, "–", None, Goal(bytes=8 << 20), volume=1 << 30)


def _invocations(extras: bool) -> Iterator[Row]:
    event = events.function_url("/items/42", "q=lambda")
    for name, work, ours, peer, app, expected, bound in _SMALL:
        loops = (Loop(subject, app, event, 1000, 200, expected, extras) for subject in (ours, peer))
        suffix, label = ("-fast", _EXTRAS) if extras else ("", "")
        yield Row(name + suffix, work + label, next(loops), peer.name, next(loops), Goal(bound))


def _bodies(extras: bool) -> Iterator[Row]:
    suffix, label = ("-fast", _EXTRAS) if extras else ("", "")
    for kind, work, bound in _BODIES:
        ours, theirs = (body_loop(subject, kind, LARGE, extras) for subject in (OURS_ASGI, MANGUM))
        yield Row(kind + suffix, work + label, ours, MANGUM.name, theirs, Goal(bound, memory=1))


def _translation(colour: str, origin: str, ours: Subject, peer: Subject) -> Row:
    calls = (Translation(subject, colour, origin) for subject in (ours, peer))
    work = f"translation only, {colour.upper()}, {origin}"
    adapter = peer.name.removeprefix("awslambdaric + ")
    return Row(f"translation-{colour}-{origin}", work, next(calls), adapter, next(calls), Goal(0.5))


def _starts(suffix: str, label: str, goal: Goal, *, compiled: bool = True, extras: bool = False) -> Iterator[Row]:
    for framework, app, ours, peer in _FRAMEWORKS:
        starts = (Start(subject, app, compiled, extras) for subject in (ours, peer))
        name, work = f"start-{framework.lower()}{suffix}", f"start with {framework}{label}"
        yield Row(name, work, next(starts), peer.name, next(starts), goal)


def body_loop(subject: Subject, kind: str, size: int, extras: bool = False) -> Loop:
    """Invocations with a response, or request, of about ``size`` bytes."""
    body = content("binary" if kind == "upload" else kind, size)
    upload = kind == "upload"
    event = events.function_url(f"/{kind}/{size}", body=body if upload else None)
    count = max(20, min(800, 20_000_000 // size))
    return Loop(subject, "bodies", event, count, count // 5, b"%d" % len(body) if upload else body, extras)


def concurrent_loop(
    subject: Subject,
    pollers: int,
    path: str = "/wait",
    expected: bytes = _WAITED,
    *,
    processes: int = 0,
    extras: bool = False,
) -> Loop:
    event = events.function_url(path)
    return Loop(
        subject,
        "fastapi_items",
        event,
        20 * pollers,
        2 * pollers,
        expected,
        extras,
        pollers=pollers,
        memory="all",
        processes=processes,
    )
