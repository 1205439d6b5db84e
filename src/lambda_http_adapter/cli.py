"""The command line: ``lambda-http-adapter`` or ``python -m lambda_http_adapter``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from ._apps.importer import AppKind, entry_point, load_app
from ._values import __version__
from .errors import ConfigurationError

if TYPE_CHECKING:
    import argparse

    from ._types import ASGIApp, HTTPHandler, PlainHandler, WSGIApp

_REQUESTS = {
    "invoke": "send a request to an app through a front door, or to a URL",
    "event": "print the event that a front door sends for a request",
    "replay": "send recorded events to an app",
    "compare": "show what an app sees of a request, front door by front door",
}


def main(arguments: Sequence[str] | None = None) -> None:
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        # On Lambda this is all there ever is on the command line, and argparse would cost a cold start 10 ms.
        if arguments[:1] == ["run"] and len(arguments) < 3 and not arguments[-1].startswith("-"):
            run(arguments[1] if len(arguments) == 2 else None)
        elif arguments[:1] == ["dev"]:
            from ._emulator.dev.command import main as dev

            dev(arguments[1:])
        elif arguments[:1] and arguments[0] in _REQUESTS:
            from ._emulator.commands.requests import main as request

            request(arguments)
        else:
            options = _parser().parse_args(arguments)
            options.command(options)
    except ConfigurationError as error:
        sys.exit(f"lambda-http-adapter: {error}")


def _parser() -> argparse.ArgumentParser:
    import argparse

    parser = argparse.ArgumentParser(
        prog="lambda-http-adapter", description="Any ASGI or WSGI app on AWS Lambda, behind any HTTP front door."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="command")
    command = commands.add_parser("run", help="serve an app or a handler; on Lambda this is the runtime")
    command.add_argument(
        "app",
        nargs="?",
        help="module:attribute, or module.attribute; asgi:, wsgi:, http: or handler: in front says which it is "
        "(default: $AWS_LAMBDA_PYTHON_ENTRYPOINT, then $_HANDLER)",
    )
    command.set_defaults(command=lambda options: run(options.app))
    # For the list of commands; their own parsers come with the emulator.
    commands.add_parser("dev", help="serve an app on this machine, through Lambda's path")
    for name, text in _REQUESTS.items():
        commands.add_parser(name, help=text)
    command = commands.add_parser("wrapper", help="the script that brings this loop into AWS's managed Python runtime")
    command.add_argument("file", nargs="?", help="where to write it, executable (default: standard output)")
    command.set_defaults(command=lambda options: write_wrapper(options.file))
    return parser


def run(string: str | None) -> None:
    """Serve the app or handler that the import string names, or Lambda's environment."""
    from ._runtime.start import begin, fail_init

    # Before the app is imported: what it logs then must have Lambda's format, and may change it.
    environment = begin(os.environ)
    try:
        app, kind = load_app(string or entry_point(os.environ))
    except Exception as error:
        if environment is not None:
            fail_init(environment.authority, error)
        raise
    from ._runtime.run import run as run_handler
    from ._runtime.run import run_asgi, run_http, run_wsgi

    match kind:
        case AppKind.asgi:
            run_asgi(cast("ASGIApp", app))
        case AppKind.wsgi:
            run_wsgi(cast("WSGIApp", app))
        case AppKind.http:
            run_http(cast("HTTPHandler", app))
        case AppKind.handler:
            run_handler(cast("PlainHandler", app))


def write_wrapper(file: str | None) -> None:
    """Write the script for AWS_LAMBDA_EXEC_WRAPPER to ``file``, executable, or to standard output."""
    from pathlib import Path

    script = (Path(__file__).parent / "wrapper.sh").read_text()
    if file is None:
        sys.stdout.write(script)
        return
    target = Path(file)
    target.write_text(script)
    target.chmod(0o755)  # Lambda executes it, and a zip keeps the bit
