"""The command line of ``dev``."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from ..doors.door import DOORS


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="lambda-http-adapter dev",
        description="Serve an app on this machine as Lambda would: real events of a front door, real processes, "
        "real limits.",
    )
    parser.add_argument(
        "app", nargs="?", help="module:attribute (default: app in main.py, app.py, api.py, app/main.py …)"
    )
    add = parser.add_argument_group("front door").add_argument
    add("--host", default="127.0.0.1", help="default: %(default)s")
    add("--port", type=_port, default=8000, help="default: %(default)s; 0 takes a free one")
    add("--origin", choices=DOORS, default="function-url", help="default: %(default)s")
    add("--stage", help="of an API of API Gateway, in front of every path")
    add("--base-path", default="", metavar="PATH", help="an API mapping, in front of every path; the app is told too")
    add("--stream", action="store_true", help="responses as the app makes them (function-url, rest)")
    add("--stream-cap", action="store_true", help="no faster than Lambda streams: 2 MB/s after the first 6 MB")
    add("--save-events", type=_directory, metavar="DIR", help="write each event to a file there")
    add = parser.add_argument_group("function").add_argument
    add("--concurrency", type=_count, default=10, metavar="N", help="sandboxes at most (default: %(default)s)")
    add(
        "--max-concurrency",
        type=_count,
        default=1,
        metavar="N",
        help="one sandbox for N invocations at once, as on Managed Instances",
    )
    add("--cold", action="store_true", help="a new sandbox for every request")
    add("--memory", type=_count, default=1769, metavar="MB", help="kill what takes more (default: %(default)s)")
    add("--freeze", action="store_true", help="stop the process between invocations, as Lambda does")
    add("--timeout", type=_seconds, default=30, metavar="SECONDS", help="default: %(default)s")
    add("--no-timeout", action="store_true", help="neither of the function nor of the front door: for debuggers")
    add("--env-file", type=Path, metavar="FILE", help="environment variables of the function, NAME=value")
    add("--no-reload", action="store_true", help="don't start anew when a source file changes")
    add = parser.add_argument_group("another runtime").add_argument
    add("--only-runtime-api", action="store_true", help="start no process; print the variables with which one attaches")
    add("--runtime-api-port", type=int, default=0, metavar="PORT", help=argparse.SUPPRESS)
    add = parser.add_argument_group("output").add_argument
    add("--quiet", action="store_true", help="a line for each request and what goes wrong, nothing else")
    add("--json", action="store_true", help="one JSON object for each line")
    return parser.parse_args(arguments)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number, 1 or more, got {text!r}")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 65535, got {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    # Not the other way round: every comparison with "nan" is false.
    if not 0 < float(text) < math.inf:
        raise argparse.ArgumentTypeError(f"expected more than 0 seconds, got {text!r}")
    return float(text)


def _directory(text: str) -> Path:
    path = Path(text)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no directory: {error.strerror}") from None
    return path
