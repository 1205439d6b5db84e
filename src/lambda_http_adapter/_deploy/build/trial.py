"""Starts a bundle once, as Lambda would, and sends it one event."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..._emulator.doors.door import Door
from ..._emulator.sandbox.function import FunctionSettings
from ..._emulator.sandbox.invocation import InvocationError, decoded_result
from ..._emulator.sandbox.pool import Pool
from ..._emulator.sandbox.printing import VARIABLE
from ..environment import lambda_environment

if TYPE_CHECKING:
    from ..._emulator.sandbox.invocation import Invocation
    from ..._emulator.sandbox.report import Report
    from ..._emulator.sandbox.sandbox import Sandbox
    from ..._emulator.sandbox.telemetry import LogRecord
    from ..._values.request import LambdaEvent
    from .entry import Entry

_PATIENCE = 60  # seconds; the sandbox itself gives a start less
_LIMIT = 6 * 1024 * 1024  # of an event
_OF_THE_CODE = ("Runtime.UserCodeSyntaxError", "Runtime.HandlerNotFound")  # whatever the environment is
# Of the variables here: Lambda has none of the rest. The last two are the sandbox's own.
_KEPT = {"PATH", "TMPDIR", "AWS_LAMBDA_RUNTIME_API", VARIABLE}


class TrialResult(NamedTuple):
    """Durations in seconds, ``start`` None if the function never asked for an event. ``status`` is that of the HTTP
    response, None if there is none; ``error`` is "" without one. ``log``: what the function logged."""

    start: float | None
    duration: float | None
    status: int | None
    error: str
    log: Sequence[str]

    @property
    def succeeded(self) -> bool:
        return not self.error and (self.status is None or self.status < 500)

    def summary(self, asked: str) -> str:
        """``asked``: what the event is, "" if there is none."""
        if self.start is None:
            return "it didn't start"
        started = f"started in {self.start * 1000:.0f} ms"
        if not asked:
            return f"{started}; to send it an event, name a file with --event"
        if self.error or self.duration is None:
            return f"{started}, {asked} failed"
        answer = "a result" if self.status is None else str(self.status)
        return f"{started}, {asked} answered {answer} in {self.duration * 1000:.0f} ms"

    def advice(self) -> str:
        """What went wrong and what to do about it."""
        missing = re.search(r"No module named '([\w.]+)'", self.error)
        if missing is not None:
            return (
                f"{self.error}. Add what brings {missing[1]!r} to the requirements, or, if it is a file of the app "
                "that was left out, name it with --include."
            )
        wrong = self.error or f"the status is {self.status}"
        sentence = wrong if wrong.endswith(("?", ".")) else f"{wrong}."
        if self.error.startswith(_OF_THE_CODE):
            return sentence
        return (
            f"{sentence} If it needs environment variables, name a file of them with --env-file; --no-trial skips this."
        )


def run_trial(
    bundle: Path, entry: Entry, interpreter: str, variables: Mapping[str, str], event: LambdaEvent | None, door: Door
) -> TrialResult:
    """Start the bundle in the directory ``bundle`` and invoke it with ``event``, if it isn't None; ``door`` reads the
    result.

    ``variables`` is the function's environment. Nothing of this environment is in it, and no package of this machine.
    """
    # An environment of its own hides the packages of the interpreter's.
    python = bundle.with_name(f"{bundle.name}-python")
    subprocess.run([interpreter, "-I", "-m", "venv", "--without-pip", str(python)], check=True)
    command = [str(python / "bin" / "python")]
    if entry.is_handler:
        command += ["-m", "lambda_http_adapter", "run"]
    else:  # as Lambda calls AWS_LAMBDA_EXEC_WRAPPER
        command = [str(bundle / "bootstrap"), *command, "/var/runtime/bootstrap.py"]
    environment = {
        **lambda_environment("trial", bundle, entry.handler),
        "PYTHONPATH": str(bundle),
        "PYTHONDONTWRITEBYTECODE": "1",  # /var/task is read-only
        **variables,
        "LAMBDA_HTTP_ADAPTER_INVOKE_MODE": "buffered",
    }
    removed = os.environ.keys() - environment.keys() - _KEPT
    command = ["env", *(option for name in sorted(removed) for option in ("-u", name)), *command]
    return asyncio.run(_invoke(FunctionSettings(command, environment, bundle), event, door))


class _Notes:
    """Observes the sandbox."""

    def __init__(self) -> None:
        self.start: float | None = None
        self.duration: float | None = None
        self.error = ""
        self.log: list[str] = []

    def initialised(self, sandbox: Sandbox, seconds: float) -> None:
        self.start = seconds

    def started(self, sandbox: Sandbox, invocation: Invocation) -> None: ...

    def reported(self, sandbox: Sandbox, report: Report) -> None:
        self.duration = report.duration

    def logged(self, sandbox: Sandbox, record: LogRecord) -> None:
        self.log.append(record.text)

    def ended(self, sandbox: Sandbox, error: InvocationError | None) -> None:
        self.error = str(error)


async def _invoke(settings: FunctionSettings, event: LambdaEvent | None, door: Door) -> TrialResult:
    notes = _Notes()
    pool = Pool(settings, 1, False, notes)
    status: int | None = None
    error = ""
    try:
        if event is None:
            await (await pool.warm()).wait_for_poll(_PATIENCE)
            error = "" if notes.start is not None else notes.error
        else:
            invocation = await pool.invoke(event, _LIMIT)
            _, body = await invocation.whole_reply()
            await invocation.reported.wait()
            result = decoded_result(body)
            if isinstance(result, dict) and "statusCode" in result:
                status = door.response(result, event).status
    except InvocationError as failed:
        error = str(failed)
    finally:
        await pool.close()
    return TrialResult(notes.start, notes.duration, status, error, notes.log)
