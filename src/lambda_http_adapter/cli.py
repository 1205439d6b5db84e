"""The command line: ``lambda-http-adapter`` or ``python -m lambda_http_adapter``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from ._apps.importer import entry_point, load_app, near_match
from ._apps.kind import AppKind
from ._values import __version__
from .errors import ConfigurationError

if TYPE_CHECKING:
    from typing import NoReturn

    from ._types import ASGIApp, HTTPHandler, PlainHandler, WSGIApp

_REQUESTS = {
    "invoke": "send a request or an event to an app, or to a URL",
    "event": "print the event of a front door for a request, or a sample event of a service",
    "replay": "send recorded events to an app, or to a URL",
    "compare": "show what an app receives of a request, front door by front door",
}
_COMMANDS = {
    "init": "write a small, tested project, or the infrastructure of one that exists",
    "run": "serve an app or a handler (the command that runs on Lambda)",
    "dev": "serve an app on this machine as Lambda would",
    **_REQUESTS,
    "build": "make the zip file, the layer or the Dockerfile of an app for AWS",
    "doctor": "say what will go wrong on AWS with a bundle and its template",
    "wrapper": "write the script that starts this package's loop in AWS's managed Python runtime",
}


def main(arguments: Sequence[str] | None = None) -> None:
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        match arguments:
            # The command lines of a deployed function: importing argparse would add 10 ms to its cold start.
            case ["run"]:
                run(None)
            case ["run", app] if not app.startswith("-"):
                run(app)
            case [app] if _is_import_string(app):
                run(app)
            case ["run", *options]:
                run_with_options(options)
            case [app, *_] if _is_import_string(app):
                run_with_options(arguments)
            case ["init" | "build" | "doctor" as name, *options]:
                _deploy(name, options)
            case ["dev", *options]:
                _dev(options)
            case [name, *_] if name in _REQUESTS:
                from ._emulator.commands.requests import main as request

                request(arguments)
            case ["wrapper", *options]:
                from ._deploy.wrapper import main as wrapper

                wrapper(options)
            case _:
                _explain(arguments)
    except ConfigurationError as error:
        print(f"lambda-http-adapter: {error}", file=sys.stderr)
        sys.exit(2)


def _dev(options: Sequence[str]) -> None:
    from ._emulator.dev.options import parse_options

    parsed = parse_options(options)  # before the import of what the extra `dev` installs
    try:
        from ._emulator.dev.command import main as dev

        dev(parsed)
    except KeyboardInterrupt:
        sys.exit(130)  # Ctrl-C during these imports: later the server ends on it


def _deploy(name: str, options: Sequence[str]) -> None:
    """Ctrl-C ends these commands at any time, even during their imports."""
    try:
        if name == "init":
            from ._deploy.init.command import main as command
        elif name == "build":
            from ._deploy.build.command import main as command
        else:
            from ._deploy.doctor.command import main as command
        command(options)
    except KeyboardInterrupt:
        sys.exit(130)


def _is_import_string(argument: str) -> bool:
    """Whether this is no command but an app: ``run`` may be left out."""
    return not argument.startswith("-") and any(sign in argument for sign in ":./")


def _explain(arguments: Sequence[str]) -> NoReturn:
    """The list of the commands, the version, or what is wrong with the command line."""
    from ._apps.command_line import CommandParser

    parser = CommandParser(
        "lambda-http-adapter",
        description="Any ASGI or WSGI app on AWS Lambda, behind any HTTP front door.",
        epilog="Exit status: 2 if the command line or the configuration is wrong, 1 if the app fails.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(metavar="command")
    for name, text in _COMMANDS.items():
        commands.add_parser(name, help=text)
    listed = f"expected one of: {', '.join(_COMMANDS)}"
    if not arguments:
        parser.error(f"a command is missing; {listed}")
    if not arguments[0].startswith("-"):
        parser.error(f"there is no command {arguments[0]!r}; {listed}.{near_match(arguments[0], _COMMANDS)}")
    parser.parse_args(arguments)
    parser.error(f"a command is missing; {listed}")  # pragma: no cover  # parse_args() has ended the process


def run_with_options(arguments: Sequence[str]) -> None:
    from ._apps.command_line import CommandParser

    parser = CommandParser("lambda-http-adapter run", description="Serve an app or a handler.")
    parser.add_argument(
        "app",
        nargs="?",
        help="module:attribute, module:factory() or path/to/file.py:attribute; a prefix asgi:, wsgi:, http: or "
        "handler: says which kind it is (default: $AWS_LAMBDA_PYTHON_ENTRYPOINT, then $_HANDLER, then app in "
        "main.py, app.py, api.py, */asgi.py …)",
    )
    parser.add_argument("--factory", action="store_true", help="the app is what module:attribute returns")
    parser.add_argument("--app-dir", metavar="DIR", help="import from this directory first")
    options = parser.parse_args(arguments)
    run(options.app, factory=options.factory, app_dir=options.app_dir)


# The option async_init: the import is a part of the start that can take long.
_ASYNC_INIT = {"LAMBDA_HTTP_ADAPTER_ASYNC_INIT", "AWS_LWA_ASYNC_INIT"}


def run(string: str | None, *, factory: bool = False, app_dir: str | None = None) -> None:
    """Serve the app or handler that ``string`` names, else the one that Lambda's environment variables name, else the
    one that is found in the directory."""
    from ._runtime.start import begin

    # Logging is set up before the app is imported: what the app logs during its import has Lambda's format, unless it
    # configures logging itself.
    environment = begin(os.environ)
    try:
        if environment is not None and (os.environ.keys() & _ASYNC_INIT):
            from ._values.config import load_config

            config = load_config({}, os.environ)
            if config.async_init:
                environment.poll_in_time(config)
        string = string or entry_point(os.environ)
        if not string or factory or app_dir is not None:
            from ._apps.discovery import named_app

            string = named_app(string, factory=factory, app_dir=app_dir)
        app, kind = _load(string, on_lambda=environment is not None)
    except BaseException as error:
        if environment is not None:
            environment.fail_start(error)
        raise
    from ._runtime.run import run as run_handler
    from ._runtime.run import run_as_asgi, run_as_wsgi, run_http

    match kind:
        case AppKind.asgi:
            run_as_asgi(cast("ASGIApp", app), environment, {})
        case AppKind.wsgi:
            run_as_wsgi(cast("WSGIApp", app), environment, {})
        case AppKind.http:
            run_http(cast("HTTPHandler", app))
        case AppKind.handler:  # pragma: no branch  # there is no fifth kind
            run_handler(cast("PlainHandler", app))


def _load(string: str, *, on_lambda: bool) -> tuple[object, AppKind]:
    if not on_lambda:
        return load_app(string)
    from ._runtime.logs import let_app_configure

    restore = let_app_configure()
    try:
        return load_app(string)
    finally:
        restore()
