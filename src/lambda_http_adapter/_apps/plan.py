"""A handler prepared for its invocations: how to call it, how to decode its event, and the layers around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, cast

from ..errors import ConfigurationError
from .annotations import payload_decoder
from .signature import Role, Signature, is_async, name_of, signature_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._types import Layer
    from .._values.context import LambdaContext

Call = Callable[[object, "LambdaContext | None"], object]


class Plan(NamedTuple):
    """``call(decode(payload), context)`` returns the handler's result, or an awaitable of it."""

    call: Call
    decode: Callable[[bytes], object]
    is_async: bool


def plan_for(handler: object, layers: Sequence[Layer] = ()) -> Plan:
    """How to call ``handler``, a function or an object with ``invoke``. The first of ``layers`` is the outermost.

    Raises ConfigurationError if it can't be called with an event, or its event can't be decoded as it asks for.
    """
    if isinstance(handler, type):
        raise ConfigurationError(f"{handler.__qualname__} is a class; a handler is an instance of it, or a function.")
    function = handler if callable(handler) else getattr(handler, "invoke", None)
    if not callable(function):
        raise ConfigurationError(f"Expected a function, or an object with invoke(payload, context), got {handler!r}.")
    signature = signature_of(function)
    decode = _decoder(function, signature, has_invoke=function is not handler)
    call = _called_with(function, signature.roles)
    for layer in reversed(layers):
        call = cast("Callable[[Call], Call]", layer)(call)
        if is_async(call) and not signature.is_async:
            raise ConfigurationError(
                f"The layer {name_of(layer)} is async, and the handler {name_of(function)} is not."
            )
    return Plan(call, decode, signature.is_async)


def _called_with(function: Callable[..., object], roles: tuple[Role, ...]) -> Call:
    """``function`` with the arguments (event, context), of which it gets those of ``roles``."""
    match roles:
        case ("event", "context"):
            return function
        case ("context", "event"):
            return lambda event, context: function(context, event)
        case ("event",):
            return lambda event, context: function(event)
        case ("context",):
            return lambda event, context: function(context)
    return lambda event, context: function()


def _decoder(function: object, signature: Signature, has_invoke: bool) -> Callable[[bytes], object]:
    """What decodes the event.

    without an event       nothing: any payload is accepted
    invoke(payload, …)     bytes, unless it is annotated
    any other handler      the annotated type, or JSON
    """
    if "event" not in signature.roles:
        return _ignore
    if has_invoke and signature.event is None:
        return payload_decoder(bytes)
    try:
        return payload_decoder(signature.event)
    except ConfigurationError:
        # A decorator may take the event as JSON and convert it to the annotated type itself, as Powertools' do.
        if hasattr(function, "__wrapped__"):
            return payload_decoder(None)
        raise


def _ignore(payload: bytes) -> object:
    return None


def require_sync(plan: Plan) -> Plan:
    """Raises ConfigurationError for an async handler."""
    if plan.is_async:
        raise ConfigurationError(
            "A handler of on_event is async, and a WSGI app has no event loop: make it a plain `def`."
        )
    return plan
