"""``lambda-http-adapter invoke``, ``event``, ``replay`` and ``compare``."""

# Only the response's body goes to standard output, unchanged, so that it can be piped. All else goes to standard error.

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from functools import partial
from http import HTTPStatus
from io import FileIO
from itertools import chain
from typing import TYPE_CHECKING, TextIO

from ..._apps.command_line import CommandParser
from ..._apps.discovery import named_app
from ..._values.config import load_config
from ...errors import ConfigurationError, LifespanError
from ..doors.door import DOORS, door_of
from ..doors.methods import RefusedMethodError
from ..in_process.runners import sync_runner
from ..in_process.sync import new_context
from ..sandbox.function import FUNCTION
from .compare import compare, print_comparison
from .invoke_url import invoke_at
from .typed_event import TypedEvent, add_origin, is_request, mounted, recorded_event, request, typed_event

if TYPE_CHECKING:
    from ..._values.request import Headers, LambdaEvent
    from ..in_process.sync import Runner


def main(arguments: Sequence[str]) -> None:
    """Run the command that the first of ``arguments`` names. Raises ConfigurationError."""
    name, *rest = arguments
    options = _parsers()[name].parse_args(rest)
    try:
        options.run(options)
    except (LifespanError, RefusedMethodError) as error:
        sys.exit(f"lambda-http-adapter: {error}")
    except BrokenPipeError:
        # The reader has closed the pipe. Python must not write to it either when it flushes standard output at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        sys.exit(130)


def _parsers() -> dict[str, CommandParser]:
    invoke = command = CommandParser(
        "lambda-http-adapter invoke",
        description="Send a request, a sample event of a service or a recorded event to an app in this process, or to "
        "a URL. Exits with 1 if the invocation failed.",
    )
    _add_request(command, path_help="path and query, without --stage, --base-path and the path of --url")
    add_origin(command)
    command.add_argument("--event", metavar="FILE", help="send the event in this file; - is standard input")
    _add_target(
        command,
        "send it to this URL instead: a request to a running `dev` or a deployed function, an event to the Invoke API "
        "of a running `dev`",
    )
    command.add_argument("--stream", action="store_true", help="stream the response (function-url, rest)")
    command.add_argument("--print-event", action="store_true", help="print the event too, on standard error")
    command.set_defaults(run=_invoke)

    event = command = CommandParser(
        "lambda-http-adapter event",
        description="Print the event that a front door sends for a request, or a sample event of a service.",
    )
    _add_request(command, path_help="path and query, without --stage and --base-path")
    add_origin(command)
    command.set_defaults(run=_event)

    replay = command = CommandParser(
        "lambda-http-adapter replay",
        description="Send recorded events of any kind to an app in this process, or to a URL. Exits with 1 if an "
        "invocation failed.",
    )
    command.add_argument("file", nargs="+", help="an event as JSON; - is standard input")
    _add_target(command, "send them to the Invoke API at this URL instead: a running `dev`")
    command.add_argument("--base-path", default="", metavar="PATH", help="the app's base_path")
    command.set_defaults(run=_replay)

    compare = command = CommandParser(
        "lambda-http-adapter compare",
        description="Show what an app receives of a request, front door by front door.",
    )
    _add_request(command, path_help="path and query, without --stage and --base-path", required=True)
    command.set_defaults(run=_compare)
    return {"invoke": invoke, "event": event, "replay": replay, "compare": compare}


def _add_request(command: argparse.ArgumentParser, path_help: str, required: bool = False) -> None:
    """``required``: no other event than that of a request will do."""
    nargs = None if required else "?"
    command.add_argument("method", nargs=nargs)
    command.add_argument("path", nargs=nargs, help=path_help)
    command.add_argument("-H", "--header", action="append", default=[], metavar="LINE", help="such as 'Accept: */*'")
    command.add_argument(
        "-d",
        "--data",
        help="body: text, @file, or @- for standard input; sent as JSON if it is JSON, otherwise as a form"
        + ("" if required else "; of a service's event: the message, the key of the object, the detail …"),
    )
    command.add_argument("--stage", help="stage of an API Gateway API")
    command.add_argument("--base-path", default="", metavar="PATH", help="API mapping; also the app's base_path")


def _add_target(command: argparse.ArgumentParser, url_help: str) -> None:
    target = command.add_mutually_exclusive_group()
    target.add_argument(
        "--app",
        help="module:attribute (default: what _HANDLER names, else app in main.py, app.py, api.py, */asgi.py …)",
    )
    target.add_argument("--url", help=url_help)
    _add_app_options(command)
    command.add_argument(
        "--function-name", default=FUNCTION, metavar="NAME", help="the function's name at --url (default: %(default)s)"
    )


