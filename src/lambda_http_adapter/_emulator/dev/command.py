"""``lambda-http-adapter dev``: an app on this machine, behind everything that is in front of it on Lambda."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from io import TextIOWrapper
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from ..._apps.discovery import named_app
from ..._apps.importer import require_module
from ...errors import ConfigurationError
from ..doors.door import Door, find_door
from ..doors.limits import limits_of
from ..doors.mount import EXECUTE_API
from ..sandbox.pool import Pool
from ..sandbox.sandbox import FunctionSettings, Sandbox
from .certificate import Certificate, certificate_of
from .configured_entrance import entrance_of, notices, only_mapping
from .entrance import Entrance
from .front_door import FrontDoor, FrontDoorOptions
from .history import History
from .options import read_env_file
from .own_pages import STATUS_PATH
from .prices import Prices, prices_behind
from .terminal import TerminalLog
from .watcher import Watcher

if TYPE_CHECKING:
    from io import TextIOWrapper

try:
    from .server import Server
except ImportError:
    raise ConfigurationError("`dev` needs uvicorn: pip install 'lambda-http-adapter[dev]'") from None

_STREAMING = ("function-url", "rest")
_STAGED = ("http-api", "http-api-v1", "rest")


def main(options: argparse.Namespace) -> None:
    """Serve until Ctrl-C or SIGTERM. Raises ConfigurationError."""
    door = _door(options)
    # An app's error message and a file's name can hold what no text in UTF-8 can: lone surrogates.
    cast("TextIOWrapper", sys.stdout).reconfigure(errors="backslashreplace")
    listener = _listen(options.host, options.port)
    with listener, certificate_of(options) as certificate, _restored_terminal():
        asyncio.run(_serve(options, door, listener, certificate))


async def _serve(
    options: argparse.Namespace, door: Door, listener: socket.socket, certificate: Certificate | None
) -> None:
    history = History()
    prices = _prices(options, door)
    log = TerminalLog(history, options.quiet, options.json, verbose=options.verbose, prices=prices)
    settings = _function_settings(options, door)
    pool = Pool(settings, _concurrency(options), options.cold, log)
    entrance = entrance_of(options, door, settings, log)
    pools = [pool, *entrance.pools]
    front_door = FrontDoor(_front_door_options(options, door, entrance), pool, history, log)
    server = Server(front_door, None if certificate is None else certificate.context)
    server.stop_on_signals()
    try:
        async with _reloading(options, door, settings.directory, pools, log):
            sandbox = await _first_sandbox(pools)
            url = _url(listener, "http" if certificate is None else "https")
            variables: dict[str, str] = {}
            if options.only_runtime_api:
                variables = {**settings.environment, "AWS_LAMBDA_RUNTIME_API": sandbox.authority}
            log.ready(door.label, url, door.mount, url + STATUS_PATH, settings.name, variables)
            for sentence in notices(options, door, url, certificate):
                log.say(sentence)
            if not _is_loopback(listener):
                log.say(_OPEN_TO_OTHERS, "yellow")
            await server.serve([listener])
    finally:
        await asyncio.gather(*(each.close() for each in pools))


async def _first_sandbox(pools: Sequence[Pool]) -> Sandbox:
    """The first of each pool is started; returns the function's."""
    try:
        sandbox, *_ = await asyncio.gather(*(pool.warm() for pool in pools))
    except OSError as error:
        # E2BIG: too many or too long variables, from --env-file or the shell.
        raise ConfigurationError(f"The function's process can't be started: {error.strerror}.") from None
    return sandbox


def _front_door_options(options: argparse.Namespace, door: Door, entrance: Entrance) -> FrontDoorOptions:
    gateway_timeout = _gateway_timeout(options, door)
    idle_timeout = _idle_timeout(options, door)
    if options.no_timeout:
        gateway_timeout = idle_timeout = None
    return FrontDoorOptions(
        door,
        options.stream,
        options.stream_cap,
        gateway_timeout,
        idle_timeout,
        options.save_events,
        entrance,
        options.host,
    )


def _gateway_timeout(options: argparse.Namespace, door: Door) -> float | None:
    """Of a buffered response. AWS raises a REST API's on request, an HTTP API's never."""
    longest = limits_of(door).timeout
    timeout: float | None = options.integration_timeout
    if timeout is None:
        return longest
    if longest is None:
        apis = ", ".join(_STAGED)
        raise ConfigurationError(f"{options.origin} has no integration time-out; these have: {apis}.")
    if timeout > longest and not door.is_rest_api:
        raise ConfigurationError(f"--integration-timeout: {door.label} waits no longer than {longest:g} s.")
    return timeout


def _idle_timeout(options: argparse.Namespace, door: Door) -> float | None:
    """Of a streamed response."""
    longest = limits_of(door).idle_timeout
    timeout: float | None = options.idle_timeout
    if timeout is None:
        return longest
    if longest is None or not options.stream:
        raise ConfigurationError("--idle-timeout needs --origin rest --stream.")
    return timeout


def _prices(options: argparse.Namespace, door: Door) -> Prices | None:
    """None if they aren't wanted."""
    if not options.cost:
        return None
    if options.max_concurrency > 1:
        raise ConfigurationError("--cost and --max-concurrency exclude each other: Managed Instances cost by the hour.")
    return prices_behind(door)


def _concurrency(options: argparse.Namespace) -> int:
    """How many sandboxes there may be."""
    if options.only_runtime_api or options.max_concurrency > 1:
        return 1
    concurrency: int = options.concurrency
    return concurrency


