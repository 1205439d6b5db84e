"""The options of ``dev`` about the caller: an authorizer, and what the front door adds to every event."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple, get_args

from ...errors import ConfigurationError
from ..doors.lambda_authorizer import IdentitySource, Payload, parse_identity_sources

API_GATEWAY = ("http-api", "http-api-v1", "rest")
AUTHORIZERS = {
    "jwt": ("http-api", "http-api-v1"),
    "cognito": ("rest",),
    "iam": ("function-url", *API_GATEWAY, "vpc-lattice"),
    "lambda": API_GATEWAY,
}
"""Each kind of authorizer with the front doors that can have it."""


def add_caller_options(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--authorizer",
        type=_authorizer,
        metavar="KIND",
        help="jwt (http-api), cognito (rest): the token in Authorization, not verified; iam: an AWS identity; "
        "lambda=module:function: a Lambda authorizer",
    )
    add("--claims", type=Path, metavar="FILE", help="claims of a token, or fields of an AWS identity, of every request")
    add(
        "--authorizer-payload",
        choices=get_args(Payload),
        metavar="FORMAT",
        help="of a Lambda authorizer: 2.0 or 1.0 (http-api), token or request (rest)",
    )
    add(
        "--identity-source",
        type=_identity_sources,
        metavar="LIST",
        help="of a Lambda authorizer, as in $request.header.X-Key,$request.querystring.key; '' for none "
        "(default: the header Authorization)",
    )
    add("--request-context", type=Path, metavar="FILE", help="JSON that is merged into every event's requestContext")
    add("--stage-variables", metavar="VARIABLES", help="NAME=value,… or a JSON file (API Gateway)")
    add("--tenant-id", metavar="ID", help="tenant of every request, for a function with tenant isolation (rest)")


class NamedAuthorizer(NamedTuple):
    """``function``: the import string of a Lambda authorizer, else empty."""

    kind: str
    function: str


def _authorizer(text: str) -> NamedAuthorizer:
    kind, _, function = text.partition("=")
    if kind not in AUTHORIZERS or bool(function) != (kind == "lambda"):
        raise argparse.ArgumentTypeError(f"expected jwt, cognito, iam or lambda=module:function, got {text!r}")
    return NamedAuthorizer(kind, function)


def _identity_sources(text: str) -> tuple[IdentitySource, ...]:
    try:
        return parse_identity_sources(text)
    except ConfigurationError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
