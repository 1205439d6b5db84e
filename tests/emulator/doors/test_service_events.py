"""Sample events of the services that send no HTTP: their shape, their content and what a user may choose."""

import gzip
import hashlib
import json
from base64 import b64decode
from typing import Any

import pytest

from lambda_http_adapter._apps.on_event import KEYS, event_source
from lambda_http_adapter._emulator.doors.cognito_triggers import TRIGGERS
from lambda_http_adapter._emulator.doors.services import SERVICES, service_event
from lambda_http_adapter.errors import ConfigurationError, UnknownOriginError
from lambda_http_adapter.origins import detect
from tests.support.origin_events import load_event

# The key of on_event, and the fixture of that shape.
KINDS = {
    "sqs": ("sqs", "sqs"),
    "sns": ("sns", "sns"),
    "s3": ("s3", "s3"),
    "dynamodb": ("dynamodb", "dynamodb_stream"),
    "kinesis": ("kinesis", "kinesis"),
    "eventbridge": ("eventbridge", "eventbridge_custom"),
    "cognito": ("cognito", "cognito_pre_sign_up"),
    "cloudwatch-logs": ("logs", "cloudwatch_logs"),
    "kafka": ("kafka", "kafka"),
    "firehose": ("firehose", "firehose_transformation"),
}
every_service = pytest.mark.parametrize("name", SERVICES)

# What is free: in an item, an attribute map, a topic's name.
FREE = {"Keys", "NewImage", "OldImage", "MessageAttributes", "detail", "userAttributes", "records"}
# Only the event of a Firehose that reads from a Kinesis stream has these.
FROM_KINESIS = {"sourceKinesisStreamArn", "kinesisRecordMetadata"}


def shape(value: Any, key: str = "") -> Any:  # noqa: ANN401
    """The keys of objects and the types of values, a list as its first item."""
    if isinstance(value, dict):
        if key in FREE:
            return "free"
        return {name: shape(item, name) for name, item in value.items() if name not in FROM_KINESIS}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return type(value).__name__


def test_every_service_is_tested() -> None:
    assert list(KINDS) == list(SERVICES)
    assert {key for key, _ in KINDS.values()} < set(KEYS)


@every_service
def test_on_event_finds_the_sender(name: str) -> None:
    event = service_event(name)
    assert event_source(event) == KINDS[name][0]
    with pytest.raises(UnknownOriginError):
        detect(event)


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_on_event_finds_the_sender_of_every_trigger(trigger: str) -> None:
    event: dict[str, Any] = service_event("cognito", event_type=trigger)
    assert event_source(event) == "cognito"
    assert event["triggerSource"] == trigger
    assert ("userAttributes" in event["request"]) is not trigger.startswith("UserMigration_")


@every_service
def test_a_sample_has_the_shape_of_an_event(name: str) -> None:
    fixture = load_event("pass_through", KINDS[name][1])
    sample: dict[str, Any] = json.loads(json.dumps(service_event(name)))
    assert shape(sample) == shape(fixture)


def records(event: Any) -> list[Any]:  # noqa: ANN401
    if "awslogs" in event:
        found = json.loads(gzip.decompress(b64decode(event["awslogs"]["data"])))["logEvents"]
    else:
        found = event.get("Records") or event["records"]
    return next(iter(found.values())) if isinstance(found, dict) else list(found)


CONTENT = "Grüße ☕"


@pytest.mark.parametrize(
    ("name", "path", "is_base64"),
    [
        ("sqs", ["body"], False),
        ("sns", ["Sns", "Message"], False),
        ("kinesis", ["kinesis", "data"], True),
        ("kafka", ["value"], True),
        ("firehose", ["data"], True),
        ("cloudwatch-logs", ["message"], False),
    ],
)
def test_content_is_the_message(name: str, path: list[str], is_base64: bool) -> None:
    [value] = records(service_event(name, CONTENT.encode()))
    for key in path:
        value = value[key]
    assert (b64decode(value).decode() if is_base64 else value) == CONTENT


IDS = {"sqs": "messageId", "dynamodb": "eventID", "kinesis": "eventID", "kafka": "offset", "firehose": "recordId"}


@pytest.mark.parametrize("name", [name for name, service in SERVICES.items() if service.has_records])
def test_several_records(name: str) -> None:
    found = records(service_event(name, count=3))
    assert len({record[IDS.get(name, "id")] for record in found}) == 3


def test_a_message_of_a_queue() -> None:
    [record] = records(service_event("sqs", b'{"order": 7}', "orders"))
    assert record["md5OfBody"] == hashlib.md5(b'{"order": 7}', usedforsecurity=False).hexdigest()
    assert record["eventSourceARN"] == "arn:aws:sqs:us-east-1:123456789012:orders"
    assert "MessageGroupId" not in record["attributes"]
    first, second = records(service_event("sqs", resource="orders.fifo", count=2))
    assert first["attributes"]["MessageGroupId"] == second["attributes"]["MessageGroupId"]
    assert first["attributes"]["SequenceNumber"] < second["attributes"]["SequenceNumber"]


