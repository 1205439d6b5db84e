"""The options of ``dev``, and the file of environment variables that one of them names."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from ..._apps.command_line import CommandParser
from ..._apps.text_file import read_text
from ...errors import ConfigurationError
from ...origins import RequestOrigin
from ..doors.door import DOORS, door_name
from ..sandbox.function import FUNCTION, parse_reference
from .caller_options import add_caller_options
from .prices import AS_OF
from .routes import DEFAULT_EXPRESSION, is_expression

ORIGINS = (*DOORS, RequestOrigin.websocket.value)
_LONGEST = 900  # seconds; https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = CommandParser(
        "lambda-http-adapter dev",
        description="Serve an app on this machine as Lambda would: with a front door's events, with processes as "
        "sandboxes and with Lambda's limits.",
    )
    parser.add_argument(
        "app",
        nargs="?",
        help="module:attribute, module:factory() or path/to/file.py:attribute (default: app in main.py, app.py, "
        "api.py, app/main.py, */asgi.py …)",
    )
    add = parser.add_argument
    add("--factory", action="store_true", help="the app is what module:attribute returns")
    add("--app-dir", metavar="DIR", help="import from this directory first")
    add = parser.add_argument_group("front door").add_argument
    add("--host", default="127.0.0.1", help="default: %(default)s")
    add("--port", type=_port, default=8000, help="default: %(default)s; 0 picks a free port")
    doors = f"{', '.join(ORIGINS)} (default: %(default)s)"
    add("--origin", type=_origin, default="function-url", metavar="NAME", help=doors)
    add("--stage", help="stage of an API Gateway API, in front of every path")
    add("--base-path", default="", metavar="PATH", help="API mapping, in front of every path; also the app's base_path")
    add("--stream", action="store_true", help="stream responses (function-url, rest)")
    add("--stream-cap", action="store_true", help="stream as slowly as Lambda: 2 MB/s after the first 6 MB")
    add(
        "--integration-timeout",
        type=_seconds,
        metavar="SECONDS",
        help="how long the API waits for a response (default: http-api 30, rest and websocket 29)",
    )
    add(
        "--idle-timeout",
        type=_seconds,
        metavar="SECONDS",
        help="how long a REST API waits for more of a stream (default: 300; edge-optimized APIs: 30), a WebSocket API "
        "for more messages (default: 600)",
    )
    add("--save-events", type=_directory, metavar="DIR", help="write each event to a file in this directory")
    add("--tls", action="store_true", help="serve HTTPS, with a certificate that is made at start")
    add("--cors", type=Path, metavar="FILE", help="CORS configuration as AWS's JSON (function-url, http-api)")
    add(
        "--domain",
        action="append",
        default=[],
        metavar="NAME[=PATH]",
        help="custom domain of an API Gateway API, with its mapping: api.example.com=/v1 (may be repeated)",
    )
    add_caller_options(parser.add_argument_group("caller"))
    add = parser.add_argument_group("WebSocket API").add_argument
    add(
        "--route-selection-expression",
        type=_expression,
        metavar="EXPRESSION",
        help=f"what names a message's route (default: {DEFAULT_EXPRESSION})",
    )
    add(
        "--routes",
        type=_route_keys,
        metavar="KEYS",
        help="keys of the routes besides $default, separated by commas (default: any key is a route)",
    )
    add("--route-response", action="store_true", help="send the function's response to a message back to the client")
    add("--connection-duration", type=float, default=7200, metavar="SECONDS", help=argparse.SUPPRESS)
    add = parser.add_argument_group("function").add_argument
    add("--function-name", type=function_name, default=FUNCTION, metavar="NAME", help="default: %(default)s")
    add(
        "--concurrency", type=_count, default=10, metavar="N", help="maximum number of sandboxes (default: %(default)s)"
    )
    add(
        "--max-concurrency",
        type=_count,
        default=1,
        metavar="N",
        help="one sandbox for N concurrent invocations, as on Lambda Managed Instances",
    )
    add("--cold", action="store_true", help="start a new sandbox for every request")
    memory = "memory limit of a process (default: 1769; lambda-edge: 128; with --max-concurrency: 2048)"
    add("--memory", type=_memory, metavar="MB", help=memory)
    add("--freeze", action="store_true", help="stop the process between invocations, as Lambda does")
    add("--timeout", type=_seconds, metavar="SECONDS", help="function timeout (default: 30; lambda-edge: 5)")
    add("--no-timeout", action="store_true", help="disable function and gateway timeouts (useful when debugging)")
    add("--env-file", type=Path, metavar="FILE", help="environment variables of the function, as NAME=value lines")
    add("--no-reload", action="store_true", help="don't restart when a file changes")
    add = parser.add_argument_group("another runtime").add_argument
    add("--only-runtime-api", action="store_true", help="start no process; print the variables for starting one")
    add("--runtime-api-port", type=_port, default=0, metavar="PORT", help=argparse.SUPPRESS)
    output = parser.add_argument_group("output")
    volume = output.add_mutually_exclusive_group()
    volume.add_argument("-v", "--verbose", action="store_true", help="print Lambda's START, END, REPORT and INIT lines")
    volume.add_argument(
        "--quiet", action="store_true", help="print only what the app prints, failed requests and errors"
    )
    add = output.add_argument
    add("--cost", action="store_true", help=f"print the price of each invocation, as of {AS_OF}")
    add("--json", action="store_true", help="print each line as a JSON object")
    options = parser.parse_args(arguments)
    lowest, highest = _MEMORY if options.max_concurrency == 1 else _MEMORY_MANAGED
    if options.memory is not None and not lowest <= options.memory <= highest:
        parser.error(f"--memory: expected {_MEMORY_EXPECTED}, got {str(options.memory)!r}")
    return options


def function_name(text: str) -> str:
    if parse_reference(text) != (text, ""):
        raise argparse.ArgumentTypeError(f"expected 1 to 64 letters, digits, hyphens and underscores, got {text!r}")
    return text


def _origin(text: str) -> str:
    """The name of a front door or of the WebSocket API, which may also be given as a RequestOrigin's."""
    try:
        return door_name(text, ORIGINS)
    except ConfigurationError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _expression(text: str) -> str:
    if not is_expression(text):
        raise argparse.ArgumentTypeError(f"expected variables such as $request.body.action, got {text!r}")
    return text


