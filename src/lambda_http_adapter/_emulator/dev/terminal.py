"""The terminal output of ``dev``: a line for each request, the function's records and, if wanted, Lambda's lines."""

from __future__ import annotations

import json
import shlex
import sys
import time
from typing import TYPE_CHECKING, TextIO

from ..sandbox.function import FUNCTION
from .advice import advice_in_line, advice_on
from .aws_lines import end_line, init_line, report_line, start_line, timeout_line
from .hints import Hints
from .history import History, RequestRecord
from .own_pages import STATUS_PATH
from .prices import Prices, price_text
from .printer import Span, make_printer
from .records import ShownRecord, shown_record

if TYPE_CHECKING:
    from ..sandbox.invocation import Invocation, InvocationError
    from ..sandbox.report import Report
    from ..sandbox.sandbox import Sandbox
    from ..sandbox.telemetry import LogRecord

# Lambda's own events. As JSON they are always there, unless quiet; as text only if verbose.
_AWS_KINDS = {"init", "start", "end", "report"}
_SLOW_START = (
    "Warning: the start took {:.1f} s. Lambda stops a start after {:g} s and begins it again in the first invocation; "
    "async_init=True or LAMBDA_HTTP_ADAPTER_ASYNC_INIT=true lets it go on."
)
_LEVEL_STYLES = {"WARNING": "yellow", "ERROR": "bold red", "CRITICAL": "bold red", "DEBUG": "dim"}


