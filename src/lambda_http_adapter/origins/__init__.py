"""The HTTP front doors of AWS Lambda: how each writes a request into an event, and the result that it expects.

For a front door of your own, write an ``Origin`` whose ``decode`` returns an ``HTTPRequest``, and put it first:
``run_asgi(app, origins=[MINE, *ORIGINS])``. docs/origins.md has a complete example.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..errors import UnknownOriginError
from . import alb, api_gateway_v1, api_gateway_v2, function_url, lambda_edge, vpc_lattice, websocket
from ._http_request import HTTPRequest
from ._origin import Origin

if TYPE_CHECKING:
    from ._names import RequestOrigin

__all__ = ["ORIGINS", "HTTPRequest", "Origin", "RequestOrigin", "detect"]

# Exactly one of them matches an event: which is asked first affects nothing but speed.
ORIGINS: tuple[Origin, ...] = (
    function_url.ORIGIN,
    api_gateway_v2.ORIGIN,
    api_gateway_v1.ORIGIN,
    alb.ORIGIN,
    websocket.ORIGIN,
    vpc_lattice.ORIGIN,
    lambda_edge.ORIGIN,
)


_latest = function_url.ORIGIN


def detect(event: object, origins: Iterable[Origin] = ORIGINS) -> Origin:
    """The first of ``origins`` that matches ``event``. Raises UnknownOriginError if none does."""
    global _latest  # noqa: PLW0603  # most functions have one front door, so it is asked first
    origins = tuple(origins)
    if isinstance(event, dict):
        if origins is ORIGINS and _latest.matches(event):
            return _latest
        for origin in origins:
            if origin.matches(event):
                if origins is ORIGINS:
                    _latest = origin
                return origin
    raise UnknownOriginError(
        f"This function serves HTTP and expects an event of {', '.join(origin.name for origin in origins)}; "
        f"it got {_describe(event)}. Check what invokes it, or which payload format the integration sends."
    )


def _describe(event: object) -> str:
    if not isinstance(event, dict):
        return f"a JSON {type(event).__name__}"
    if not event:
        return "an empty object"
    keys = [repr(key)[:40] for key in list(event)[:8]]
    return "an object with the keys " + ", ".join(keys)


def __getattr__(name: str) -> object:
    # Loaded on demand: creating an enumeration is slow, and a function that only serves its app doesn't need it.
    if name == "RequestOrigin":
        from ._names import RequestOrigin

        return RequestOrigin
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
