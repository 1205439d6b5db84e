"""What Lambda knows about a request beyond HTTP, for the app that asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from ._context import LambdaContext
    from ._types import LambdaEvent


class LambdaRequest(NamedTuple):
    """The invocation behind an HTTP request."""

    event: LambdaEvent
    context: LambdaContext | None
    origin: str


def lambda_request(source: object) -> LambdaRequest:
    """The invocation behind ``source``: an ASGI scope, a WSGI environ, or a request object that carries one
    (Starlette, FastAPI, Flask, Django …).

    Raises LookupError where the request didn't come through Lambda, as under a development server.
    """
    for candidate in (source, getattr(source, "scope", None), getattr(source, "environ", None)):
        if isinstance(candidate, Mapping) and "aws.event" in candidate:
            keys = cast("Mapping[str, object]", candidate)
            return LambdaRequest(
                cast("LambdaEvent", keys["aws.event"]),
                cast("LambdaContext | None", keys["aws.context"]),
                cast("str", keys["aws.request_origin"]),
            )
    raise LookupError("This request did not come through AWS Lambda.")
