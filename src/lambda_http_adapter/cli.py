"""The command line: ``lambda-http-adapter`` or ``python -m lambda_http_adapter``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from . import __version__
from ._importer import AppKind, entry_point, load_app
from .errors import ConfigurationError

if TYPE_CHECKING:
    from ._types import ASGIApp, WSGIApp


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="lambda-http-adapter", description="Any ASGI or WSGI app on AWS Lambda, behind any HTTP front door."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="command")
    run = commands.add_parser("run", help="serve an app; on Lambda this is the runtime")
    run.add_argument(
        "app",
        nargs="?",
        help="module:attribute, or module.attribute; asgi: or wsgi: in front says which it is "
        "(default: $AWS_LAMBDA_PYTHON_ENTRYPOINT, then $_HANDLER)",
    )
    run.set_defaults(command=_run)
    options = parser.parse_args(arguments)
    try:
        options.command(options)
    except ConfigurationError as error:
        sys.exit(f"lambda-http-adapter: {error}")


def _run(options: argparse.Namespace) -> None:
    try:
        app, kind = load_app(options.app or entry_point(os.environ))
    except Exception as error:
        authority = os.environ.get("AWS_LAMBDA_RUNTIME_API")
        if authority:
            from .runtime._sync import fail_init

            fail_init(authority, error)
        raise
    from . import run_asgi, run_wsgi

    match kind:
        case AppKind.asgi:
            run_asgi(cast("ASGIApp", app))
        case AppKind.wsgi:
            run_wsgi(cast("WSGIApp", app))
