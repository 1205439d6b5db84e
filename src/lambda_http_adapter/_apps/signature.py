"""A handler's signature: which arguments it is called with, and the type that it wants the event as."""

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
"""What a handler's argument is."""

# The class of the context is named so in AWS's runtime, in Powertools and here. A search in the annotation's text,
# because a class that is imported under TYPE_CHECKING exists only as a name.
_CONTEXT_TYPE = re.compile(r"\bLambdaContext\b")
_CONTEXT_NAMES = frozenset({"context", "ctx", "lambda_context"})
_EVENT_NAMES = frozenset({"event"})

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Signature(NamedTuple):
    """``roles`` are the arguments in their order. ``event`` is the annotation of the event, None if it has none."""

    roles: tuple[Role, ...]
    event: object
    is_async: bool


def signature_of(handler: Callable[..., object]) -> Signature:
    """How to call ``handler``.

    Raises ConfigurationError if it can't be called with an event and a context, or any selection of them, and if the
    annotation of the event can't be resolved.
    """
    try:
        parameters = list(inspect_signature(handler).parameters.values())
    except (ValueError, TypeError):  # written in C
        return Signature(("event", "context"), None, is_async(handler))
    for parameter in parameters:
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty:
            _refuse(handler, f"requires the keyword {parameter.name!r}")
    positional = [parameter for parameter in parameters if parameter.kind in _POSITIONAL]
    # The first parameter that isn't ours ends the arguments: it and those after it keep their defaults.
    ours = list(itertools.takewhile(_is_ours, positional))
    has_star_args = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters)
    roles = _roles(handler, ours, has_star_args and ours == positional)
    annotation: object = None
    for parameter, role in zip(ours, roles, strict=False):  # *args has roles and no parameter of its own
        if role == "event":
            annotation = resolved_annotation(parameter, handler)
    return Signature(roles, annotation, is_async(handler))


def _is_ours(parameter: inspect.Parameter) -> bool:
    """Whether the parameter is for the event or the context. One with a default is if its name is one of ours."""
    return parameter.default is parameter.empty or _is_named(parameter, _EVENT_NAMES | _CONTEXT_NAMES)


def _roles(handler: object, parameters: list[inspect.Parameter], has_star_args: bool) -> tuple[Role, ...]:
    """What each argument is.

    parameters                   arguments
    none                         none
    one                          the context if its annotation or name says so, otherwise the event
    two, one and *args, *args    both; the event is the first, unless ``_is_context_first``
    """
    if len(parameters) > 2:
        names = ", ".join(parameter.name for parameter in parameters)
        _refuse(handler, f"takes {len(parameters)} arguments ({names})")
    if len(parameters) == 2 or has_star_args:
        return ("context", "event") if _is_context_first(handler, parameters) else ("event", "context")
    if not parameters:
        return ()
    return ("context",) if is_context(parameters[0]) else ("event",)


def _is_context_first(handler: object, parameters: list[inspect.Parameter]) -> bool:
    """The annotation of the context decides, else its name. If it has neither, the name of the event decides."""
    annotated = [parameter for parameter in parameters if _is_annotated(parameter)]
    named = [parameter for parameter in parameters if _is_named(parameter, _CONTEXT_NAMES)]
    contexts = annotated or named
    if len(contexts) > 1:
        _refuse(handler, "takes the context twice")
    if contexts:
        return contexts[0] is parameters[0]
    return len(parameters) == 2 and is_event(parameters[1])


def is_context(parameter: inspect.Parameter) -> bool:
    """Whether the parameter's annotation or name says that it is the context."""
    return _is_annotated(parameter) or _is_named(parameter, _CONTEXT_NAMES)


def is_event(parameter: inspect.Parameter) -> bool:
    """Whether the parameter's name says that it is the event."""
    return _is_named(parameter, _EVENT_NAMES)


def _is_annotated(parameter: inspect.Parameter) -> bool:
    return _CONTEXT_TYPE.search(inspect.formatannotation(parameter.annotation)) is not None


def _is_named(parameter: inspect.Parameter, names: frozenset[str]) -> bool:
    return parameter.name.strip("_") in names


def _refuse(handler: object, problem: str) -> typing.NoReturn:
    raise ConfigurationError(
        f"{name_of(handler)} {problem}. A handler is one of handler(), handler(event), handler(context), "
        "handler(event, context), handler(context, event), sync or async; "
        "or an object with invoke(payload, context), which is called with the event as bytes."
    )


def name_of(handler: object) -> str:
    """The handler's name for a message, such as ``Handler.method()``."""
    return f"{getattr(handler, '__qualname__', type(handler).__qualname__)}()"


def is_async(handler: object) -> bool:
    """Whether calling it needs an event loop: a coroutine function, an async generator function, an object whose
    ``__call__`` is one of these."""
    call = handler if inspect.isroutine(handler) else getattr(handler, "__call__", None)  # noqa: B004
    return any(
        inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function) for function in (handler, call)
    )


# Python 3.14 evaluates annotations here by default, and fails for names that exist only under TYPE_CHECKING.
_UNEVALUATED: dict[str, Any] = (
    {} if sys.version_info < (3, 14) else {"annotation_format": import_module("annotationlib").Format.FORWARDREF}
)


def inspect_signature(function: Callable[..., object]) -> inspect.Signature:
    """The signature, its annotations unevaluated. Raises ValueError or TypeError for a callable without one, such as
    some that are written in C."""
    return inspect.signature(function, **_UNEVALUATED)


def resolved_annotation(parameter: inspect.Parameter, handler: object) -> object:
    """The parameter's annotation with names in place of quoted ones; None if it has none."""
    if parameter.annotation is parameter.empty:
        return None

    # get_type_hints resolves all annotations of a function, so it is given one that has no other: an annotation of the
    # context may well be unresolvable.
    def function() -> None: ...

    function.__annotations__ = {"event": parameter.annotation}
    try:
        hints = typing.get_type_hints(function, dict(_globals(handler)), include_extras=True)
    except (NameError, AttributeError) as error:
        raise unresolved(f"{parameter.name!r} of {name_of(handler)}", error) from error
    return hints["event"]


def unresolved(place: str, error: Exception) -> ConfigurationError:
    """The error for an annotation with a name that doesn't exist at run time."""
    return ConfigurationError(
        f"The annotation of {place} can't be resolved: {error}. The type of an event must exist at run time: "
        "import it outside of TYPE_CHECKING, and define it outside of functions."
    )


def _globals(handler: object) -> Mapping[str, object]:
    """The names of the module that defines the handler, inside decorators, partials and instances."""
    function = inspect.unwrap(handler) if callable(handler) else handler
    while hasattr(function, "func"):  # functools.partial
        function = function.func
    if not inspect.isroutine(function):
        function = type(function).__call__
    return getattr(inspect.unwrap(function), "__globals__", {})