@pytest.mark.parametrize(
    ("key", "encoded"), [("a b/ü+1.jpg", "a+b/%C3%BC%2B1.jpg"), ("plain-1_2.txt", "plain-1_2.txt"), ("a&b", "a%26b")]
)
def test_an_object_of_a_bucket(key: str, encoded: str) -> None:
    [record] = records(service_event("s3", key.encode(), "uploads"))
    assert (record["eventName"], record["s3"]["object"]["key"]) == ("ObjectCreated:Put", encoded)
    assert record["s3"]["bucket"]["arn"] == "arn:aws:s3:::uploads"
    [removed] = records(service_event("s3", key.encode(), event_type="ObjectRemoved:Delete"))
    assert removed["s3"]["object"].keys() == {"key", "sequencer"}


ITEM = b'{"id": 7, "price": 1.10, "name": "tea", "sold": false, "none": null, "tags": ["a", {"b": 1}]}'
ATTRIBUTES = {
    "id": {"N": "7"},
    "price": {"N": "1.10"},
    "name": {"S": "tea"},
    "sold": {"BOOL": False},
    "none": {"NULL": True},
    "tags": {"L": [{"S": "a"}, {"M": {"b": {"N": "1"}}}]},
}


@pytest.mark.parametrize(
    ("event_type", "images"),
    [(None, {"NewImage"}), ("INSERT", {"NewImage"}), ("MODIFY", {"NewImage", "OldImage"}), ("REMOVE", {"OldImage"})],
)
def test_an_item_of_a_table(event_type: str | None, images: set[str]) -> None:
    [record] = records(service_event("dynamodb", ITEM, "Orders", event_type))
    change = record["dynamodb"]
    assert record["eventName"] == (event_type or "INSERT")
    assert record["eventSourceARN"].startswith("arn:aws:dynamodb:us-east-1:123456789012:table/Orders/stream/")
    assert change["Keys"] == {"id": {"N": "7"}}
    assert {name: value for name, value in change.items() if name.endswith("Image")} == dict.fromkeys(
        images, ATTRIBUTES
    )


def test_an_event_of_a_bus() -> None:
    event = service_event("eventbridge", b'{"total": 12.5}', "com.example.orders", "OrderPlaced")
    assert (event["source"], event["detail-type"], event["detail"]) == (
        "com.example.orders",
        "OrderPlaced",
        {"total": 12.5},
    )
    schedule = service_event("eventbridge", event_type="Scheduled Event")
    assert schedule["source"] == "aws.events"
    assert shape(schedule) == shape(load_event("pass_through", "eventbridge_schedule"))


def test_a_user_of_a_pool() -> None:
    event: dict[str, Any] = service_event("cognito", b'{"email": "z@example.com"}', "zo\u00eb")
    assert (event["userName"], event["request"]["userAttributes"]) == ("zo\u00eb", {"email": "z@example.com"})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sns", None, None, None, 2], r"sns has one record; these can have several: sqs, dynamodb, kinesis, "),
        (["sqs", None, None, None, 0], "1 to 10000 records, not 0"),
        (["sqs", None, None, None, 10_001], "1 to 10000 records, not 10001"),
        (["sqs", None, None, "INSERT"], "Events of sqs have no type; those of s3, dynamodb, eventbridge, cognito have"),
        (
            ["dynamodb", None, None, "insert"],
            "dynamodb has no event 'insert'; expected one of: INSERT, MODIFY, REMOVE.",
        ),
        (["cognito", None, None, "PreSignup_SignUp"], "Did you mean 'PreSignUp_SignUp'?"),
        (["sqs", b"\xff"], "The data of sqs are the body of a message. They have to be text in UTF-8"),
        (["dynamodb", b"nope"], "The data of dynamodb are the item as JSON, its key first. They have to be a JSON obj"),
        (["dynamodb", b"{}"], "An item has at least its key"),
        (["eventbridge", b"[1]"], r"got '\[1\]'"),
        (["eventbridge", b'{"a": NaN}'], "NaN is not JSON"),
        (["cognito", b'{"a": ' * 100_000], "They have to be a JSON object"),
    ],
)
def test_what_no_event_can_be_made_of(arguments: list[Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        service_event(*arguments)


def test_data_may_be_bytes_where_the_service_encodes_them() -> None:
    for name in ("kinesis", "kafka", "firehose"):
        assert len(records(service_event(name, b"\xff\x00"))) == 1
