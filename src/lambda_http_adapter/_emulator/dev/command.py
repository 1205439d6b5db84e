"""``lambda-http-adapter dev``: an app on this machine, behind everything that is in front of it on Lambda."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ...errors import ConfigurationError
from ...origins import RequestOrigin
from ..doors.door import Door, find_door
from ..doors.limits import limits_of
from ..doors.mount import EXECUTE_API
from ..sandbox.function import FunctionSettings
from ..sandbox.pool import Pool
from ..sandbox.sandbox import Sandbox
from .certificate import Certificate, certificate_of
from .configured_entrance import authorizer_settings, entrance_of, notices
from .configured_function import function_settings
from .entrance import Entrance
from .front_door import FrontDoor, FrontDoorOptions
from .history import History
from .listener import is_loopback, listen, url_of
from .prices import Prices, prices_behind
from .routes import DEFAULT_EXPRESSION, RouteSelection
from .terminal import TerminalLog
from .watcher import Watcher
from .websocket_api import WebSocketAPI, WebSocketOptions

if TYPE_CHECKING:
    from io import TextIOWrapper

try:
    from .server import Server
except ImportError:
    raise ConfigurationError("`dev` needs uvicorn: pip install 'lambda-http-adapter[dev]'") from None

_OPEN_TO_OTHERS = (
    "Warning: other machines can reach this app, and at /_lambda its requests with their cookies and bodies. "
    "--host 127.0.0.1 keeps it to this one."
)
_STREAMING = ("function-url", "rest")
_STAGED = ("http-api", "http-api-v1", "rest", "websocket")


def main(options: argparse.Namespace) -> None:
    """Serve until Ctrl-C or SIGTERM. Raises ConfigurationError."""
    door = _door(options)
    # An app's error message and a file's name can hold what no text in UTF-8 can: lone surrogates.
    cast("TextIOWrapper", sys.stdout).reconfigure(errors="backslashreplace")
    listener = listen(options.host, options.port)
    with listener, certificate_of(options) as certificate, _restored_terminal():
        asyncio.run(_serve(options, door, listener, certificate))


async def _serve(
    options: argparse.Namespace, door: Door, listener: socket.socket, certificate: Certificate | None
) -> None:
    history = History()
    prices = _prices(options, door)
    log = TerminalLog(history, options.quiet, options.json, verbose=options.verbose, prices=prices)
    url = url_of(listener, "http" if certificate is None else "https")
    settings = function_settings(options, door, url, certificate)
    pool = Pool(settings, _concurrency(options), options.cold, log)
    entrance = entrance_of(options, door, settings, log)
    pools = [pool, *entrance.pools]
    server = _server(options, door, entrance, pool, history, log, certificate)
    server.stop_on_signals()
    try:
        async with _reloading(options, lambda: _settings(options, door, url, certificate), pools, log):
            sandbox = await _first_sandbox(pools)
            variables: dict[str, str] = {}
            if options.only_runtime_api:
                variables = {**settings.environment, "AWS_LAMBDA_RUNTIME_API": sandbox.authority}
            client_url = url.replace("http", "ws", 1) if _is_websocket(door) else url
            log.ready(door.label, client_url, door.mount, url, settings.name, variables)
            for sentence in notices(options, door, url, certificate):
                log.say(sentence)
            if not is_loopback(listener):
                log.say(_OPEN_TO_OTHERS, "yellow")
            await server.serve([listener])
    finally:
        await asyncio.gather(*(each.close() for each in pools))


def _settings(
    options: argparse.Namespace, door: Door, url: str, certificate: Certificate | None
) -> list[FunctionSettings]:
    """The function's and, if it has a Lambda authorizer, that one's. Raises ConfigurationError."""
    function = function_settings(options, door, url, certificate)
    if options.authorizer is None or options.authorizer.kind != "lambda":
        return [function]
    return [function, authorizer_settings(options, function)]


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
    if timeout > longest:
        raise ConfigurationError(f"--idle-timeout: {door.label} waits no longer than {longest:g} s.")
    return timeout


def _prices(options: argparse.Namespace, door: Door) -> Prices | None:
    """None if they aren't wanted."""
    if not options.cost:
        return None
    if options.max_concurrency > 1:
        raise ConfigurationError("--cost and --max-concurrency can't be combined: Managed Instances cost by the hour.")
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
    # Paths show the stage on the API's own domain, but not behind an API mapping, which needs a custom domain. A
    # WebSocket API's own path is always the whole one.
    shows_stage = options.stage and not options.base_path and not _is_websocket(door)
    return door._replace(domain_name=EXECUTE_API if shows_stage else "")


# Reload


@contextlib.asynccontextmanager
async def _reloading(
    options: argparse.Namespace, settings: Callable[[], list[FunctionSettings]], pools: Sequence[Pool], log: TerminalLog
) -> AsyncIterator[None]:
    """New sandboxes whenever a file of the app changes, or the --env-file: ``settings`` returns
    what each pool gets then."""
    if options.no_reload or options.only_runtime_api:
        yield
        return
    stop = asyncio.Event()
    saved_events = [] if options.save_events is None else [options.save_events]
    watcher = Watcher(Path.cwd(), log.say, options.env_file, saved_events)
    task = asyncio.ensure_future(_reload(watcher.changes(stop), settings, pools, log))
    try:
        yield
    finally:
        stop.set()
        task.cancel()
        await asyncio.wait([task])


async def _reload(
    changes: AsyncIterator[list[Path]],
    settings: Callable[[], list[FunctionSettings]],
    pools: Sequence[Pool],
    log: TerminalLog,
) -> None:
    async for files in changes:
        names = ", ".join(file.name for file in files[:5])
        try:
            new_settings = settings()
        except ConfigurationError as error:
            log.say(f"Not reloading: {error}", "red")
            continue
        log.say(f"Reloading: {names}", "cyan")
        for pool, pool_settings in zip(pools, new_settings, strict=True):
            pool.settings = pool_settings
            pool.reload()
            with contextlib.suppress(OSError):  # the log has the error
                await pool.warm()


# The terminal


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
