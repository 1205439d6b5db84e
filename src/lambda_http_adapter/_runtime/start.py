"""Start-up: read the environment, set up logging, report init errors."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import NoReturn

from ..errors import AdapterError, ConfigurationError, RuntimeAPIError
from .client import Buffers, RuntimeClient
from .logs import install, log_failure
from .sync_connection import SyncConnection

_logger = logging.getLogger("lambda_http_adapter")


class Environment:
    """What the execution environment says of itself.

    ``authority`` is the Runtime API's host and port. ``managed``: this is a Lambda Managed Instance, where
    ``concurrency`` invocations may run at once and a time-out ends none of them. ``alone``: one runs at a time.
    """

    def __init__(self, authority: str, managed: bool, concurrency: int, snap_start: bool) -> None:
        self.authority = authority
        self.managed = managed
        self.concurrency = concurrency
        self.alone = concurrency == 1
        self.snap_start = snap_start


def read_environment(environ: Mapping[str, str]) -> Environment:
    """Raises ConfigurationError for a concurrency that is not a number."""
    managed = bool(environ.get("AWS_LAMBDA_MAX_CONCURRENCY"))
    concurrency = environ["AWS_LAMBDA_MAX_CONCURRENCY"] if managed else "1"
    if not concurrency.isdecimal() or int(concurrency) < 1:
        raise ConfigurationError(f"AWS_LAMBDA_MAX_CONCURRENCY is {concurrency!r}; expected a whole number, 1 or more.")
    authority = environ["AWS_LAMBDA_RUNTIME_API"]
    snap_start = environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start"
    return Environment(authority, managed, int(concurrency), snap_start)


def begin(environ: MutableMapping[str, str]) -> Environment | None:
    """The execution environment, its logging set up; None outside Lambda."""
    authority = environ.get("AWS_LAMBDA_RUNTIME_API")
    if not authority:
        return None
    try:
        environment = read_environment(environ)
        install(environ, environment.managed)
    except Exception as error:
        fail_init(authority, error)
    return environment


def fail_init(authority: str, error: Exception) -> NoReturn:
    """Log, report to the Runtime API and leave: nothing else may be called after a failed init."""
    from .error_report import report_of

    error_type = _init_type(error)
    log_failure(error, error_type=error_type)
    leave(authority, RuntimeClient(authority).init_error(report_of(error, error_type=error_type)), 1)


def leave(authority: str, report: Buffers, code: int) -> NoReturn:
    """Tell the Runtime API why, and exit with ``code``."""
    connection = SyncConnection(authority)
    try:
        connection.send(report)
        connection.answer()
    except RuntimeAPIError as lost:
        _logger.critical("%s", lost)
    connection.close()
    sys.exit(code)


def _init_type(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return "Runtime.UserCodeSyntaxError"
    if isinstance(error, ImportError):
        return "Runtime.ImportModuleError"
    return (error.error_type if isinstance(error, AdapterError) else None) or "Runtime.InitError"