class TerminalLog:
    """Observes the sandboxes and the front door, and prints what happens there.

    ``quiet``: of requests only those that failed, and no hints. ``verbose``: Lambda's own lines too. ``as_json``: print
    each line as a JSON object. ``prices``: print the price of each invocation.
    """

    def __init__(
        self,
        history: History,
        quiet: bool,
        as_json: bool,
        file: TextIO | None = None,
        *,
        verbose: bool = False,
        prices: Prices | None = None,
    ) -> None:
        self._history = history
        self._quiet = quiet
        self._verbose = verbose
        self._as_json = as_json
        self._prices = prices
        self._file = file or sys.stdout
        self._printer = make_printer(self._file)
        self._sandboxes: set[Sandbox] = set()
        self.hints = Hints(self._show_hint)

    # The emulator itself

    def say(self, text: str, style: str = "") -> None:
        self._emit("emulator", [(text, style)], message=text)

    def _show_hint(self, text: str) -> None:
        if not self._quiet:
            self.say(f"Hint: {text}", "cyan")

    def ready(
        self, label: str, client_url: str, mount: str, url: str, function: str, variables: dict[str, str]
    ) -> None:
        """``client_url``: with the scheme that clients use. ``url``: that of `dev` itself. ``function``: its name.
        ``variables``: the environment of a runtime that is to be started by hand."""
        if self._as_json:
            self._emit("ready", [], url=client_url, mount=mount, function=function, variables=variables)
            return
        self._printer.print((f"Serving {label} at {client_url}{mount}/ · invocations at {url}{STATUS_PATH}", "bold"))
        if not self._quiet:
            invoke = f"Invoke it: lambda-http-adapter invoke --event FILE --url {url}{_named(function)}"
            self._printer.print((invoke, "dim"))
        if variables:
            self._printer.print(("Start a runtime with these variables, and with _HANDLER if it reads one:", "bold"))
        for variable, value in variables.items():
            self._printer.print((f"export {variable}={shlex.quote(value)}", ""))

    # The sandboxes

    def initialised(self, sandbox: Sandbox, seconds: float) -> None:
        self._history.initialised(sandbox)
        self._sandboxes.add(sandbox)
        self._emit("init", [(init_line(seconds), "dim")], init_ms=_ms(seconds), pid=sandbox.pid)
        if sandbox.init_limit is not None and seconds > sandbox.init_limit:
            self.say(_SLOW_START.format(seconds, sandbox.init_limit), "yellow")

    def started(self, sandbox: Sandbox, invocation: Invocation) -> None:
        line = start_line(invocation.request_id)
        record = self._history.started(sandbox, invocation)
        if record is not None:
            record.add_log(line)
            self.hints.met(record.client, sandbox)
        self._emit("start", [(line, "dim")], request_id=invocation.request_id, pid=sandbox.pid)

    def logged(self, sandbox: Sandbox, record: LogRecord, source: str = "") -> None:
        """``source``: what has logged it, if it isn't the function."""
        if record.printed_in is not None:
            self._keep(record.printed_in, record.text)  # the process itself has printed it to the terminal
            return
        shown = shown_record(record, sandbox.running)
        self._keep(shown.request_id, record.text.rstrip("\n"))
        if self._as_json:
            self._emit(
                "log",
                [],
                level=shown.level or None,
                message=shown.message,
                trace=shown.trace or None,
                request_id=shown.request_id or None,
                pid=sandbox.pid,
            )
            return
        self._printer.print(*self._record_spans(record, shown, source))
        if shown.trace:
            self._printer.print_trace(shown.trace)

    def _keep(self, request_id: str, text: str) -> None:
        request = self._history.find(request_id)
        if request is not None:
            request.add_log(text)

    def _record_spans(self, record: LogRecord, shown: ShownRecord, source: str) -> list[Span]:
        """Time, request or source, level and message."""
        spans = [(_clock(record.time or time.time()), "dim")]
        request = self._history.find(shown.request_id)
        if request is not None:
            source = _printable(f"{request.method} {request.target}")
        if source:
            spans.append((f" {source}", "cyan"))
        if shown.level:
            spans.append((f" {shown.level}", _LEVEL_STYLES.get(shown.level, "")))
        return [*spans, (f" {shown.message}", "")]

    def reported(self, sandbox: Sandbox, report: Report) -> None:
        timed_out, end, text = timeout_line(report, time.time()), end_line(report.request_id), report_line(report)
        record = self._history.reported(sandbox, report)
        if record is not None:
            for line in filter(None, (timed_out, end, text)):
                record.add_log(line)
            if self._prices is not None and record.complete:
                self._print_request(record)
        if self._verbose and not self._as_json:
            self._print_aws(timed_out)
        self._emit("end", [(end, "dim")], request_id=report.request_id)
        self._emit(
            "report",
            [(text, "dim")],
            request_id=report.request_id,
            duration_ms=_ms(report.duration),
            billed_ms=report.billed_ms,
            init_ms=_ms(report.init_duration),
            memory_mb=report.memory,
            max_memory_mb=report.max_memory,
            error=_payload(report.error),
            pid=sandbox.pid,
        )

    def ended(self, sandbox: Sandbox, error: InvocationError | None, source: str = "") -> None:
        """``source``: what it ran, if it wasn't the function."""
        self._history.ended(sandbox, error)
        self._sandboxes.discard(sandbox)
        if error is None:
            return
        if self._verbose and not self._as_json and sandbox.init_duration is None:
            self._print_aws(init_line(time.monotonic() - sandbox.started_by_clock, error))
        process = f"The {source}'s process" if source else "Process"
        text = _printable(f"{process} {sandbox.pid} has ended: {error}")
        self._emit("ended", [(f"{text.rstrip('.')}: {advice_on(error)}", "red")], error=error.payload, pid=sandbox.pid)

    def _print_aws(self, line: str) -> None:
        if line:
            self._printer.print((line, "dim"))

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
            [(f"{_request(record)} streams{progress} …", "dim")],
            method=record.method,
            target=record.target,
            status=record.status,
            bytes=record.size,
            chunks=record.chunks,
        )

    def finished(self, record: RequestRecord) -> None:
        # What was logged comes first. Not before the response is sent: to draw a traceback takes milliseconds.
        for sandbox in self._sandboxes:
            sandbox.drain_log()
        # The price is known when the invocation has ended, which may be later than its response.
        if self._prices is None or not record.started or record.report is not None:
            self._print_request(record)

    def _print_request(self, record: RequestRecord) -> None:
        cost = None
        if self._prices is not None and record.report is not None:
            cost = self._prices.of(record.report)
        if self._quiet and not self._as_json and record.error is None and 0 < record.status < 500:
            return
        fields = {} if self._prices is None else {"cost_usd": cost}
        self._emit(
            "request",
            [(access_line(record, price_text(cost or {})), _status_style(record.status))],
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
            **fields,
        )

    def _emit(self, kind: str, spans: list[Span], **fields: object) -> None:
        if kind in _AWS_KINDS and (self._quiet or not (self._verbose or self._as_json)):
            return
        if self._as_json:
            # In one piece: the app prints to the same file.
            self._file.write(f"{json.dumps({'type': kind, **fields})}\n")
            self._file.flush()
        else:
            self._printer.print(*spans)


def _named(function: str) -> str:
    """The option that names the function; by default it is called so anyway."""
    return "" if function == FUNCTION else f" --function-name {shlex.quote(function)}"


def access_line(record: RequestRecord, price: str = "") -> str:
    """Time, request, status, milliseconds, bytes; cold or warm if a sandbox has served it; price, errors and notes."""
    details = [f"{record.duration * 1000:.0f} ms", _size(record.size)]
    if record.streamed:
        details.append(f"{_chunks(record)}, first byte after {record.first_byte * 1000:.0f} ms")
    if record.init_duration is not None:
        details.append(f"cold, init {record.init_duration * 1000:.0f} ms")
    elif record.started:
        details.append("warm")
    if price:
        details.append(price)
    if record.error is not None:
        details.append(str(record.error).partition("\n")[0])
    if record.note:
        details.append(record.note)
    advice = record.advice or (advice_in_line(record.error) if record.error is not None else "")
    if advice:
        details[-1] = f"{details[-1].rstrip('.')}: {advice}"
    return f"{_request(record)} · {_printable(' · '.join(details))}"


def _request(record: RequestRecord) -> str:
    return _printable(f"{_clock(record.received_at)} {record.method} {record.target} {record.status or 'no response'}")


def _clock(seconds: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(seconds))


def _printable(text: str) -> str:
    """With escapes for what a terminal would act on: clients choose paths, and apps the texts of errors."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


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
