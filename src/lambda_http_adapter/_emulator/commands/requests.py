"""``lambda-http-adapter invoke``, ``event``, ``replay`` and ``compare``: single requests, without a server."""

# A response's body goes to standard output as it came, all else to standard error, so that a pipe gets the body alone.

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

from ..._apps.discovery import find_app
from ..._values.config import load_config
from ...errors import ConfigurationError, LifespanError
from ..doors.door import DOORS, Door, door_of, find_door
from ..in_process.runners import sync_runner
from .compare import compare, print_comparison
from .typed_request import behind, read_file, typed_request

if TYPE_CHECKING:
    from ..._values.request import Headers, LambdaEvent
    from ..doors.client import ClientRequest
    from ..in_process.sync import Runner


def main(arguments: Sequence[str]) -> None:
    """Do what the arguments, of which the first names the command, ask for. Raises ConfigurationError."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except LifespanError as error:
        raise ConfigurationError(str(error)) from error
    except BrokenPipeError:
        # Who reads has seen enough. Nothing more may be written, not even by Python as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lambda-http-adapter")
    commands = parser.add_subparsers(required=True, metavar="command")

    command = commands.add_parser("invoke", description="Send a request to an app in this process, or to a URL.")
    _add_request(command, "of the app, behind --stage and --base-path, or behind the path of --url")
    _add_origin(command)
    target = command.add_mutually_exclusive_group()
    _add_app(target)
    target.add_argument("--url", help="ask what is there instead, a running `dev` or a deployed function")
    command.add_argument("--stream", action="store_true", help="the response as the app makes it (function-url, rest)")
    command.add_argument("--print-event", action="store_true", help="show the event as well, on standard error")
    command.set_defaults(run=_invoke)

    command = commands.add_parser("event", description="Print the event that a front door sends for a request.")
    _add_request(command, "of the app, behind --stage and --base-path")
    _add_origin(command)
    command.set_defaults(run=_event)

    command = commands.add_parser(
        "replay",
        description="Send recorded events of any kind to an app in this process. Exits with 1 if an invocation failed.",
    )
    command.add_argument("file", nargs="+", help="an event as JSON; - is standard input")
    _add_app(command)
    command.add_argument("--base-path", default="", metavar="PATH", help="as the app is configured")
    command.set_defaults(run=_replay)

    command = commands.add_parser(
        "compare", description="Show what an app sees of a request, front door by front door."
    )
    _add_request(command, "of the app, behind --stage and --base-path")
    command.set_defaults(run=_compare)
    return parser


def _add_request(command: argparse.ArgumentParser, path: str) -> None:
    command.add_argument("method")
    command.add_argument("path", help=f"path and query {path}")
    command.add_argument("-H", "--header", action="append", default=[], metavar="LINE", help="such as 'Accept: */*'")
    command.add_argument(
        "-d", "--data", help="the body: text, @file or @- for standard input; JSON is sent as such, else it is a form"
    )
    command.add_argument("--stage", help="of an API of API Gateway")
    command.add_argument("--base-path", default="", metavar="PATH", help="an API mapping; the app is told too")


def _add_origin(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--origin",
        choices=DOORS,
        default="function-url",
        metavar="NAME",
        help=f"the front door: {', '.join(DOORS)} (default: %(default)s)",
    )


def _add_app(command: argparse._ActionsContainer) -> None:
    command.add_argument(
        "--app", help="module:attribute (default: what _HANDLER names, else app in main.py, app.py, api.py …)"
    )


def _invoke(options: argparse.Namespace) -> None:
    if options.url is not None:
        if options.print_event:
            raise ConfigurationError("--print-event and --url exclude each other: the event is made elsewhere.")
        from ..in_process.transport import ask

        with ask(_request(options), options.url) as response:
            _print_head(response.status_code, response.headers.raw)
            _print_body(response.iter_bytes())
        return
    door = _at(find_door(options.origin), options)
    event = _event_of(_request(options), door)
    if options.print_event:
        _print_event(event, sys.stderr)
    with _host(options, "response_stream" if options.stream else None) as host:
        if not _send(event, door, host):
            sys.exit(1)


def _event(options: argparse.Namespace) -> None:
    _print_event(_event_of(_request(options), _at(find_door(options.origin), options)), sys.stdout)


def _replay(options: argparse.Namespace) -> None:
    events = {name: _recorded(name) for name in options.file}
    failures = 0
    with _host(options) as host:
        for name, event in events.items():
            print(f"==> {name} <==", file=sys.stderr)
            failures += not _send(event, door_of(event), host)
    if failures:
        sys.exit(1)


def _compare(options: argparse.Namespace) -> None:
    doors = {name: _at(door, options) for name, door in DOORS.items()}
    config = load_config({"base_path": options.base_path} if options.base_path else {}, os.environ)
    print_comparison(compare(_request(options), doors, config), list(doors), sys.stdout)


# Into the app


def _request(options: argparse.Namespace) -> ClientRequest:
    return typed_request(options.method, options.path, options.header, options.data)


def _at(door: Door, options: argparse.Namespace) -> Door:
    return door.mounted(options.stage, options.base_path)


def _event_of(request: ClientRequest, door: Door) -> LambdaEvent:
    return door.event(behind(door, request))


def _recorded(name: str) -> LambdaEvent:
    data = sys.stdin.buffer.read() if name == "-" else read_file(Path(name))
    try:
        event = json.loads(data)
    except ValueError as error:
        raise ConfigurationError(f"{name!r} is no JSON: {error}.") from error
    if not isinstance(event, dict):
        raise ConfigurationError(f"{name!r} holds no event: expected a JSON object, got {type(event).__name__}.")
    return cast("LambdaEvent", event)


@contextmanager
def _host(options: argparse.Namespace, invoke_mode: str | None = None) -> Iterator[Runner]:
    # What isn't said may be in the environment.
    said = {"base_path": options.base_path or None, "invoke_mode": invoke_mode}
    app = options.app or find_app(Path.cwd(), os.environ)
    host = sync_runner(app, {name: value for name, value in said.items() if value is not None})
    try:
        host.start()
        yield host
    finally:
        host.stop()


def _send(event: LambdaEvent, door: Door, host: Runner) -> bool:
    """Print what comes back; whether the invocation succeeded."""
    exchange = host.invoke(event, door)
    try:
        head = exchange.head()
        _print_head(head.status, head.headers)
        _print_body(chain([head.body], iter(exchange.read, None)))
    finally:
        exchange.close()
    return not exchange.delivery.failed


# Out of it


def _print_event(event: LambdaEvent, file: TextIO) -> None:
    print(json.dumps(event, indent=2, ensure_ascii=False), file=file)


def _print_head(status: int, headers: Headers) -> None:
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
    print(f"HTTP/1.1 {status} {phrase}".rstrip(), file=sys.stderr)
    for name, value in headers:
        print(f"{name.decode('latin-1')}: {value.decode('latin-1')}", file=sys.stderr)
    print(file=sys.stderr, flush=True)


def _print_body(pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        rest = memoryview(piece)
        while rest:
            # Where Python runs unbuffered (PYTHONUNBUFFERED), a part may be all that is written.
            rest = rest[sys.stdout.buffer.write(rest) :]
        sys.stdout.buffer.flush()
    if sys.stdout.isatty():
        print(flush=True)
