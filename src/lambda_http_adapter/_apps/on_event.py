"""Option ``on_event``: handlers beside an app, for the events that no HTTP front door claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from .._values.codec import loads
from ..errors import ConfigurationError, UnknownOriginError
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


_ALL = "*"

# The last part of the eventSource of records and events.
_EVENT_SOURCES = ("sqs", "sns", "s3", "dynamodb", "kinesis", "ses", "codecommit", "docdb", "kafka", "mq", "rmq")

# Fields that together only the events of one service have, by the key of its handler.
_FIELDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("eventbridge", frozenset({"detail-type"})),
    ("cognito", frozenset({"triggerSource", "userPoolId"})),
    ("cognito", frozenset({"identityPoolId", "datasetName"})),  # Cognito Sync
    ("logs", frozenset({"awslogs"})),
    ("firehose", frozenset({"deliveryStreamArn", "records"})),
    ("authorizer", frozenset({"type", "methodArn"})),
    ("authorizer", frozenset({"type", "routeArn"})),
    ("bedrock", frozenset({"messageVersion", "agent"})),
    ("appsync", frozenset({"info", "stash", "prev"})),
    ("appsync", frozenset({"info", "events", "identity"})),  # AppSync Events
    ("appsync", frozenset({"typeName", "fieldName", "arguments"})),  # Amplify
    ("appsync", frozenset({"authorizationToken", "requestContext"})),
    ("cloudformation", frozenset({"RequestType", "ResponseURL"})),
    ("cloudformation", frozenset({"transformId", "fragment"})),  # a macro
    ("config", frozenset({"invokingEvent", "resultToken"})),
    ("secretsmanager", frozenset({"SecretId", "ClientRequestToken", "Step"})),
    ("s3-batch", frozenset({"invocationSchemaVersion", "tasks"})),
    ("iot", frozenset({"eventType", "clientId", "sessionIdentifier"})),  # a client connected, subscribed …
    ("iot", frozenset({"eventType", "eventId", "operation"})),  # the registry, jobs
    ("iot", frozenset({"protocolData", "signatureVerified"})),  # a custom authorizer
    ("iot", frozenset({"templateArn", "certificateId"})),  # a pre-provisioning hook
)

KEYS = (*_EVENT_SOURCES, *dict(_FIELDS), _ALL)


class EventRouter(Generic[Reply, Result]):
    """A function around an app: it hands each event to the app or to a handler, and returns what that returns."""

    def __init__(
        self,
        app: Function[Reply, Result],
        function: Callable[[object], Function[Reply, Result]],
        config: Config,
        is_async: bool = False,
    ) -> None:
        """``function`` makes a function of a handler, which ``is_async``.

        Raises ConfigurationError for an unknown key, and for what is not a handler.
        """
        self._app = app
        self._origins = cast("tuple[Origin, ...]", config.origins or ORIGINS)
        handlers = config.on_event if isinstance(config.on_event, Mapping) else {_ALL: config.on_event}
        for key in handlers:
            _require_known(key)
        self._handlers = {source: function(handler) for source, handler in handlers.items()}
        if "cloudformation" in self._handlers:
            from .custom_resource import AsyncCustomResource, CustomResource

            answering = cast("Any", AsyncCustomResource if is_async else CustomResource)
            self._handlers["cloudformation"] = answering(self._handlers["cloudformation"])

    def __call__(self, payload: object, context: LambdaContext | None, reply: Reply) -> Result:
        event, handler = self._route(payload)
        # A handler decodes the payload itself, to what its annotation asks for.
        return self._app(event, context, reply) if handler is None else handler(payload, context, reply)

    def _route(self, payload: object) -> tuple[object, Function[Reply, Result] | None]:
        """The event and its handler; None is the app, which need not decode a request again."""
        try:
            event = loads(payload) if isinstance(payload, bytes) else payload
        except (ValueError, RecursionError):
            return payload, None  # the app's side reports it
        try:
            detect(event, self._origins)
        except UnknownOriginError:
            handler = self._handlers.get(event_source(event))
            return payload, self._handlers.get(_ALL) if handler is None else handler
        return event, None


class AsyncEventRouter:
    """The same around an app that has a lifespan."""

    def __init__(self, app: AsyncFunction, function: Callable[[object], AsyncFunction], config: Config) -> None:
        self._router = EventRouter(app, function, config, is_async=True)
        self.startup = app.startup
        self.shutdown = app.shutdown

    async def __call__(self, payload: object, context: LambdaContext | None, reply: AsyncReply) -> None:
        await self._router(payload, context, reply)


def _require_known(key: object) -> None:
    if key in KEYS:
        return
    from difflib import get_close_matches

    near = get_close_matches(str(key).lower(), KEYS, 1)
    guess = f" (did you mean {near[0]!r}?)" if near else ""
    raise ConfigurationError(
        f"The option on_event has the key {key!r}{guess}; the keys are {', '.join(map(repr, KEYS))}."
    )


def event_source(event: object) -> str:
    """The key of the service that sent the event, such as ``sqs``; empty where the event doesn't show it.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
    """
    one = event[0] if isinstance(event, list) and event else event  # AppSync resolves in batches
    if isinstance(one, dict):
        for key, fields in _FIELDS:
            if fields <= one.keys():
                return key
    if not isinstance(event, dict):
        return ""
    records = event.get("Records")
    record = records[0] if isinstance(records, list) and records else event
    if not isinstance(record, dict):
        return ""
    source = record.get("eventSource") or record.get("EventSource")
    if source == "SelfManagedKafka":
        return "kafka"
    return source.rpartition(":")[2] if isinstance(source, str) else ""
