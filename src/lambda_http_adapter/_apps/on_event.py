"""Option ``on_event``: handlers beside an app, for the events that no HTTP front door claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from .._values.codec import loads
from ..errors import UnknownOriginError
from ..origins import ORIGINS, detect

if TYPE_CHECKING:
    from .._delivery import AsyncReply
    from .._types import AsyncFunction
    from .._values.config import Config
    from .._values.context import LambdaContext
    from ..origins import Origin

Reply = TypeVar("Reply")
Result = TypeVar("Result")
if TYPE_CHECKING:
    Function = Callable[[object, LambdaContext | None, Reply], Result]


class EventRouter(Generic[Reply, Result]):
    """A function around an app: it hands each event to the app or to a handler, and returns what that returns."""

    def __init__(
        self, app: Function[Reply, Result], function: Callable[[object], Function[Reply, Result]], config: Config
    ) -> None:
        """``function`` makes a function of a handler. Raises ConfigurationError for what is not a handler."""
        self._app = app
        self._origins = cast("tuple[Origin, ...]", config.origins or ORIGINS)
        handlers = config.on_event if isinstance(config.on_event, Mapping) else {"": config.on_event}
        self._handlers = {source: function(handler) for source, handler in handlers.items()}

    def __call__(self, payload: object, context: LambdaContext | None, reply: Reply) -> Result:
        event, handler = self._route(payload)
        # A handler decodes the payload itself, to what its annotation asks for; the app need not decode it again.
        return self._app(event, context, reply) if handler is None else handler(payload, context, reply)

    def _route(self, payload: object) -> tuple[object, Function[Reply, Result] | None]:
        """The event, decoded where it can be, and its handler; None is the app."""
        try:
            event = loads(payload) if isinstance(payload, bytes) else payload
        except (ValueError, RecursionError):
            return payload, None  # the app's side reports it
        try:
            detect(event, self._origins)
        except UnknownOriginError:
            return event, self._handlers.get("") or self._handlers.get(event_source(event))
        return event, None


class AsyncEventRouter:
    """The same around an app that has a lifespan."""

    def __init__(self, app: AsyncFunction, function: Callable[[object], AsyncFunction], config: Config) -> None:
        self._router = EventRouter(app, function, config)
        self.startup = app.startup
        self.shutdown = app.shutdown

    async def __call__(self, payload: object, context: LambdaContext | None, reply: AsyncReply) -> None:
        await self._router(payload, context, reply)


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
