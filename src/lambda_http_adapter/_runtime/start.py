"""A function that can't start."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import NoReturn

from ..errors import AdapterError, RuntimeAPIError
from .client import Buffers, RuntimeClient
from .environment import Environment, read_environment
from .logs import install, log_failure
from .sync_connection import Connection

_logger = logging.getLogger("lambda_http_adapter")


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
    from .failure import failure_of

    error_type = _init_type(error)
    log_failure(error, error_type=error_type)
    leave(authority, RuntimeClient(authority).init_error(failure_of(error, error_type=error_type)), 1)


def leave(authority: str, report: Buffers, code: int) -> NoReturn:
    """Tell the Runtime API why, and exit with ``code``: there is nothing to go on with."""
    connection = Connection(authority)
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
