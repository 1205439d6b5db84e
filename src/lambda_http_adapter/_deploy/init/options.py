"""The options of ``init``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..._apps.command_line import CommandParser
from .templates import APPS, DEPLOYMENTS


class Options(NamedTuple):
    directory: Path  # as the user wrote it
    app: str | None  # None: the user named none
    deployment: str


def parse_options(arguments: Sequence[str]) -> Options:
    parser = CommandParser(
        "lambda-http-adapter init",
        description="Write a small, tested project for AWS Lambda; into a directory that has an app, only its "
        "infrastructure. Files that exist are kept.",
    )
    parser.add_argument("directory", nargs="?", default=".", metavar="DIR", help="where (default: this directory)")
    parser.add_argument(
        "--app", choices=APPS, help="what the project is; handler: for a queue's messages (default: fastapi)"
    )
    parser.add_argument(
        "--deploy", choices=DEPLOYMENTS, default="sam-zip", help="what it is deployed with (default: sam-zip)"
    )
    options = parser.parse_args(arguments)
    return Options(Path(options.directory), options.app, options.deploy)
