"""The script that starts this package's loop in AWS's managed Python runtime.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from .._apps.command_line import CommandParser
from ..errors import ConfigurationError

VARIABLE = "AWS_LAMBDA_EXEC_WRAPPER"
NAME = "bootstrap"
"""Of the script in a bundle."""
_SOURCE = Path(__file__).with_name("wrapper.sh")


def main(arguments: Sequence[str]) -> None:
    """The command ``wrapper``. Raises ConfigurationError."""
    parser = CommandParser("lambda-http-adapter wrapper", description=f"Write the script for {VARIABLE}.")
    parser.add_argument("file", nargs="?", help="path of the executable script (default: standard output)")
    file = parser.parse_args(arguments).file
    if file is None:
        sys.stdout.write(_SOURCE.read_text())
    else:
        write_wrapper(Path(file))


def write_wrapper(file: Path) -> None:
    """Write the script, as an executable. Raises ConfigurationError."""
    try:
        file.write_text(_SOURCE.read_text())
        file.chmod(0o755)  # Lambda executes the script; a zip file keeps this bit
    except OSError as error:
        raise ConfigurationError(f"{str(file)!r} can't be written: {error.strerror}.") from None
