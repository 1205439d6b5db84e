"""The services that a user can name for a sample event, each with what it lets the user choose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ...errors import ConfigurationError
from . import service_events
from .cognito_triggers import TRIGGERS, cognito
from .service_events import Message

if TYPE_CHECKING:
    from ..._values.request import LambdaEvent

_MOST_RECORDS = 10_000
_OBJECT_EVENTS = (
    "ObjectCreated:Put",
    "ObjectCreated:Post",
    "ObjectCreated:Copy",
    "ObjectCreated:CompleteMultipartUpload",
    "ObjectRemoved:Delete",
    "ObjectRemoved:DeleteMarkerCreated",
)


class Service(NamedTuple):
    """``usual``: what is taken where the user chooses nothing.

    ``types``: the values of its type. None: any text; (): its events have no type. ``has_records``: an event can have
    several. ``data`` says what the data are.
    """

    make: Callable[[Message], LambdaEvent]
    data: str
    usual: Message
    types: Sequence[str] | None = ()
    has_records: bool = False


def _usual(data: str, name: str, type: str = "") -> Message:
    return Message(data.encode(), name, type, 1)


SERVICES = {
    "sqs": Service(service_events.sqs, "the body of a message", _usual("Hello from SQS", "my-queue"), has_records=True),
    "sns": Service(service_events.sns, "the message", _usual("Hello from SNS", "my-topic")),
    "s3": Service(
        service_events.s3, "the key", _usual("folder/file.txt", "my-bucket", _OBJECT_EVENTS[0]), _OBJECT_EVENTS
    ),
    "dynamodb": Service(
        service_events.dynamodb,
        "the item as JSON, its key first",
        _usual('{"id": "1", "count": 7}', "my-table", "INSERT"),
        ("INSERT", "MODIFY", "REMOVE"),
        has_records=True,
    ),
    "kinesis": Service(
        service_events.kinesis, "the data of a record", _usual("Hello from Kinesis", "my-stream"), has_records=True
    ),
    "eventbridge": Service(
        service_events.eventbridge, "the detail as JSON", _usual("{}", "com.example.app", "Sample Event"), None
    ),
    "cognito": Service(
        cognito,
        "the user's attributes as JSON",
        _usual('{"email": "alice@example.com"}', "alice", TRIGGERS[0]),
        TRIGGERS,
    ),
    "cloudwatch-logs": Service(
        service_events.cloudwatch_logs,
        "the message of a log event",
        _usual("Hello from CloudWatch Logs", "/aws/lambda/my-function"),
        has_records=True,
    ),
    "kafka": Service(
        service_events.kafka, "the value of a record", _usual("Hello from Kafka", "my-topic"), has_records=True
    ),
    "firehose": Service(
        service_events.firehose, "the data of a record", _usual("Hello from Firehose", "my-stream"), has_records=True
    ),
}


def service_event(
    name: str, data: bytes | None = None, resource: str | None = None, event_type: str | None = None, count: int = 1
) -> LambdaEvent:
    """A sample event of the service ``name`` in ``SERVICES``; None is what is usual there.

    ``resource``: the name of the queue, the bucket … Raises ConfigurationError.
    """
    service = SERVICES[name]
    if event_type is not None:
        _require_type(name, service, event_type)
    if count > 1 and not service.has_records:
        several = ", ".join(name for name, service in SERVICES.items() if service.has_records)
        raise ConfigurationError(f"An event of {name} has one record; these can have several: {several}.")
    if not 1 <= count <= _MOST_RECORDS:
        raise ConfigurationError(f"An event has 1 to {_MOST_RECORDS} records, not {count}.")
    usual = service.usual
    message = Message(
        usual.data if data is None else data,
        usual.name if resource is None else resource,
        usual.type if event_type is None else event_type,
        count,
    )
    try:
        return service.make(message)
    except ConfigurationError as error:
        raise ConfigurationError(f"The data of {name} are {service.data}. {error}") from error


def _require_type(name: str, service: Service, event_type: str) -> None:
    if service.types is None or event_type in service.types:
        return
    if not service.types:
        typed = ", ".join(name for name, service in SERVICES.items() if service.types != ())
        raise ConfigurationError(f"Events of {name} have no type; those of {typed} have.")
    from ..._apps.importer import near_match

    raise ConfigurationError(
        f"{name} has no event {event_type!r}; expected one of: {', '.join(service.types)}."
        f"{near_match(event_type, service.types)}"
    )
