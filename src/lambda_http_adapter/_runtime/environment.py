"""What the execution environment says of itself."""

import os
from collections.abc import Mapping

from ..errors import ConfigurationError


class Environment:
    """``authority`` is the Runtime API's host and port; ``managed`` says that this is a Lambda Managed Instance, where
    ``concurrency`` invocations may run at once, and a time-out ends none of them."""

    def __init__(self, authority: str, managed: bool, concurrency: int, snap_start: bool) -> None:
        self.authority = authority
        self.managed = managed
        self.concurrency = concurrency
        self.concurrent = concurrency > 1
        self.snap_start = snap_start


def read_environment(environ: Mapping[str, str]) -> Environment:
    """Raises ConfigurationError for a concurrency that is no number."""
    managed = bool(environ.get("AWS_LAMBDA_MAX_CONCURRENCY"))
    concurrency = environ["AWS_LAMBDA_MAX_CONCURRENCY"] if managed else "1"
    if not concurrency.isdecimal() or int(concurrency) < 1:
        raise ConfigurationError(f"AWS_LAMBDA_MAX_CONCURRENCY is {concurrency!r}; expected a whole number, 1 or more.")
    authority = environ["AWS_LAMBDA_RUNTIME_API"]
    snap_start = environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start"
    return Environment(authority, managed, int(concurrency), snap_start)


def export_trace(trace_id: str) -> None:
    """Where tracers look for it. Only where one invocation runs at a time: there is one environment for all."""
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)


ATTEMPTS = 5
"""How often one of several pollers asks for an invocation before it gives up."""


def backoff(failures: int) -> float:
    """Seconds to wait after so many failures in a row."""
    return 0.1 * 2.0 ** (failures - 1)


def pause(empty: int) -> float:
    """Seconds to wait after so many empty answers in a row: the platform holds its answer, emulators may not."""
    return min(1.0, 0.01 * (empty - 1))
