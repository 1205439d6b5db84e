"""``lambda-http-adapter dev``: an app on this machine, through everything that is between a client and it on Lambda."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..._apps.discovery import find_app
from ...errors import ConfigurationError
from ..doors.door import Door, find_door
from ..doors.mount import EXECUTE_API
from ..sandbox.pool import Pool
from ..sandbox.sandbox import Settings
from .env_file import read_env_file
from .front_door import STATUS_PATH, FrontDoor, Setting
from .options import parse
from .reload import changes
from .status_page import History
from .terminal import Log

try:
    import uvicorn
except ImportError:
    raise ConfigurationError("`dev` needs uvicorn: pip install 'lambda-http-adapter[dev]'") from None

_STREAMING = ("function-url", "rest")
_STAGED = ("http-api", "http-api-v1", "rest")


def main(arguments: Sequence[str]) -> None:
    """Serve until Ctrl-C or SIGTERM. Raises ConfigurationError."""
    options = parse(arguments)
    door = _door(options)
    listener = _listen(options.host, options.port)
    with listener, _terminal():
        asyncio.run(_serve(options, door, listener))


async def _serve(options: argparse.Namespace, door: Door, listener: socket.socket) -> None:
    history = History()
    log = Log(history, options.quiet, options.json)
    settings = _settings(options)
    concurrency = 1 if options.only_runtime_api or options.max_concurrency > 1 else options.concurrency
    pool = Pool(settings, concurrency, options.cold, log)
    timeout = not options.no_timeout
    setting = Setting(door, options.origin, options.stream, options.stream_cap, timeout, options.save_events)
    config = uvicorn.Config(
        FrontDoor(setting, pool, history, log),
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level=60,  # it would report every answer that is broken off on purpose
        access_log=False,
        server_header=False,
        date_header=False,  # a function may send one, and two are one too many
        timeout_graceful_shutdown=0,
    )
    server = _Server(config)
    server.stop_on_signals()
    stop = asyncio.Event()
    reloads = not options.no_reload and not options.only_runtime_api
    reloading = asyncio.ensure_future(_reload(settings.directory, pool, log, stop) if reloads else asyncio.sleep(0))
    try:
        sandbox = await pool.warm()
        _welcome(options, door, listener, log, sandbox.authority)
        await server.serve([listener])
    finally:
        stop.set()
        reloading.cancel()
        await asyncio.wait([reloading])
        await pool.close()


@contextlib.contextmanager
def _terminal() -> Iterator[None]:
    """Left as it was: a debugger's prompt changes it, and a process that is killed doesn't change it back."""
    if not sys.stdin.isatty():
        yield
        return
    import termios

    attributes = termios.tcgetattr(sys.stdin)
    try:
        yield
    finally:
        # Whoever is in the background would be stopped for it; and the terminal may be gone.
        with contextlib.suppress(OSError):
            if os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp():
                termios.tcsetattr(sys.stdin, termios.TCSADRAIN, attributes)


class _Server(uvicorn.Server):
    """Signals end the server, and then what is behind it; uvicorn would leave that to whoever comes after."""

    def stop_on_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop)

    def _stop(self) -> None:
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _reload(directory: Path, pool: Pool, log: Log, stop: asyncio.Event) -> None:
    async for files in changes(directory, stop):
        log.say(f"Reloading: {', '.join(file.name for file in files[:5])}", "cyan")
        pool.reload()
        await pool.warm()


def _door(options: argparse.Namespace) -> Door:
    if options.stream and options.origin not in _STREAMING:
        raise ConfigurationError(f"{options.origin} takes no stream; these do: {', '.join(_STREAMING)}.")
    door = find_door(options.origin).mounted(options.stage, options.base_path)
    if options.stage and options.origin not in _STAGED:
        raise ConfigurationError(f"{options.origin} has no stages; these have: {', '.join(_STAGED)}.")
    if options.stream_cap and not options.stream:
        raise ConfigurationError("--stream-cap needs --stream.")
    # A mapping is one of a custom domain, which shows no stage.
    return door._replace(domain_name=EXECUTE_API if options.stage and not options.base_path else "")


def _settings(options: argparse.Namespace) -> Settings:
    directory = Path.cwd()
    app = "" if options.only_runtime_api else options.app or find_app(directory, os.environ)
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
    return Settings(
        [] if options.only_runtime_api else [sys.executable, "-m", "lambda_http_adapter", "run", app],
        environment,
        directory,
        None if options.no_timeout else options.timeout,
        options.memory,
        options.max_concurrency,
        options.freeze,
        options.runtime_api_port,
    )


def _listen(host: str, port: int) -> socket.socket:
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"Port {port} of {host} is taken: try --port {port + 1}, or --port 0 for any that is free."
            raise ConfigurationError(message) from None
        raise ConfigurationError(f"Can't listen on {host}:{port}: {error.strerror or error}.") from None
    # asyncio does so for sockets it has opened itself alone. Without it each answer waits 40 ms for the client's ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    return listener


def _welcome(options: argparse.Namespace, door: Door, listener: socket.socket, log: Log, authority: str) -> None:
    host, port = listener.getsockname()[:2]
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    variables = {}
    if options.only_runtime_api:
        variables = {**_settings(options).environment, "AWS_LAMBDA_RUNTIME_API": authority}
    log.ready(options.origin, url, door.mount, url + STATUS_PATH, variables)
