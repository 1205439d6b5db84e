"""The names of the emulated function.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestSyntax
"""

from __future__ import annotations

import re
from typing import NamedTuple

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
