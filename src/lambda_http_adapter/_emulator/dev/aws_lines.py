"""The lines that Lambda itself writes to a function's log.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

# Facts, seen in logs: REPORT ends with a tab unless a status follows. A status is there for a time-out and for the
# errors of the platform and the runtime (`Runtime.…`); a function that has only raised leaves none. INIT_REPORT tells
# a status only of an init that failed. A time-out has a line of its own, with a blank one behind it.

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..sandbox.invocation import InvocationError
    from ..sandbox.report import Report


def start_line(request_id: str) -> str:
    return f"START RequestId: {request_id} Version: $LATEST"


def end_line(request_id: str) -> str:
    return f"END RequestId: {request_id}"


def init_line(seconds: float, error: InvocationError | None = None) -> str:
    return "\t".join([f"INIT_REPORT Init Duration: {seconds * 1000:.2f} ms", *_failed_init(error)])


def _failed_init(error: InvocationError | None) -> list[str]:
    return [] if error is None else ["Phase: init", *_status(error)]


def timeout_line(report: Report, now: float) -> str:
    """ "" unless the invocation has timed out. ``now`` is in seconds since the epoch."""
    if not is_timeout(report.error):
        return ""
    clock = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
    milliseconds = int(now * 1000) % 1000
    message = f"Task timed out after {report.duration:.2f} seconds"
    return f"{clock}.{milliseconds:03d}Z {report.request_id} {message}\n"


def report_line(report: Report) -> str:
    fields = [
        f"REPORT RequestId: {report.request_id}",
        f"Duration: {report.duration * 1000:.2f} ms",
        f"Billed Duration: {report.billed_ms} ms",
        f"Memory Size: {report.memory} MB",
    ]
    if report.max_memory:
        fields.append(f"Max Memory Used: {report.max_memory} MB")
    if report.init_duration is not None:
        fields.append(f"Init Duration: {report.init_duration * 1000:.2f} ms")
    status = [] if report.error is None else _status(report.error)
    return "\t".join([*fields, *(status or [""])])


def is_timeout(error: InvocationError | None) -> bool:
    return error is not None and error.error_type == "Sandbox.Timedout"


def _status(error: InvocationError) -> list[str]:
    if is_timeout(error):
        return ["Status: timeout"]
    if error.error_type.startswith("Runtime."):
        return ["Status: error", f"Error Type: {error.error_type}"]
    return []
