"""Handlers beside an app, for the events that no front door of HTTP claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from .._values.codec import loads
from ..errors import ConfigurationError, UnknownOriginError
from ..origins import ORIGINS, detect
from .plan import plan_for

if TYPE_CHECKING:
    from .._values.config import Config
    from ..origins import Origin
    from .plan import Plan

Function = TypeVar("Function")


class EventHandlers(Generic[Function]):
    """Finds the function for an event, in the colour of the app."""

    def __init__(self, config: Config, function: Callable[[Plan, Config], Function]) -> None:
        """``function`` makes one of a plan. Raises ConfigurationError for what is no handler."""
        self._origins = cast("tuple[Origin, ...]", config.origins or ORIGINS)
        handlers = config.on_event if isinstance(config.on_event, Mapping) else {"": config.on_event}
        self._functions = {source: function(plan_for(handler), config) for source, handler in handlers.items()}

    def route(self, payload: object) -> tuple[object, Function | None]:
        """The event, decoded where it can be, and what handles it: None for the app."""
        try:
            event = loads(payload) if isinstance(payload, bytes) else payload
        except (ValueError, RecursionError):
            return payload, None  # the app's side has the words for it
        try:
            detect(event, self._origins)
        except UnknownOriginError:
            return event, self._functions.get("") or self._functions.get(event_source(event))
        return event, None


def event_source(event: object) -> str:
    """The service that an event says it is from: ``sqs`` of ``aws:sqs``; ``eventbridge`` for rules and schedules.

    Empty where the event doesn't say.
    """
    if not isinstance(event, dict):
        return ""
    if "detail-type" in event:
        return "eventbridge"
    records = event.get("Records")
    record = records[0] if isinstance(records, list) and records else event
    if not isinstance(record, dict):
        return ""
    source = record.get("eventSource") or record.get("EventSource")
    return source.rpartition(":")[2] if isinstance(source, str) else ""


def require_sync(plan: Plan) -> Plan:
    """Raises ConfigurationError for an async handler."""
    if plan.is_async:
        raise ConfigurationError(
            "A handler of on_event is async, and a WSGI app has no event loop: make it a plain `def`."
        )
    return plan
