"""The terminal output of ``dev``: a line for each request, and Lambda's own START, END and REPORT lines."""

from __future__ import annotations

import json
import shlex
import sys
import time
from typing import TYPE_CHECKING, Protocol, TextIO

from ..sandbox.function import FUNCTION
from .history import History, RequestRecord

if TYPE_CHECKING:
    from ..sandbox.invocation import Invocation, InvocationError
    from ..sandbox.sandbox import Report, Sandbox


class Printer(Protocol):
    def __call__(self, text: str, style: str = "") -> None: ...


def make_printer(file: TextIO) -> Printer:
    """Prints in colour if rich is installed and ``file`` is a terminal."""
    try:
        from rich.console import Console
        from rich.text import Text
    except ImportError:

        def print_plain(text: str, style: str = "") -> None:
            print(text, file=file, flush=True)

        return print_plain
    console = Console(file=file, soft_wrap=True)

    def print_styled(text: str, style: str = "") -> None:
        console.print(Text(text, style))
        file.flush()

    return print_styled


class TerminalLog:
    """Observes the sandboxes and the front door, and prints what happens there.

    ``quiet``: print only the line for each request and errors. ``as_json``: print each line as a JSON object.
    """

    def __init__(self, history: History, quiet: bool, as_json: bool, file: TextIO | None = None) -> None:
        self._history = history
        self._quiet = quiet
        self._as_json = as_json
        self._file = file or sys.stdout
        self._print = make_printer(self._file)

    # The emulator itself

    def say(self, text: str, style: str = "") -> None:
        self._emit("emulator", text, style, message=text)

    def ready(
        self, label: str, url: str, mount: str, status_url: str, function: str, variables: dict[str, str]
    ) -> None:
        """``function``: its name. ``variables``: the environment of a runtime that is to be started by hand."""
        if self._as_json:
            self._emit("ready", "", "", url=url, mount=mount, function=function, variables=variables)
            return
        self._print(f"Serving {label} at {url}{mount}/ · invocations at {status_url}", "bold")
        if not self._quiet:
            self._print(f"Invoke it: lambda-http-adapter invoke --event FILE --url {url}{_named(function)}", "dim")
        if variables:
            self._print("Start a runtime with these variables, and with _HANDLER if it reads one:", "bold")
        for variable, value in variables.items():
            self._print(f"export {variable}={shlex.quote(value)}")

    # The sandboxes

    def initialised(self, sandbox: Sandbox, seconds: float) -> None:
        self._history.initialised(sandbox)
        if not self._quiet:
            text = f"INIT_REPORT Init Duration: {seconds * 1000:.2f} ms Process: {sandbox.pid or 'external'}"
            self._emit("init", text, "dim", init_ms=_ms(seconds), pid=sandbox.pid)

    def started(self, sandbox: Sandbox, invocation: Invocation) -> None:
        text = f"START RequestId: {invocation.request_id} Version: $LATEST"
        record = self._history.started(sandbox, invocation)
        if record is not None:
            record.add_log(text)
        if not self._quiet:
            self._emit("start", text, "dim", request_id=invocation.request_id, pid=sandbox.pid)

    def reported(self, sandbox: Sandbox, report: Report) -> None:
        end, text = f"END RequestId: {report.request_id}", report_line(report)
        record = self._history.reported(sandbox, report)
        if record is not None:
            record.add_log(end)
            record.add_log(text)
        if self._quiet:
            return
        self._emit("end", end, "dim", request_id=report.request_id)
        self._emit(
            "report",
            text,
            "dim",
            request_id=report.request_id,
            duration_ms=_ms(report.duration),
            billed_ms=report.billed_ms,
            init_ms=_ms(report.init_duration),
            memory_mb=report.memory,
            max_memory_mb=report.max_memory,
            error=_payload(report.error),
            pid=sandbox.pid,
        )

    def ended(self, sandbox: Sandbox, error: InvocationError | None) -> None:
        self._history.ended(sandbox, error)
        if error is not None:
            text = f"Process {sandbox.pid} has ended: {error}"
            self._emit("ended", text, "red", error=error.payload, pid=sandbox.pid)

    # The front door

    def streaming(self, record: RequestRecord) -> None:
        """A line when a stream begins, then one a second while it goes on."""
        now = time.time()
        if self._quiet or now - record.shown_at < 1:
            return
        record.shown_at = now
        progress = f", {_size(record.size)} in {_chunks(record)}" if record.chunks else ""
        self._emit(
            "stream",
            f"{_request(record)} streams{progress} …",
            "dim",
            method=record.method,
            target=record.target,
            status=record.status,
            bytes=record.size,
            chunks=record.chunks,
        )

    def finished(self, record: RequestRecord) -> None:
        self._emit(
            "request",
            access_line(record),
            _status_style(record.status),
            method=record.method,
            target=record.target,
            status=record.status,
            bytes=record.size,
            chunks=record.chunks if record.streamed else None,
            seconds=round(record.duration, 6),
            first_byte_seconds=round(record.first_byte, 6),
            init_ms=_ms(record.init_duration),
            request_id=record.request_id or None,
            note=record.note or None,
            error=_payload(record.error),
        )

    def _emit(self, kind: str, text: str, style: str, **fields: object) -> None:
        if self._as_json:
            print(json.dumps({"type": kind, **fields}), file=self._file, flush=True)
        else:
            self._print(text, style)


