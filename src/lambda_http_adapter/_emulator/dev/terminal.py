"""What the terminal shows: a line for each request, and Lambda's own START, END and REPORT."""

from __future__ import annotations

import json
import shlex
import sys
import time
from typing import TYPE_CHECKING, Protocol, TextIO

from .status_page import History

if TYPE_CHECKING:
    from ..sandbox.invocation import Invocation, InvocationError
    from ..sandbox.sandbox import Report, Sandbox
    from .status_page import Exchange


class Printer(Protocol):
    def __call__(self, text: str, style: str = "") -> None: ...


def printer(file: TextIO) -> Printer:
    """In colour where rich is installed and ``file`` is a terminal."""
    try:
        from rich.console import Console
        from rich.text import Text
    except ImportError:

        def plain(text: str, style: str = "") -> None:
            print(text, file=file, flush=True)

        return plain
    console = Console(file=file, soft_wrap=True)

    def coloured(text: str, style: str = "") -> None:
        console.print(Text(text, style))
        file.flush()

    return coloured


class Log:
    """Observes the sandboxes and the front door. ``quiet`` leaves the line for each request and what went wrong."""

    def __init__(self, history: History, quiet: bool, as_json: bool, file: TextIO | None = None) -> None:
        self._history = history
        self._quiet = quiet
        self._json = as_json
        self._file = file or sys.stdout
        self._print = printer(self._file)

    def say(self, text: str, style: str = "") -> None:
        """Something of the emulator's own."""
        self._emit("emulator", text, style, message=text)

    def ready(self, name: str, url: str, mount: str, status: str, variables: dict[str, str]) -> None:
        """``variables`` are those with which somebody else's runtime attaches."""
        if self._json:
            self._emit("ready", "", "", url=url, mount=mount, variables=variables)
            return
        self._print(f"Serving {name} on {url}{mount}/ · invocations on {status}", "bold")
        if variables:
            self._print("Start a runtime with these, and a _HANDLER if it wants one:", "bold")
        for variable, value in variables.items():
            self._print(f"export {variable}={shlex.quote(value)}")

    def initialised(self, sandbox: Sandbox, seconds: float) -> None:
        if not self._quiet:
            text = f"INIT_REPORT Init Duration: {seconds * 1000:.2f} ms Process: {sandbox.pid or 'external'}"
            self._emit("init", text, "dim", init_ms=_ms(seconds), pid=sandbox.pid)

    def started(self, sandbox: Sandbox, invocation: Invocation) -> None:
        exchange = self._history.find(invocation.request_id)
        if exchange is not None:
            exchange.started = True
            exchange.init = sandbox.init if sandbox.invocations == 0 else None
        if not self._quiet:
            text = f"START RequestId: {invocation.request_id} Version: $LATEST"
            self._emit("start", text, "dim", request_id=invocation.request_id, pid=sandbox.pid)

    def reported(self, sandbox: Sandbox, report: Report) -> None:
        exchange = self._history.find(report.request_id)
        if exchange is not None:
            exchange.report = report
        if self._quiet:
            return
        self._emit("end", f"END RequestId: {report.request_id}", "dim", request_id=report.request_id)
        self._emit(
            "report",
            report_line(report),
            "dim",
            request_id=report.request_id,
            duration_ms=_ms(report.duration),
            billed_ms=report.billed_ms,
            init_ms=None if report.init is None else _ms(report.init),
            memory_mb=report.memory,
            max_memory_mb=report.max_memory,
            error=report.error and report.error.payload,
            pid=sandbox.pid,
        )

    def ended(self, sandbox: Sandbox, error: InvocationError | None) -> None:
        if error is not None:
            self._emit("ended", f"Process {sandbox.pid} is gone: {error}", "red", error=error.payload, pid=sandbox.pid)

    def streaming(self, exchange: Exchange) -> None:
        """A line when a stream begins, and one a second while it goes on."""
        now = time.time()
        if self._quiet or now - exchange.shown < 1:
            return
        exchange.shown = now
        progress = f", {_size(exchange.size)} in {_chunks(exchange)}" if exchange.chunks else ""
        self._emit(
            "stream",
            f"{_request(exchange)} streams{progress} …",
            "dim",
            method=exchange.method,
            target=exchange.target,
            status=exchange.status,
            bytes=exchange.size,
            chunks=exchange.chunks,
        )

    def finished(self, exchange: Exchange) -> None:
        """The access line."""
        style = "green" if 200 <= exchange.status < 400 else "yellow" if 400 <= exchange.status < 500 else "red"
        self._emit(
            "request",
            access_line(exchange),
            style,
            method=exchange.method,
            target=exchange.target,
            status=exchange.status,
            bytes=exchange.size,
            chunks=exchange.chunks if exchange.streamed else None,
            seconds=round(exchange.seconds, 6),
            first_byte_seconds=round(exchange.first_byte, 6),
            init_ms=None if exchange.init is None else _ms(exchange.init),
            request_id=exchange.request_id or None,
            note=exchange.note or None,
            error=exchange.error and exchange.error.payload,
        )

    def _emit(self, kind: str, text: str, style: str, **fields: object) -> None:
        if self._json:
            print(json.dumps({"type": kind, **fields}), file=self._file, flush=True)
        else:
            self._print(text, style)


def report_line(report: Report) -> str:
    parts = [
        f"REPORT RequestId: {report.request_id}",
        f"Duration: {report.duration * 1000:.2f} ms",
        f"Billed Duration: {report.billed_ms} ms",
        f"Memory Size: {report.memory} MB",
        f"Max Memory Used: {report.max_memory} MB" if report.max_memory else "",
        f"Init Duration: {report.init * 1000:.2f} ms" if report.init is not None else "",
        _status(report.error),
    ]
    return "\t".join(filter(None, parts))


def _status(error: InvocationError | None) -> str:
    if error is None:
        return ""
    if error.error_type == "Sandbox.Timedout":
        return "Status: timeout"
    return f"Status: error\tError Type: {error.error_type}"


def access_line(exchange: Exchange) -> str:
    """Time, request, status, milliseconds, size; cold or warm where a sandbox took it; what there is to say."""
    details = [f"{exchange.seconds * 1000:.0f} ms", _size(exchange.size)]
    if exchange.streamed:
        details.append(f"{_chunks(exchange)}, first byte after {exchange.first_byte * 1000:.0f} ms")
    if exchange.init is not None:
        details.append(f"cold, init {exchange.init * 1000:.0f} ms")
    elif exchange.started:
        details.append("warm")
    if exchange.error is not None:
        details.append(str(exchange.error).partition("\n")[0])
    if exchange.note:
        details.append(exchange.note)
    return f"{_request(exchange)} · {' · '.join(details)}"


def _request(exchange: Exchange) -> str:
    clock = time.strftime("%H:%M:%S", time.localtime(exchange.began))
    return f"{clock} {exchange.method} {exchange.target} {exchange.status or 'no answer'}"


def _chunks(exchange: Exchange) -> str:
    return "1 chunk" if exchange.chunks == 1 else f"{exchange.chunks} chunks"


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


def _size(size: int) -> str:
    return f"{size} B" if size < 1000 else f"{size / 1000:.1f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"
