"""How a handler wants to be called, read off once."""

from __future__ import annotations

import inspect
import itertools
import re
import sys
import typing
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Literal, NamedTuple

from ..errors import ConfigurationError

Role = Literal["event", "context"]

# AWS's class, Powertools' and ours are named so, and of what is imported under TYPE_CHECKING there is only the name.
_CONTEXT_TYPE = re.compile(r"\bLambdaContext\b")
_CONTEXT_NAMES = frozenset({"context", "ctx", "lambda_context"})
_EVENT_NAMES = frozenset({"event"})

SHAPES: tuple[tuple[Role, ...], ...] = ((), ("event",), ("context",), ("event", "context"), ("context", "event"))


class Signature(NamedTuple):
    """``roles`` are the arguments in their order; ``event`` is the annotation of the event, None for none."""

    roles: tuple[Role, ...]
    event: object
    is_async: bool


def signature_of(handler: Callable[..., object]) -> Signature:
    """Raises ConfigurationError for a signature that no event can be handed to."""
    parameters = _parameters(handler)
    if parameters is None:
        return Signature(("event", "context"), None, is_async(handler))
    for parameter in parameters:
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty:
            _refuse(handler, f"requires the keyword {parameter.name!r}")
    positional = [parameter for parameter in parameters if parameter.kind in _POSITIONAL]
    taken = list(itertools.takewhile(_is_ours, positional))
    variable = taken == positional and any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters)
    roles = _roles(handler, taken, variable)
    event = next((parameter for parameter, role in zip(taken, roles, strict=False) if role == "event"), None)
    return Signature(roles, event and _resolved(event, handler), is_async(handler))


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _is_ours(parameter: inspect.Parameter) -> bool:
    """One that has a default is the handler's own business, unless it is named as ours are."""
    return parameter.default is parameter.empty or _named(parameter, _EVENT_NAMES | _CONTEXT_NAMES)


def _roles(handler: object, taken: list[inspect.Parameter], variable: bool) -> tuple[Role, ...]:
    if len(taken) > 2:
        _refuse(handler, f"takes {len(taken)} arguments ({', '.join(parameter.name for parameter in taken)})")
    if len(taken) == 1 and not variable:
        return ("context",) if takes_context(taken[0]) else ("event",)
    if not taken and not variable:
        return ()
    annotated = [index for index, parameter in enumerate(taken) if _annotated(parameter)]
    named = [index for index, parameter in enumerate(taken) if _named(parameter, _CONTEXT_NAMES)]
    claims = annotated or named
    if len(claims) > 1:
        _refuse(handler, "takes the context twice")
    if claims == [0] or (not claims and len(taken) == 2 and _named(taken[1], _EVENT_NAMES)):
        return ("context", "event")
    return ("event", "context")


def takes_context(parameter: inspect.Parameter) -> bool:
    """By its annotation or its name."""
    return _annotated(parameter) or _named(parameter, _CONTEXT_NAMES)


def takes_event(parameter: inspect.Parameter) -> bool:
    """By its name."""
    return _named(parameter, _EVENT_NAMES)


def _annotated(parameter: inspect.Parameter) -> bool:
    return _CONTEXT_TYPE.search(inspect.formatannotation(parameter.annotation)) is not None


def _named(parameter: inspect.Parameter, names: frozenset[str]) -> bool:
    return parameter.name.strip("_") in names


def _refuse(handler: object, problem: str) -> typing.NoReturn:
    shapes = ", ".join(f"handler({', '.join(roles)})" for roles in SHAPES)
    raise ConfigurationError(
        f"{name_of(handler)} {problem}. A handler is one of {shapes}, each of them async if it likes; "
        "or an object with invoke(payload, context), which is given the event as bytes."
    )


def name_of(handler: object) -> str:
    """What to call it in a sentence."""
    return f"{getattr(handler, '__qualname__', type(handler).__qualname__)}()"


def is_async(handler: object) -> bool:
    """Whether calling it needs an event loop: coroutine functions, async generators, objects whose call is one."""
    call = handler if inspect.isroutine(handler) else getattr(handler, "__call__", None)  # noqa: B004
    return any(
        inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function) for function in (handler, call)
    )


def _parameters(function: Callable[..., object]) -> list[inspect.Parameter] | None:
    """None where it doesn't tell, as some that are written in C."""
    try:
        return list(inspect_signature(function).parameters.values())
    except (ValueError, TypeError):
        return None


# From Python 3.14 on it would evaluate annotations, and fail for those that only a type checker can.
_UNEVALUATED: dict[str, Any] = (
    {} if sys.version_info < (3, 14) else {"annotation_format": import_module("annotationlib").Format.FORWARDREF}
)


def inspect_signature(function: Callable[..., object]) -> inspect.Signature:
    """Raises ValueError or TypeError where it doesn't tell."""
    return inspect.signature(function, **_UNEVALUATED)


def _resolved(parameter: inspect.Parameter, handler: object) -> object:
    """The annotation without the quotes in it, None where there is none."""
    if parameter.annotation is parameter.empty:
        return None

    def carrier() -> None: ...

    carrier.__annotations__ = {"it": parameter.annotation}
    try:
        return typing.get_type_hints(carrier, dict(_globals(handler)), include_extras=True)["it"]
    except (NameError, AttributeError) as error:
        raise unresolved(f"{parameter.name!r} of {name_of(handler)}", error) from error


def unresolved(place: str, error: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"The annotation of {place} can't be resolved: {error}. What an event is decoded to must be there at run time: "
        "not imported under TYPE_CHECKING alone, nor defined inside a function."
    )


def _globals(handler: object) -> Mapping[str, object]:
    function = inspect.unwrap(handler) if callable(handler) else handler
    while hasattr(function, "func"):  # functools.partial
        function = function.func
    if not inspect.isroutine(function):
        function = getattr(type(function), "__call__", None)  # noqa: B004
    return getattr(inspect.unwrap(function), "__globals__", {}) if function is not None else {}
