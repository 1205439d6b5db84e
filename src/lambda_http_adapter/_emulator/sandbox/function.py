"""The emulated function: its names, and what its sandboxes run.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestSyntax
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from . import printing

FUNCTION = "dev"
"""The name of a function that was given none."""

_ACCOUNT = "123456789012"
# A name, an ARN or a partial ARN, with or without a version or an alias.
_REFERENCE = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:[a-z0-9-]+:)?(?:\d{12}:)?(?:function:)?"
    r"(?P<name>[a-zA-Z0-9_-]{1,64})(?::(?P<qualifier>\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9_-]{1,128}))?"
)
_QUALIFIER = re.compile(r"\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9_-]{1,128}")

_REGION = re.compile(r"[a-z0-9-]+")


class FunctionReference(NamedTuple):
    """How a caller names a function. ``qualifier``: a version or an alias, "" for none."""

    name: str
    qualifier: str


def parse_reference(text: str) -> FunctionReference | None:
    """None if ``text`` names no function."""
    match = _REFERENCE.fullmatch(text)
    return None if match is None else FunctionReference(match["name"], match["qualifier"] or "")


def is_qualifier(text: str) -> bool:
    return _QUALIFIER.fullmatch(text) is not None


def function_arn(name: str, region: str) -> str:
    """``region`` is a variable's value, which may be any text: what no region is has no place in a header."""
    if not _REGION.fullmatch(region):
        region = "us-east-1"
    return f"arn:aws:lambda:{region}:{_ACCOUNT}:function:{name}"


class FunctionSettings(NamedTuple):
    """The function's configuration. ``timeout`` in seconds, None for no limit; ``memory`` in MB.

    Without a ``command`` the emulator starts no process: another one polls the Runtime API on ``port``.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    timeout: float | None = 30
    memory: int = 1769
    max_concurrency: int = 1
    freeze: bool = False
    port: int = 0

    @property
    def name(self) -> str:
        return self.environment.get("AWS_LAMBDA_FUNCTION_NAME", FUNCTION)

    @property
    def arn(self) -> str:
        return function_arn(self.name, self.environment.get("AWS_REGION", "us-east-1"))


def run_command(app: str, app_dir: str | None) -> list[str]:
    """The command line of a sandbox that runs ``app``, an import string."""
    options = [] if app_dir is None else ["--app-dir", app_dir]
    return [sys.executable, "-m", printing.MODULE, "run", app, *options]