def _add_app_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--factory", action="store_true", help="the app is what module:attribute returns")
    command.add_argument("--app-dir", metavar="DIR", help="import from this directory first")


# The commands


def _invoke(options: argparse.Namespace) -> None:
    if options.url is not None and is_request(options):
        _send_to_url(options)
        return
    typed = typed_event(options)
    if options.print_event:
        _print_event(typed.event, sys.stderr)
    with _sender(options, "response_stream" if options.stream else None) as send:
        succeeded = send(typed)
    if not succeeded:
        sys.exit(1)


def _send_to_url(options: argparse.Namespace) -> None:
    if options.print_event:
        raise ConfigurationError("--print-event and --url can't be combined: the event is made at the URL.")
    from ..in_process.by_httpx import ask

    with ask(request(options), options.url) as response:
        _print_head(response.status_code, response.headers.raw)
        with FileIO(os.dup(1), "w") as output:
            _print_body(response.iter_bytes(), output)


def _event(options: argparse.Namespace) -> None:
    _print_event(typed_event(options).event, sys.stdout)


def _replay(options: argparse.Namespace) -> None:
    events = {name: recorded_event(name) for name in options.file}
    all_succeeded = True
    with _sender(options) as send:
        for name, event in events.items():
            print(f"==> {name} <==", file=sys.stderr)
            if not send(TypedEvent(event, door_of(event))):
                all_succeeded = False
    if not all_succeeded:
        sys.exit(1)


def _compare(options: argparse.Namespace) -> None:
    doors = {name: mounted(door, options) for name, door in DOORS.items()}
    config = load_config({"base_path": options.base_path} if options.base_path else {}, os.environ)
    print_comparison(compare(request(options), doors, config), list(doors), sys.stdout)


# What is invoked


@contextmanager
def _own_output() -> Iterator[FileIO]:
    """Standard output for the response alone: what the app and its child processes print goes to standard error."""
    with FileIO(os.dup(1), "w") as output, redirect_stdout(sys.stderr):
        os.dup2(2, 1)
        try:
            yield output
        finally:
            os.dup2(output.fileno(), 1)


@contextmanager
def _sender(options: argparse.Namespace, invoke_mode: str | None = None) -> Iterator[Callable[[TypedEvent], bool]]:
    """A function that invokes with an event, prints the response, and returns whether the invocation succeeded."""
    with _own_output() as output:
        if options.url is not None:
            yield partial(_send_to_invoke_api, options.url, options.function_name, output)
            return
        with _running_app(options, invoke_mode) as runner:
            yield partial(_send_to_app, runner, output)


def _send_to_invoke_api(url: str, function: str, output: FileIO, typed: TypedEvent) -> bool:
    response, failed = invoke_at(url, function, typed)
    _print_head(response.status, response.headers)
    _print_body([response.body], output)
    return not failed


@contextmanager
def _running_app(options: argparse.Namespace, invoke_mode: str | None) -> Iterator[Runner]:
    app = named_app(options.app, factory=options.factory, app_dir=options.app_dir)
    # Only options that were given: an argument would win over the environment variable of the same option.
    arguments = {"base_path": options.base_path or None, "invoke_mode": invoke_mode}
    runner = sync_runner(app, {name: value for name, value in arguments.items() if value is not None})
    try:
        runner.start()
        yield runner
    finally:
        runner.stop()


def _send_to_app(runner: Runner, output: FileIO, typed: TypedEvent) -> bool:
    invocation = runner.invoke(typed.event, typed.door, new_context())
    try:
        head = invocation.head()
        _print_head(head.status, head.headers)
        _print_body(chain([head.body], iter(invocation.read, None)), output)
    finally:
        invocation.close()
    return not invocation.view.failed


# Output


def _print_event(event: LambdaEvent, file: TextIO) -> None:
    print(json.dumps(event, indent=2, ensure_ascii=False), file=file)


def _print_head(status: int, headers: Headers) -> None:
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
    print(f"HTTP/1.1 {status} {phrase}".rstrip(), file=sys.stderr)
    for name, value in headers:
        print(f"{name.decode('latin-1')}: {value.decode('latin-1')}", file=sys.stderr)
    print(file=sys.stderr, flush=True)


def _print_body(chunks: Iterable[bytes], output: FileIO) -> None:
    for chunk in chunks:
        rest = memoryview(chunk)
        while rest:
            rest = rest[output.write(rest) :]
    if output.isatty():
        output.write(b"\n")
