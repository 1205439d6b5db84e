"""Start-up: read the environment, set up logging, report init errors, buy SIGTERM."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import NoReturn

from .._apps import attempt
from ..errors import AdapterError, AppError, ConfigurationError, RuntimeAPIError
from .client import Buffers, RuntimeClient
from .logs import install, log_failure, log_uncaught
from .sync_connection import SyncConnection, ask_once, is_address

_logger = logging.getLogger("lambda_http_adapter")

_EXTENSION = "/2020-01-01/extension"

GRACE = 0.3
"""Seconds for the invocation in flight. SIGKILL follows SIGTERM within half a second, and shutdown wants its part."""


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
    if not concurrency.isdecimal() or len(concurrency) > 9 or int(concurrency) < 1:
        raise ConfigurationError(f"AWS_LAMBDA_MAX_CONCURRENCY is {concurrency!r}; expected a whole number, 1 or more.")
    authority = environ["AWS_LAMBDA_RUNTIME_API"]
    snap_start = environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start"
    return Environment(authority, managed, int(concurrency), snap_start)


def begin(environ: MutableMapping[str, str]) -> Environment | None:
    """The execution environment, its logging set up; None outside Lambda. Exits with 1 where a variable is wrong."""
    authority = environ.get("AWS_LAMBDA_RUNTIME_API")
    if not authority:
        return None
    if not is_address(authority):
        # The log is the one place to tell.
        log_failure(ConfigurationError(f"AWS_LAMBDA_RUNTIME_API is {authority!r}; expected host:port."))
        sys.exit(1)
    try:
        environment = read_environment(environ)
        install(environ, environment.managed)
    except Exception as error:
        fail_init(authority, error)
    return environment


def before_first_poll(environment: Environment, graceful: bool) -> Extension | None:
    """The last step of the init phase. Keep the extension for as long as a SIGTERM is wanted."""
    extension = register(environment.authority) if graceful else None
    if environment.snap_start:
        from .snapstart import SnapStartError, snapshot

        try:
            snapshot(environment.authority)
        except SnapStartError as failed:
            leave(environment.authority, failed.report, failed.code)
        if extension is not None:
            extension = extension.renewed()
    return extension


def fail_init(authority: str, raised: BaseException) -> NoReturn:
    """Log, report to the Runtime API and leave: nothing else may be called after a failed init.

    SystemExit and its like are reported too: without a report, Lambda tells only that the process has ended.
    """
    from .error_report import report_of

    error_type = _init_type(raised)
    if isinstance(raised, Exception):
        error = raised
        log_failure(error, error_type=error_type)
    else:
        error = _left(raised)
        log_uncaught(error, error_type=error_type)
    leave(authority, RuntimeClient(authority).init_error(report_of(error, error_type=error_type)), 1)


def _left(raised: BaseException) -> AppError:
    """The error of an app that has left its init so; its stack is the app's. Never raises, whatever that one does."""
    from .error_report import name_of

    error = AppError(f"The app left its init with {attempt(lambda: f'{raised!r}', name_of(raised))}")
    return attempt(lambda: error.with_traceback(raised.__traceback__), error)


def leave(authority: str, report: Buffers, code: int) -> NoReturn:
    """Tell the Runtime API why, and exit with ``code``."""
    try:
        ask_once(authority, report)
    except RuntimeAPIError as lost:
        _logger.critical("%s", lost)
    sys.exit(code)


def _init_type(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return "Runtime.UserCodeSyntaxError"
    if isinstance(error, ImportError):
        return "Runtime.ImportModuleError"
    return (error.error_type if isinstance(error, AdapterError) else None) or "Runtime.InitError"


# An internal extension that buys SIGTERM: Lambda sends one only to an environment that has an extension.
# https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html


class Extension:
    """A registered extension that waits for an event that never comes: its wait lets Lambda end the init phase.

    Nothing is ever read from the connection; it only has to stay.
    """

    def __init__(self, authority: str, identifier: str) -> None:
        """Raises OSError."""
        self._authority = authority
        self._identifier = identifier
        self._connection = SyncConnection(authority)
        self._connection.open()
        self._connection.send(
            [
                f"GET {_EXTENSION}/event/next HTTP/1.1\r\nHost: {authority}\r\n"
                f"Lambda-Extension-Identifier: {identifier}\r\n\r\n".encode("latin-1")
            ]
        )

    def renewed(self) -> Extension | None:
        """The same after a snapshot, which no connection survives."""
        self._connection.close()
        try:
            return Extension(self._authority, self._identifier)
        except OSError as error:
            _warn(error)
            return None


def register(authority: str) -> Extension | None:
    """Register before the first ``/next``, which closes the registration.

    A failure is logged: the function works without, and ends without notice as most do.
    """
    try:
        answer = ask_once(authority, _registration(authority))
        identifier = answer.headers.get(b"lambda-extension-identifier")
        if answer.status != 200 or identifier is None:
            raise RuntimeAPIError(f"extension/register answered {answer.status}: {answer.body[:1024]!r}")
        return Extension(authority, identifier.decode("latin-1"))
    except (RuntimeAPIError, OSError) as error:
        _warn(error)
        return None


def _registration(authority: str) -> Buffers:
    # An internal extension may register for no event at all.
    body = b'{"events":[]}'
    head = (
        f"POST {_EXTENSION}/register HTTP/1.1\r\nHost: {authority}\r\n"
        "Lambda-Extension-Name: lambda-http-adapter\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return [head.encode("latin-1"), body]


def _warn(error: Exception) -> None:
    _logger.warning("No SIGTERM will come before the end: %s", error)
