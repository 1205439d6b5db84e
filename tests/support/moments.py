"""Signals and deadlines at each bytecode of this package: what strikes, and the process that it strikes.

``moment_observer`` forks such processes and is their Runtime API, ``moment_rules`` has what must hold.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import lambda_http_adapter
from lambda_http_adapter._runtime import async_loop, sync_loop
from tests.support.child_process import FUNCTION
from tests.support.momentary_apps import Momentary

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

    TraceFunction = Callable[[FrameType, str, Any], Any]

_PACKAGE = str(Path(lambda_http_adapter.__file__).parent) + os.sep
FAR = 60  # seconds: what is due then comes only by the strike

DRIVERS = ("sockets", "asyncio", "uvloop", "handler", "async_handler")
MODES = ("buffered", "response_stream")


class Strike(NamedTuple):
    """What comes at the moment, what is served meanwhile, and the exit codes that it may lead to.

    ``second``: the app has already sent itself a SIGTERM. ``stuck``: the app, or the hook behind it, doesn't end.
    ``lost``: the Runtime API leaves behind its last receipt.
    """

    signal: int
    paths: tuple[str, ...]
    codes: tuple[int, ...] = (0,)
    deadline: bool = False
    grace: float = FAR
    second: bool = False
    stuck: bool = False
    lost: bool = False


STRIKES = {
    "sigterm": Strike(signal.SIGTERM, ("/", "/raise")),
    "sigint": Strike(signal.SIGINT, ("/", "/raise"), (130,)),
    "deadline": Strike(signal.SIGALRM, ("/", "/raise", "/"), deadline=True),
    "grace": Strike(signal.SIGALRM, ("/sigterm",), deadline=True, second=True),
    "again": Strike(signal.SIGTERM, ("/sigterm",), second=True),
    "again_sigint": Strike(signal.SIGINT, ("/sigterm",), (0,), second=True),
    "both": Strike(signal.SIGINT, ("/", "/raise"), (0, 130)),
    "stuck": Strike(signal.SIGTERM, ("/stuck",), deadline=True, grace=0.02, stuck=True),
    "stuck_hook": Strike(signal.SIGTERM, ("/stuck_hook",), deadline=True, grace=0.02, stuck=True),
    "lost": Strike(signal.SIGTERM, ("/",), (0, 1), lost=True),
}


class Case(NamedTuple):
    driver: str
    mode: str
    strike: str

    @property
    def on_loop(self) -> bool:
        return self.driver in ("asyncio", "uvloop", "async_handler")


def cases() -> list[Case]:
    """A deadline on uvloop's own clock can't be made to come."""
    return [
        Case(driver, mode, strike)
        for driver in DRIVERS
        for mode in MODES
        for strike in STRIKES
        if not (driver == "uvloop" and STRIKES[strike].signal == signal.SIGALRM)
    ]


class Tracer:
    """Counts the opcodes of this package while it is armed, and strikes at the ``moment``-th."""

    def __init__(self, moment: int, armed: Callable[[], bool], strike: Callable[[], None], note: int) -> None:
        self._moment = moment
        self._armed = armed
        self._strike = strike
        self._note = note
        self.count = 0
        self.places: list[tuple[str, int, str]] = []  # code, opcode and function

    def begin(self, frame: FrameType, event: str, argument: object) -> TraceFunction | None:
        if not frame.f_code.co_filename.startswith(_PACKAGE):
            return None
        frame.f_trace_opcodes = True
        return self._step

    def _step(self, frame: FrameType, event: str, argument: object) -> TraceFunction:
        if event == "opcode" and self._armed():
            self.count += 1
            if not self._moment:
                code = frame.f_code
                self.places.append((f"{code.co_filename}:{code.co_firstlineno}", frame.f_lasti, code.co_name))
            elif self.count == self._moment:
                sys.settrace(None)
                place = f"{frame.f_code.co_filename.removeprefix(_PACKAGE)}:{frame.f_lineno} {frame.f_code.co_name}"
                os.write(self._note, f"struck {place}\n".encode())
                self._strike()
        return self._step


def serve(case: Case, moment: int, address: str, note: int, moments: int) -> int:
    strike = STRIKES[case.strike]
    os.environ.update(FUNCTION)
    os.environ["AWS_LAMBDA_RUNTIME_API"] = address
    os.environ["LAMBDA_HTTP_ADAPTER_INVOKE_MODE"] = case.mode
    if case.driver != "uvloop":
        sys.modules["uvloop"] = None  # type: ignore[assignment]
    for loop in (sync_loop, async_loop):
        vars(loop)["GRACE"] = strike.grace
    app = Momentary(note)
    tracer = Tracer(moment, _armed(case, app), _striking(case), note)
    app.struck = lambda: 0 < moment <= tracer.count
    code: object = 0
    sys.settrace(tracer.begin)
    try:
        app.run(case.driver, case.mode, 0 if strike.deadline else None)
    except SystemExit as left:
        code = left.code or 0
    except BaseException:
        sys.settrace(None)
        os.write(note, f"raised {traceback.format_exc()[-300:]!r}\n".encode())
        code = 70
    sys.settrace(None)
    if strike.signal != signal.SIGALRM and not strike.second:
        signal.raise_signal(strike.signal)  # behind the end a second one changes nothing
    if not moment:
        os.write(moments, json.dumps(tracer.places).encode())
    assert isinstance(code, int)
    return code


def _armed(case: Case, app: Momentary) -> Callable[[], bool]:
    strike = STRIKES[case.strike]
    if strike.second and (strike.signal != signal.SIGALRM or case.on_loop):
        return lambda: app.has_sent_sigterm
    number = signal.SIGTERM if case.on_loop and strike.signal == signal.SIGALRM else strike.signal
    if number != signal.SIGALRM:
        armed = False

        def once() -> bool:
            nonlocal armed
            armed = armed or str(getattr(signal.getsignal(number), "__module__", "")).startswith("lambda_http_adapter")
            return armed

        return once
    running = False

    def until_handled() -> bool:
        """While the timer runs and, as it may have run out just then, for one opcode behind that."""
        nonlocal running
        before, running = running, signal.getitimer(signal.ITIMER_REAL)[0] > 0
        return (before or running) and callable(signal.getsignal(number))

    return until_handled


def _striking(case: Case) -> Callable[[], None]:
    number = STRIKES[case.strike].signal
    if number == signal.SIGALRM and case.on_loop:
        return _jump
    if case.strike == "both":
        return _strike_both
    return lambda: signal.raise_signal(number)


def _strike_both() -> None:
    """The second has come before Python looks at the first. Which one it looks at first is the system's to say."""
    both = (signal.SIGINT, signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_BLOCK, both)
    for number in both:
        signal.raise_signal(number)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, both)


def _jump() -> None:
    """Everything that the running event loop has planned is due, but for what follows it by a moment."""
    import asyncio

    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return
    now = loop.time
    loop.time = lambda: now() + FAR + 0.02  # type: ignore[method-assign]
