"""A function that can't start."""

from __future__ import annotations

import logging
import sys
from typing import NoReturn

from ..errors import RuntimeAPIError
from ._client import RuntimeClient
from ._failure import failure_of
from ._logging import log_failure
from ._socket import Connection

_logger = logging.getLogger("lambda_http_adapter")


def fail_init(authority: str, error: Exception) -> NoReturn:
    """Log, report to the Runtime API and leave: nothing else may be called after a failed init."""
    error_type = _init_type(error)
    log_failure(error, error_type=error_type)
    connection = Connection(authority)
    try:
        connection.send(RuntimeClient(authority).init_error(failure_of(error, error_type=error_type)))
        connection.answer()
    except RuntimeAPIError as lost:
        _logger.critical("%s", lost)
    connection.close()
    sys.exit(1)


def _init_type(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return "Runtime.UserCodeSyntaxError"
    if isinstance(error, ImportError):
        return "Runtime.ImportModuleError"
    return getattr(error, "error_type", None) or "Runtime.InitError"