def _named(function: str) -> str:
    """The option that names the function; by default it is called so anyway."""
    return "" if function == FUNCTION else f" --function-name {shlex.quote(function)}"


def report_line(report: Report) -> str:
    """As Lambda's, plus the reason of a failure."""
    parts = [
        f"REPORT RequestId: {report.request_id}",
        f"Duration: {report.duration * 1000:.2f} ms",
        f"Billed Duration: {report.billed_ms} ms",
        f"Memory Size: {report.memory} MB",
    ]
    if report.max_memory:
        parts.append(f"Max Memory Used: {report.max_memory} MB")
    if report.init_duration is not None:
        parts.append(f"Init Duration: {report.init_duration * 1000:.2f} ms")
    if report.error is not None:
        parts.append(_failure(report.error))
    return "\t".join(parts)


def _failure(error: InvocationError) -> str:
    if error.error_type == "Sandbox.Timedout":
        return "Status: timeout"
    return f"Status: error\tError Type: {error.error_type}"


def access_line(record: RequestRecord) -> str:
    """Time, request, status, milliseconds, bytes; cold or warm if a sandbox has served it; errors and notes."""
    details = [f"{record.duration * 1000:.0f} ms", _size(record.size)]
    if record.streamed:
        details.append(f"{_chunks(record)}, first byte after {record.first_byte * 1000:.0f} ms")
    if record.init_duration is not None:
        details.append(f"cold, init {record.init_duration * 1000:.0f} ms")
    elif record.started:
        details.append("warm")
    if record.error is not None:
        details.append(str(record.error).partition("\n")[0])
    if record.note:
        details.append(record.note)
    return f"{_request(record)} · {' · '.join(details)}"


def _request(record: RequestRecord) -> str:
    clock = time.strftime("%H:%M:%S", time.localtime(record.received_at))
    return f"{clock} {record.method} {record.target} {record.status or 'no response'}"


def _chunks(record: RequestRecord) -> str:
    return "1 chunk" if record.chunks == 1 else f"{record.chunks} chunks"


def _status_style(status: int) -> str:
    if 100 <= status < 400:
        return "green"
    if 400 <= status < 500:
        return "yellow"
    return "red"


def _payload(error: InvocationError | None) -> dict[str, object] | None:
    return None if error is None else error.payload


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 2)


def _size(size: int) -> str:
    if size < 1000:
        return f"{size} B"
    if size < 1e6:
        return f"{size / 1000:.1f} kB"
    return f"{size / 1e6:.1f} MB"
