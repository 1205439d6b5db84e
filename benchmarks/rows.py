"""The comparisons, and their goals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from . import events
from .apps.bodies import content
from .loop import Loop
from .sample import Measurement
from .start import ColdStart, Start
from .subjects import APIG_WSGI, MANGUM, OURS_ASGI, OURS_COMMAND, OURS_STREAMED, OURS_WSGI, SERVERLESS_WSGI, Subject
from .translation import Translation


class Goal(NamedTuple):
    """Upper bounds: ``time``, ``cpu``, ``memory`` as ours divided by theirs, ``seconds``, ``bytes`` for ours alone."""

    time: float | None = None
    cpu: float | None = None
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

# The goals, without and with the extra ``fast``.
_SMALL = {
    "asgi": (OURS_ASGI, MANGUM, Goal(0.5, cpu=0.58), Goal(0.5, cpu=0.52)),
    "fastapi": (OURS_ASGI, MANGUM, Goal(cpu=0.66), Goal(cpu=0.66)),
    "wsgi": (OURS_WSGI, APIG_WSGI, Goal(0.72, cpu=0.62), Goal(0.72, cpu=0.62)),
    "flask": (OURS_WSGI, APIG_WSGI, Goal(cpu=0.7), Goal(cpu=0.7)),
    "flask-serverless": (OURS_WSGI, SERVERLESS_WSGI, Goal(0.8), Goal(0.8)),
}
_APPS = {
    "asgi": ("trivial ASGI app", "asgi", _HELLO),
    "fastapi": ("FastAPI JSON route", "fastapi_items", _ITEM),
    "wsgi": ("trivial WSGI app", "wsgi", _HELLO),
    "flask": ("Flask JSON route", "flask_items", _ITEM + b"\n"),
}
_FRAMEWORKS = (("FastAPI", "fastapi_items", OURS_ASGI, MANGUM), ("Flask", "flask_items", OURS_WSGI, APIG_WSGI))
_BODIES = (
    ("binary", "4.4 MB binary response", 0.25, 0.25),
    ("text", "4.4 MB text response", 0.5, 0.5),
    ("upload", "4.4 MB upload", 0.6, 0.5),
)
_WAITED = b'{"waited":true}'
_PROCESSES = (
    ("processes-io", "/wait", _WAITED, "50 ms, FastAPI, 2 processes", False),
    ("processes-io-fast", "/wait", _WAITED, "50 ms, FastAPI, 2 processes, with uvloop and pybase64", True),
    ("processes-cpu", "/work", b'{"worked":"e2eda5bc"}', "10 ms of CPU, FastAPI, 2 processes", False),
)
_SHARED = Goal(1, memory=1 / 3)
EXTRAS = ", with uvloop and pybase64"


def rows() -> Iterator[Row]:
    """This package beside AWS's runtime with the other adapters."""
    for extras in (False, True):
        for name in _SMALL:
            yield _invocation(name, extras)
    for origin in events.ORIGINS:
        yield _translation("asgi", origin, OURS_ASGI, MANGUM, Goal(1.15))
        if origin != "lambda_edge":  # apig-wsgi doesn't support it
            goal = Goal(seconds=16e-6) if origin == "function_url" else Goal()
            yield _translation("wsgi", origin, OURS_WSGI, APIG_WSGI, goal)
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
    yield from _starts("", "")
    yield from _starts("-fast", EXTRAS, extras=True)
    yield from _starts("-nopyc", ", without .pyc", compiled=False)
    for name in _APPS:
        adapter, peer, *_ = _SMALL[name]
        yield _cold(name, name, adapter, peer)
    stream = Loop(OURS_STREAMED, "stream", events.function_url("/"), 1, 0, 1 << 30, memory="growth")
    yield Row("stream", "1 GiB stream", stream, "–", None, Goal(bytes=8 << 20), volume=1 << 30)


def anchor_rows(go: Subject | None, rust: Subject | None, web_adapter: Subject | None) -> Iterator[Row]:
    """This package beside those runtimes of other languages that are there."""
    beside = (
        ("go", go, "asgi", Goal(1, cpu=0.8)),
        ("go", go, "wsgi", Goal(1, cpu=0.6)),
        ("rust", rust, "asgi", Goal()),
        ("rust", rust, "wsgi", Goal()),
        ("lwa", web_adapter, "asgi", Goal()),
        ("lwa", web_adapter, "fastapi", Goal()),
    )
    for suffix, subject, name, goal in beside:
        if subject is not None:
            ours, work = _SMALL[name][0], _APPS[name][0]
            yield Row(f"{name}-{suffix}", work, small_loop(ours, name), subject.name, small_loop(subject, name), goal)
    for suffix, subject, name, _ in beside:
        if subject is not None:
            yield _cold(f"{name}-{suffix}", name, _SMALL[name][0], subject)


def small_loop(subject: Subject, name: str, extras: bool = False) -> Loop:
    """Invocations of a few hundred bytes, one after the other."""
    _, app, expected = _APPS[name]
    return Loop(subject, app, events.function_url("/items/42", "q=lambda"), 2000, 200, expected, extras)


def _invocation(name: str, extras: bool) -> Row:
    ours, peer, *goals = _SMALL[name]
    name_of_app = name.partition("-")[0]
    work = _APPS[name_of_app][0]
    loops = (small_loop(subject, name_of_app, extras) for subject in (ours, peer))
    suffix, label = ("-fast", EXTRAS) if extras else ("", "")
    return Row(name + suffix, work + label, next(loops), peer.name, next(loops), goals[extras])


def _bodies(extras: bool) -> Iterator[Row]:
    suffix, label = ("-fast", EXTRAS) if extras else ("", "")
    for kind, work, *bounds in _BODIES:
        ours, theirs = (body_loop(subject, kind, LARGE, extras) for subject in (OURS_ASGI, MANGUM))
        yield Row(kind + suffix, work + label, ours, MANGUM.name, theirs, Goal(bounds[extras], memory=1))


def _translation(colour: str, origin: str, ours: Subject, peer: Subject, goal: Goal) -> Row:
    calls = (Translation(subject, colour, origin) for subject in (ours, peer))
    work = f"translation only, {colour.upper()}, {origin}"
    adapter = peer.name.removeprefix("awslambdaric + ")
    return Row(f"translation-{colour}-{origin}", work, next(calls), adapter, next(calls), goal)


def _starts(suffix: str, label: str, *, compiled: bool = True, extras: bool = False) -> Iterator[Row]:
    for framework, app, ours, peer in _FRAMEWORKS:
        starts = (Start(subject, app, compiled, extras) for subject in (ours, peer))
        name, work = f"start-{framework.lower()}{suffix}", f"start with {framework}{label}"
        yield Row(name, work, next(starts), peer.name, next(starts), Goal(1))


def _cold(suffix: str, name: str, ours: Subject, peer: Subject) -> Row:
    work, app, _ = _APPS[name]
    starts = (ColdStart(subject, app) for subject in (ours, peer))
    return Row(f"cold-{suffix}", f"cold start, {work}", next(starts), peer.name, next(starts), Goal())


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