def _door(options: argparse.Namespace) -> Door:
    if options.stream and options.origin not in _STREAMING:
        raise ConfigurationError(f"{options.origin} can't stream; these can: {', '.join(_STREAMING)}.")
    door = find_door(options.origin).mounted(options.stage, options.base_path)
    if options.stage and options.origin not in _STAGED:
        raise ConfigurationError(f"{options.origin} has no stages; these have: {', '.join(_STAGED)}.")
    if options.stream_cap and not options.stream:
        raise ConfigurationError("--stream-cap needs --stream.")
    # Paths show the stage on the API's own domain, but not behind an API mapping, which needs a custom domain.
    shows_stage = options.stage and not options.base_path
    return door._replace(domain_name=EXECUTE_API if shows_stage else "")


# The function


_TIMEOUT = 30
_MEMORY = 1769
Number = TypeVar("Number", int, float)


def _function_settings(options: argparse.Namespace, door: Door) -> FunctionSettings:
    directory = Path.cwd()
    limits = limits_of(door)
    memory = _within("memory", options.memory, _MEMORY, limits.memory, door)
    timeout = _within("timeout", options.timeout, _TIMEOUT, limits.function_timeout, door)
    app = ""
    command: list[str] = []
    if not options.only_runtime_api:
        app = named_app(options.app, factory=options.factory, app_dir=options.app_dir)
        require_module(app)
        app_dir = [] if options.app_dir is None else ["--app-dir", options.app_dir]
        command = [sys.executable, "-m", "lambda_http_adapter", "run", app, *app_dir]
    return FunctionSettings(
        command,
        _environment(options, app, directory, memory),
        directory,
        None if options.no_timeout else timeout,
        memory,
        options.max_concurrency,
        options.freeze,
        options.runtime_api_port,
    )


def _within(option: str, value: Number | None, default: Number, limit: Number | None, door: Door) -> Number:
    """``value``, or without one ``default``, both within the front door's ``limit``. Raises ConfigurationError."""
    if value is None:
        return default if limit is None else limit
    if limit is not None and value > limit:
        raise ConfigurationError(f"--{option} is {value:g}; a function behind {door.label} can have {limit:g}.")
    return value


def _environment(options: argparse.Namespace, app: str, directory: Path, memory: int) -> Mapping[str, str]:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""
    environment = {
        "AWS_LAMBDA_FUNCTION_NAME": options.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{options.function_name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": os.environ.get("AWS_REGION", "us-east-1"),
        "TZ": ":UTC",
        "LAMBDA_TASK_ROOT": str(directory),
    }
    if app:
        environment["_HANDLER"] = app
    if options.max_concurrency > 1:
        environment["AWS_LAMBDA_MAX_CONCURRENCY"] = str(options.max_concurrency)
        environment["AWS_LAMBDA_INITIALIZATION_TYPE"] = "lambda-managed-instances"
    if options.stream:
        environment["LAMBDA_HTTP_ADAPTER_INVOKE_MODE"] = "response_stream"
    base_path = options.base_path or only_mapping(options)
    if base_path:
        environment["LAMBDA_HTTP_ADAPTER_BASE_PATH"] = base_path
    if options.env_file is not None:
        environment |= read_env_file(options.env_file)
    return environment


# Reload


@contextlib.asynccontextmanager
async def _reloading(
    options: argparse.Namespace, door: Door, directory: Path, pools: Sequence[Pool], log: TerminalLog
) -> AsyncIterator[None]:
    """New sandboxes whenever a file of the app in ``directory`` changes, or the --env-file."""
    if options.no_reload or options.only_runtime_api:
        yield
        return
    stop = asyncio.Event()
    saved_events = [] if options.save_events is None else [options.save_events]
    watcher = Watcher(directory, log.say, options.env_file, saved_events)
    task = asyncio.ensure_future(_reload(watcher.changes(stop), options, door, pools, log))
    try:
        yield
    finally:
        stop.set()
        task.cancel()
        await asyncio.wait([task])


async def _reload(
    changes: AsyncIterator[list[Path]],
    options: argparse.Namespace,
    door: Door,
    pools: Sequence[Pool],
    log: TerminalLog,
) -> None:
    async for files in changes:
        names = ", ".join(file.name for file in files[:5])
        try:
            settings = _function_settings(options, door)  # with what the --env-file holds now
        except ConfigurationError as error:
            log.say(f"Not reloading: {error}", "red")
            continue
        log.say(f"Reloading: {names}", "cyan")
        function, *authorizers = pools
        function.settings = settings
        for pool in (function, *authorizers):
            pool.reload()
            with contextlib.suppress(OSError):  # the log has the error
                await pool.warm()


# The server


def _listen(host: str, port: int) -> socket.socket:
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"Port {port} of {host} is taken: try --port {port + 1}, or --port 0 for any free port."
            raise ConfigurationError(message) from None
        raise ConfigurationError(f"Can't listen on {host}:{port}: {error.strerror or error}.") from None
    # asyncio sets this only on sockets that it has opened itself. Without it, each response waits 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    return listener


_OPEN_TO_OTHERS = (
    "Warning: other machines can reach this app, and at /_lambda its requests with their cookies and bodies. "
    "--host 127.0.0.1 keeps it to this one."
)


def _is_loopback(listener: socket.socket) -> bool:
    return ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback


def _url(listener: socket.socket, scheme: str) -> str:
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


@contextlib.contextmanager
def _restored_terminal() -> Iterator[None]:
    """A debugger's prompt changes the terminal's attributes, and a killed process doesn't restore them."""
    if not sys.stdin.isatty():
        yield
        return
    import termios

    attributes = termios.tcgetattr(sys.stdin)
    try:
        yield
    finally:
        # A background process would be stopped by SIGTTOU here. OSError: the terminal may be gone.
        with contextlib.suppress(OSError):
            if os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp():
                termios.tcsetattr(sys.stdin, termios.TCSADRAIN, attributes)
