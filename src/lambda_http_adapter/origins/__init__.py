"""The HTTP front doors of AWS Lambda: who asks, what they ask, and the shape of the answer each expects.

A front door of your own is a module like those here, ending in an ``Origin``; put it first:
``run_asgi(app, origins=[MINE, *ORIGINS])``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..errors import UnknownOriginError
from . import alb, api_gateway_v1, api_gateway_v2, function_url, lambda_edge, vpc_lattice, websocket
from ._origin import Origin

if TYPE_CHECKING:
    from ._names import RequestOrigin

__all__ = ["ORIGINS", "Origin", "RequestOrigin", "detect"]

# Each event is matched by exactly one of them, so their order is a matter of speed alone.
ORIGINS: tuple[Origin, ...] = (
    api_gateway_v2.ORIGIN,
    function_url.ORIGIN,
    api_gateway_v1.ORIGIN,
    alb.ORIGIN,
    websocket.ORIGIN,
    vpc_lattice.ORIGIN,
    lambda_edge.ORIGIN,
)


def detect(event: object, origins: Iterable[Origin] = ORIGINS) -> Origin:
    """The origin that sent ``event``; raises UnknownOriginError."""
    origins = tuple(origins)
    if isinstance(event, dict):
        for origin in origins:
            if origin.matches(event):
                return origin
    raise UnknownOriginError(
        f"This function serves HTTP and expects an event of {', '.join(origin.name for origin in origins)}; "
        f"it got {_describe(event)}. Check what invokes it, or which payload format the integration sends."
    )


def _describe(event: object) -> str:
    if not isinstance(event, dict):
        return f"a JSON {type(event).__name__}"
    keys = [repr(key)[:40] for key in list(event)[:8]]
    return "an object with the keys " + ", ".join(keys) if keys else "an empty object"


def __getattr__(name: str) -> object:
    # An enumeration is dear to make, and a function that only serves its app never asks for it.
    if name == "RequestOrigin":
        from ._names import RequestOrigin

        return RequestOrigin
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
