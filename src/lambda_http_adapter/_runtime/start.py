"""Start-up: read the environment, set up logging, report init errors, buy SIGTERM."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, ClassVar, NoReturn

from .._apps import attempt
from ..errors import AdapterError, AppError, ConfigurationError, RuntimeAPIError
from .client import Buffers, RuntimeClient
from .logs import install, log_failure, log_uncaught
from .sync_connection import SyncConnection, ask_once, is_address

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

    from .._types import AsyncFunction, SyncFunction
    from .._values.config import Config
    from .client import APIAnswer
    from .early_poll import EarlyPoll
    from .processes import Share

    Wait = Callable[[Coroutine[object, object, None]], None]

_logger = logging.getLogger("lambda_http_adapter")

_EXTENSION = "/2020-01-01/extension"
_PLATFORM = "AWS_LAMBDA_RUNTIME_API"
# Extensions that look into events and results, such as Datadog's, stand between: Lambda Web Adapter's name for them.
_PROXY = "AWS_LWA_LAMBDA_RUNTIME_API_PROXY"

GRACE = 0.3
"""Seconds for the invocation in flight. SIGKILL follows SIGTERM within half a second, and shutdown wants its part."""


class Environment:
    """What the execution environment says of itself.

    ``authority`` is the Runtime API's host and port, which may be a proxy's; ``platform`` is Lambda's own, for calls of
    the Extensions API. ``managed``: this is a Lambda Managed Instance, where
    ``several`` invocations may run at once and a time-out ends none of them. This process runs up to ``concurrency``;
    ``share`` is its part of them, None where it has all. ``alone``: it runs one at a time.
    """

    # One for the process: the file that the command line imports may call run_asgi() itself, and two would both poll.
    early_poll: ClassVar[EarlyPoll | None] = None

    def __init__(self, authority: str, platform: str, managed: bool, concurrency: int, initialization: str) -> None:
        self.authority = authority
        self.platform = platform
        self.managed = managed
        self.concurrency = concurrency
        self.alone = concurrency == 1
        self.several = concurrency > 1
        self.share: Share | None = None
        self.snap_start = initialization == "snap-start"
        self._initialization = initialization

    def take(self, share: Share | None) -> None:
        """This process is to serve a part of the invocations; None: all of them."""
        if share is not None:
            self.share = share
            self.concurrency = share.concurrency
            self.alone = share.concurrency == 1

    def poll_in_time(self, config: Config) -> None:
        """What ``async_init`` is for. Call it as early as that is known."""
        if self.early_poll is not None:
            return
        if self._initialization != "on-demand":
            _logger.info("async_init is ignored: the initialization type is %s", self._initialization)
            return
        from .early_poll import EarlyPoll

        Environment.early_poll = EarlyPoll(self.authority, lambda: self.register(config))

    def register(self, config: Config) -> Extension | None:
        """Keep the extension for as long as a SIGTERM is wanted. Call it right before the first poll."""
        if self.share is not None:
            self.share.wait_for_all()
            return None
        return register(self.platform) if config.graceful_shutdown else None

    def take_early_answer(self) -> Future[APIAnswer] | None:
        """The answer to the early poll, once."""
        early, Environment.early_poll = self.early_poll, None
        return None if early is None else early.answer

    def fail_start(self, raised: BaseException) -> NoReturn:
        """The app can't be loaded or started: log it, tell the Runtime API and leave."""
        if isinstance(raised, Reported):
            raise raised
        if self.share is not None:
            self.share.report_once()
        if self.early_poll is not None and self.early_poll.end():
            error = raised if isinstance(raised, Exception) else _left(raised)
            # Ctrl-C must end a process that has no event.
            self.early_poll.fail(error, waits=not isinstance(raised, KeyboardInterrupt))
            raise Reported(1)
        fail_init(self.authority, raised)


def read_environment(environ: Mapping[str, str]) -> Environment:
    """Raises ConfigurationError for a concurrency that is not a number."""
    managed = bool(environ.get("AWS_LAMBDA_MAX_CONCURRENCY"))
    concurrency = environ["AWS_LAMBDA_MAX_CONCURRENCY"] if managed else "1"
    if not concurrency.isdecimal() or len(concurrency) > 9 or int(concurrency) < 1:
        raise ConfigurationError(f"AWS_LAMBDA_MAX_CONCURRENCY is {concurrency!r}; expected a whole number, 1 or more.")
    platform = environ[_PLATFORM]
    initialization = environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") or "on-demand"
    return Environment(_proxy(environ) or platform, platform, managed, int(concurrency), initialization)


def begin(environ: MutableMapping[str, str], options: Mapping[str, object] | None = None) -> Environment | None:
    """The execution environment, its logging set up; None outside Lambda. Exits with 1 where a variable is wrong.

    Where several processes share the invocations, this returns in each of them, and not in the one that starts them.
    ``options``: those of ``run_*``, which is called when the app has been imported; None before that.
    """
    authority = environ.get(_PLATFORM)
    if not authority:
        return None
    proxy = _proxy(environ)
    for variable, address in ((_PLATFORM, authority), (_PROXY, proxy)):
        if address and not is_address(address):
            # The log is the one place to tell.
            log_failure(ConfigurationError(f"{variable} is {address!r}; expected host:port."))
            sys.exit(1)
    try:
        environment = read_environment(environ)
        if environment.several:
            from .processes import share_of

            environment.take(share_of(environ, environment.concurrency, options, environment.register))
        install(environ, environment.managed)
    except Exception as error:
        fail_init(proxy or authority, error)
    return environment


def _proxy(environ: Mapping[str, str]) -> str:
    """The address of a proxy of the Runtime API; ``""`` without one."""
    return environ.get(_PROXY, "").removeprefix("http://").rstrip("/")


def before_first_poll(
    environment: Environment, config: Config, function: SyncFunction | AsyncFunction, wait: Wait | None
) -> object:
    """The last step of the init phase. Keep what it returns for as long as a SIGTERM is wanted.

    ``wait``: waits for a coroutine in the event loop of an async ``function``; None for a sync one.
    """
    if environment.early_poll is not None and environment.early_poll.end():
        return environment.early_poll.extension
    Environment.early_poll = None
    extension = environment.register(config)
    if environment.snap_start:
        from .snapstart import SnapStartError, require_sync, snapshot

        if wait is None:
            try:
                require_sync(config)
            except ConfigurationError as error:
                environment.fail_start(error)
        try:
            snapshot(environment.authority, config, function, wait)
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


class Reported(SystemExit):
    """The Runtime API knows why the process ends. It may come through a file that calls ``run_asgi()`` itself."""


def _left(raised: BaseException) -> AppError:
    """The error of an app that has left its init so; its stack is the app's. Never raises, whatever that one does."""
    from .error_report import name_of

    error = AppError(f"The app ended its init with {attempt(lambda: f'{raised!r}', name_of(raised))}")
    return attempt(lambda: error.with_traceback(raised.__traceback__), error)


def leave(authority: str, report: Buffers, code: int) -> NoReturn:
    """Tell the Runtime API why, and exit with ``code``."""
    try:
        ask_once(authority, report)
    except RuntimeAPIError as lost:
        _logger.critical("%s", lost)
    raise Reported(code)


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

    def __del__(self) -> None:
        self._connection.close()  # else Python's development mode warns of it

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
    _logger.warning("Lambda won't send SIGTERM before the end: %s", error)
