"""The command ``doctor``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from ..._emulator.dev.options import read_env_file
from ...errors import ConfigurationError
from .examination import Report, examine
from .handler.flamegraph import draw
from .handler.import_times import Package, packages, parse_times
from .options import parse_options
from .printed_report import print_json, print_report


def main(arguments: Sequence[str]) -> None:
    """Exits with 1 for an error, with ``--strict`` for a warning too. Raises ConfigurationError."""
    options = parse_options(arguments)
    variables = read_env_file(options.env_file) if options.env_file is not None else {}
    report = examine(options, variables, date.today())
    times = _import_times(report, options)
    print_ = print_json if options.json else print_report
    try:
        print_(report, times, sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    failing = {"error", "warning"} if options.strict else {"error"}
    if any(finding.severity in failing for finding in report.findings):
        sys.exit(1)


def _import_times(report: Report, options: argparse.Namespace) -> list[Package]:
    """Those that were asked for; the picture is written on the way."""
    if not (options.import_times or options.flamegraph):
        return []
    modules = parse_times(report.times)
    if not modules:
        print("lambda-http-adapter: No import was timed: see the findings and notes.", file=sys.stderr)
        return []
    if options.flamegraph is not None:
        _write(options.flamegraph, draw(modules, report.handler))
    return packages(modules) if options.import_times else []


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise ConfigurationError(f"{str(path)!r} can't be written: {error.strerror}.") from None
