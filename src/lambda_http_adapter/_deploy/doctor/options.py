"""The options of ``doctor``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ..._apps.command_line import CommandParser
from ..platform import ARCHITECTURES, MANAGED_RUNTIMES


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = CommandParser(
        "lambda-http-adapter doctor",
        description="Say what will go wrong on AWS with a bundle and its template, and what to do about it.",
        epilog="Exit status: 1 for an error, with --strict for a warning too; 2 if the command line is wrong. The "
        "handler is imported, with the bundle alone on the path and without a network: --no-import leaves that out.",
    )
    parser.add_argument(
        "bundle",
        nargs="?",
        type=Path,
        help="zip file, directory, or root file system of an image: a directory, or what docker export writes "
        "(default: what the template has built, else function.zip, else this directory)",
    )
    add = parser.add_argument_group("function").add_argument
    add(
        "--template",
        type=Path,
        metavar="FILE",
        help="template of SAM, CloudFormation or CDK (default: .aws-sam/build/template.yaml, template.yaml or the only "
        "cdk.out/*.template.json)",
    )
    add("--function", metavar="NAME", help="the function's name in the template (default: all that have this bundle)")
    add("--python", choices=MANAGED_RUNTIMES, help="version of Python (default: the template's)")
    add("--arch", choices=ARCHITECTURES, help="architecture (default: the template's)")
    add("--handler", metavar="APP", help="handler setting of the function (default: the template's)")
    add("--env-file", type=Path, metavar="FILE", help="environment variables of the function, as NAME=value lines")
    add(
        "--layer",
        type=Path,
        action="append",
        default=[],
        metavar="PATH",
        help="zip file or directory of a layer (may be repeated)",
    )
    add("--dockerfile", type=Path, metavar="FILE", help="Dockerfile of the image (default: the template's)")
    add = parser.add_argument_group("import of the handler").add_argument
    add("--no-import", action="store_true", help="don't run the app's code")
    add(
        "--time-limit",
        type=_seconds,
        default=10,
        metavar="SECONDS",
        help="default: %(default)s, as Lambda's init phase",
    )
    add("--import-times", action="store_true", help="print where the import spends its time, by package")
    add("--flamegraph", type=Path, metavar="FILE", help="draw the import times, as SVG")
    add = parser.add_argument_group("output").add_argument
    add("--strict", action="store_true", help="exit with 1 for a warning too")
    add("--json", action="store_true", help="print a JSON object")
    options = parser.parse_args(arguments)
    if options.no_import and (options.import_times or options.flamegraph):
        parser.error("--no-import: without an import there are no import times")
    return options


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 900:
        raise argparse.ArgumentTypeError(f"expected seconds, more than 0 and up to 900, got {text!r}")
    return seconds
