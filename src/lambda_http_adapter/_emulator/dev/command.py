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
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from ..._apps.discovery import named_app
from ..._apps.importer import require_module
from ...errors import ConfigurationError
from ...origins import RequestOrigin
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
from .management_api import with_management_api
from .options import read_env_file
from .own_pages import STATUS_PATH
from .routes import DEFAULT_EXPRESSION, RouteSelection
from .terminal import TerminalLog
from .websocket_api import WebSocketAPI, WebSocketOptions

if TYPE_CHECKING:
    from io import TextIOWrapper

try:
    from .server import Server
except ImportError:
    raise ConfigurationError("`dev` needs uvicorn: pip install 'lambda-http-adapter[dev]'") from None

_STREAMING = ("function-url", "rest")
_STAGED = ("http-api", "http-api-v1", "rest", "websocket")


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
    log = TerminalLog(history, options.quiet, options.json)
    url = _url(listener, "http" if certificate is None else "https")
    settings = _function_settings(options, door)
    if _is_websocket(door):
        settings = settings._replace(environment=with_management_api(settings.environment, url + door.mount))
    pool = Pool(settings, _concurrency(options), options.cold, log)
    entrance = entrance_of(options, door, settings, log)
    pools = [pool, *entrance.pools]
    server = _server(options, door, entrance, pool, history, log, certificate)
    server.stop_on_signals()
    try:
        async with _reloading(options, settings.directory, pools, log):
            sandbox = await _first_sandbox(pools)
            variables: dict[str, str] = {}
            if options.only_runtime_api:
                variables = {**settings.environment, "AWS_LAMBDA_RUNTIME_API": sandbox.authority}
            client_url = url.replace("http", "ws", 1) if _is_websocket(door) else url
            log.ready(door.label, client_url, door.mount, url + STATUS_PATH, settings.name, variables)
            for sentence in notices(options, door, url, certificate):
                log.say(sentence)
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


def _server(
    options: argparse.Namespace,
    door: Door,
    entrance: Entrance,
    pool: Pool,
    history: History,
    log: TerminalLog,
    certificate: Certificate | None,
) -> Server:
    tls = None if certificate is None else certificate.context
    front_door_options = _front_door_options(options, door, entrance)
    websocket_options = _websocket_options(options, door)
    if websocket_options is None:
        return Server(FrontDoor(front_door_options, pool, history, log), tls)
    try:
        from .websocket_protocol import WebSocketProtocol
    except ImportError:
        raise ConfigurationError(
            "`dev --origin websocket` needs websockets 16 and uvicorn 0.53 or newer: "
            "pip install --upgrade 'lambda-http-adapter[dev]' uvicorn"
        ) from None
    api = WebSocketAPI(front_door_options, websocket_options, pool, history, log)
    return Server(api, tls, WebSocketProtocol)


def _websocket_options(options: argparse.Namespace, door: Door) -> WebSocketOptions | None:
    """None for other front doors."""
    if _is_websocket(door):
        routes = RouteSelection(options.route_selection_expression or DEFAULT_EXPRESSION, options.routes)
        return WebSocketOptions(routes, options.route_response, options.connection_duration)
    for name in ("--route-selection-expression", "--routes", "--route-response"):
        if getattr(options, name.strip("-").replace("-", "_")) not in (None, False):
            raise ConfigurationError(f"{name} needs --origin websocket.")
    return None


def _is_websocket(door: Door) -> bool:
    return door.origin is RequestOrigin.websocket


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
    """Of a streamed response, or of a WebSocket connection."""
    longest = limits_of(door).idle_timeout
    timeout: float | None = options.idle_timeout
    if timeout is None:
        return longest
    if longest is None or not (options.stream or _is_websocket(door)):
        raise ConfigurationError("--idle-timeout needs --origin rest --stream, or --origin websocket.")
    if _is_websocket(door) and timeout > longest:
        raise ConfigurationError(f"--idle-timeout: {door.label} waits no longer than {longest:g} s.")
    return timeout


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
    # Paths show the stage on the API's own domain, but not behind an API mapping, which needs a custom domain. A
    # WebSocket API's own path is always the whole one.
    shows_stage = options.stage and not options.base_path and not _is_websocket(door)
    return door._replace(domain_name=EXECUTE_API if shows_stage else "")


# The function


_TIMEOUT = 30
_MEMORY = 1769
_MEMORY_MANAGED = 2048  # the least of a Managed Instance's functions
Number = TypeVar("Number", int, float)


def _function_settings(options: argparse.Namespace, door: Door) -> FunctionSettings:
    directory = Path.cwd()
    limits = limits_of(door)
    usual_memory = _MEMORY if options.max_concurrency == 1 else _MEMORY_MANAGED
    memory = _within("memory", options.memory, usual_memory, limits.memory, door)
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
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    environment = {
        "AWS_LAMBDA_FUNCTION_NAME": options.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{options.function_name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
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
    options: argparse.Namespace, directory: Path, pools: Sequence[Pool], log: TerminalLog
) -> AsyncIterator[None]:
    """New sandboxes whenever a Python file in ``directory`` changes."""
    if options.no_reload or options.only_runtime_api:
        yield
        return
    stop = asyncio.Event()
    task = asyncio.ensure_future(_reload(directory, pools, log, stop))
    try:
        yield
    finally:
        stop.set()
        task.cancel()
        await asyncio.wait([task])


async def _reload(directory: Path, pools: Sequence[Pool], log: TerminalLog, stop: asyncio.Event) -> None:
    async for files in _changed_files(directory, stop):
        log.say(f"Reloading: {', '.join(file.name for file in files[:5])}", "cyan")
        for pool in pools:
            pool.reload()
            with contextlib.suppress(OSError):  # the log has the error
                await pool.warm()


async def _changed_files(directory: Path, stop: asyncio.Event) -> AsyncIterator[list[Path]]:
    """The Python files that were changed, added or deleted, each time some were."""
    from watchfiles import PythonFilter, awatch

    async for changes in awatch(directory, watch_filter=PythonFilter(), debounce=200, step=50, stop_event=stop):
        yield sorted({Path(path) for _, path in changes})


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