def _route_keys(text: str) -> frozenset[str]:
    return frozenset(key.strip() for key in text.split(","))


def _count(text: str) -> int:
    return _whole_number(text, 1, 10_000, "a whole number from 1 to 10000")


def _port(text: str) -> int:
    return _whole_number(text, 0, 65535, "a number from 0 to 65535")


# MB. https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-best-practices.html
_MEMORY = (128, 10_240)
_MEMORY_MANAGED = (2048, 32_768)
_MEMORY_EXPECTED = "128 to 10240 MB, or with --max-concurrency 2048 to 32768 MB, as on Lambda"


def _memory(text: str) -> int:
    return _whole_number(text, _MEMORY[0], _MEMORY_MANAGED[1], _MEMORY_EXPECTED)


def _whole_number(text: str, lowest: int, highest: int, expected: str) -> int:
    number = int(text) if text.isdecimal() and len(text) <= len(str(highest)) else -1
    if not lowest <= number <= highest:
        raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}")
    return number


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    # The condition is negated because every comparison with NaN is false.
    if not 0 < seconds <= _LONGEST:
        raise argparse.ArgumentTypeError(
            f"expected seconds, more than 0 and up to {_LONGEST} as on Lambda, got {text!r}; --no-timeout disables it"
        )
    return seconds


def _directory(text: str) -> Path:
    path = Path(text)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a directory: {error.strerror}") from None
    return path


def read_env_file(file: Path) -> dict[str, str]:
    """Lines of ``NAME=value`` or ``export NAME=value``. Quotes around a value are removed, comments ignored.

    Raises ConfigurationError.
    """
    lines = read_text(file, "the --env-file", "utf-8-sig").split("\n")  # editors on Windows write a byte order mark
    variables: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if name.startswith("#") or not (name or equals):
            continue
        if not equals or not name.strip().isidentifier():
            raise ConfigurationError(f"{str(file)!r}, line {number}: expected NAME=value, got {line!r}.")
        if "\0" in value:
            raise ConfigurationError(f"{str(file)!r}, line {number}: a variable can't hold a NUL, got {line!r}.")
        variables[name.strip()] = _unquoted(value.strip())
    return variables


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] in "'\"" and value[0] == value[-1]:
        return value[1:-1]
    return value.partition(" #")[0].strip()
