"""``lambda-http-adapter dev``: an app on this machine, behind everything that is in front of it on Lambda."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

from ..._apps.discovery import named_app
from ..._apps.importer import require_module
from ...errors import ConfigurationError
from ..doors.door import Door, find_door
from ..doors.mount import EXECUTE_API
from ..sandbox.pool import Pool
from ..sandbox.sandbox import FunctionSettings
from .front_door import STATUS_PATH, FrontDoor, FrontDoorOptions
from .history import History
from .options import read_env_file
from .terminal import TerminalLog

try:
    import uvicorn
except ImportError:
    raise ConfigurationError("`dev` needs uvicorn: pip install 'lambda-http-adapter[dev]'") from None

_STREAMING = ("function-url", "rest")
_STAGED = ("http-api", "http-api-v1", "rest")


def main(options: argparse.Namespace) -> None:
    """Serve until Ctrl-C or SIGTERM. Raises ConfigurationError."""
    door = _door(options)
    listener = _listen(options.host, options.port)
    with listener, _restored_terminal():
        asyncio.run(_serve(options, door, listener))


async def _serve(options: argparse.Namespace, door: Door, listener: socket.socket) -> None:
    history = History()
    log = TerminalLog(history, options.quiet, options.json)
    settings = _function_settings(options)
    pool = Pool(settings, _concurrency(options), options.cold, log)
    server = _Server(_server_config(FrontDoor(_front_door_options(options, door), pool, history, log)))
    server.stop_on_signals()
    try:
        async with _reloading(options, settings.directory, pool, log):
            sandbox = await pool.warm()
            url = _url(listener)
            variables: dict[str, str] = {}
            if options.only_runtime_api:
                variables = {**settings.environment, "AWS_LAMBDA_RUNTIME_API": sandbox.authority}
            log.ready(door.label, url, door.mount, url + STATUS_PATH, variables)
            await server.serve([listener])
    finally:
        await pool.close()


def _front_door_options(options: argparse.Namespace, door: Door) -> FrontDoorOptions:
    return FrontDoorOptions(door, options.stream, options.stream_cap, not options.no_timeout, options.save_events)


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


def _function_settings(options: argparse.Namespace) -> FunctionSettings:
    directory = Path.cwd()
    app = ""
    command: list[str] = []
    if not options.only_runtime_api:
        app = named_app(options.app, factory=options.factory, app_dir=options.app_dir)
        require_module(app)
        app_dir = [] if options.app_dir is None else ["--app-dir", options.app_dir]
        command = [sys.executable, "-m", "lambda_http_adapter", "run", app, *app_dir]
    return FunctionSettings(
        command,
        _environment(options, app, directory),
        directory,
        None if options.no_timeout else options.timeout,
        options.memory,
        options.max_concurrency,
        options.freeze,
        options.runtime_api_port,
    )


def _environment(options: argparse.Namespace, app: str, directory: Path) -> Mapping[str, str]:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""
    environment = {
        "AWS_LAMBDA_FUNCTION_NAME": "dev",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(options.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/dev",
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
    if options.base_path:
        environment["LAMBDA_HTTP_ADAPTER_BASE_PATH"] = options.base_path
    if options.env_file is not None:
        environment |= read_env_file(options.env_file)
    return environment


# Reload


@contextlib.asynccontextmanager
async def _reloading(options: argparse.Namespace, directory: Path, pool: Pool, log: TerminalLog) -> AsyncIterator[None]:
    """New sandboxes whenever a Python file in ``directory`` changes."""
    if options.no_reload or options.only_runtime_api:
        yield
        return
    stop = asyncio.Event()
    task = asyncio.ensure_future(_reload(directory, pool, log, stop))
    try:
        yield
    finally:
        stop.set()
        task.cancel()
        await asyncio.wait([task])


async def _reload(directory: Path, pool: Pool, log: TerminalLog, stop: asyncio.Event) -> None:
    async for files in _changed_files(directory, stop):
        log.say(f"Reloading: {', '.join(file.name for file in files[:5])}", "cyan")
        pool.reload()
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


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _server_config(front_door: FrontDoor) -> uvicorn.Config:
    return uvicorn.Config(
        front_door,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level=60,  # uvicorn would report every response that the front door breaks off on purpose
        access_log=False,
        server_header=False,
        date_header=False,  # the function may send one, and a response must not have two
        timeout_graceful_shutdown=0,
    )


class _Server(uvicorn.Server):
    """Signals only end the server, so that the sandboxes end after it; uvicorn would raise the signal once more."""

    def stop_on_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop)

    def _stop(self) -> None:
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


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
