"""A handler made ready, once: how it is called, what its event is decoded to, and the layers around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, cast

from ..errors import ConfigurationError
from .annotations import payload_decoder
from .signature import Role, is_async, name_of, signature_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._types import Layer
    from .._values.context import LambdaContext

Call = Callable[[object, "LambdaContext | None"], object]

_ARRANGEMENTS: dict[tuple[Role, ...], Callable[[Callable[..., object]], Call]] = {
    (): lambda handler: lambda event, context: handler(),
    ("event",): lambda handler: lambda event, context: handler(event),
    ("context",): lambda handler: lambda event, context: handler(context),
    ("event", "context"): lambda handler: handler,
    ("context", "event"): lambda handler: lambda event, context: handler(context, event),
}


class Plan(NamedTuple):
    """``call(decode(payload), context)`` is the handler's result, or an awaitable of it."""

    call: Call
    decode: Callable[[bytes], object]
    is_async: bool


def plan_for(handler: object, layers: Sequence[Layer] = ()) -> Plan:
    """The first layer is the outermost. Raises ConfigurationError for a handler that no event can be handed to."""
    if isinstance(handler, type):
        raise ConfigurationError(f"{handler.__qualname__} is a class; a handler is an instance of it, or a function.")
    function = handler if callable(handler) else getattr(handler, "invoke", None)
    if not callable(function):
        raise ConfigurationError(f"Expected a function, or an object with invoke(payload, context), got {handler!r}.")
    signature = signature_of(function)
    decode: Callable[[bytes], object]
    if "event" not in signature.roles:
        decode = _ignore
    elif function is not handler and signature.event is None:
        decode = payload_decoder(bytes)
    else:
        decode = _decoder(function, signature.event)
    call = _ARRANGEMENTS[signature.roles](function)
    for layer in reversed(layers):
        call = cast("Callable[[Call], Call]", layer)(call)
        if is_async(call) and not signature.is_async:
            raise ConfigurationError(
                f"The layer {name_of(layer)} is async, and the handler {name_of(function)} is not."
            )
    return Plan(call, decode, signature.is_async)


def _ignore(payload: bytes) -> object:
    """For a handler that takes no event, whatever is sent."""
    return None


def _decoder(function: object, annotation: object) -> Callable[[bytes], object]:
    try:
        return payload_decoder(annotation)
    except ConfigurationError:
        # A decorator may take the event as it is and make of it what the annotation says, as Powertools' do.
        if hasattr(function, "__wrapped__"):
            return payload_decoder(None)
        raise


def require_sync(plan: Plan) -> Plan:
    """Raises ConfigurationError for an async handler."""
    if plan.is_async:
        raise ConfigurationError(
            "A handler of on_event is async, and a WSGI app has no event loop: make it a plain `def`."
        )
    return plan
