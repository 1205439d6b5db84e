"""The events of AWS's services that are no HTTP requests, one function for each service.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html
https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

from __future__ import annotations

import gzip
import hashlib
import json
import time
import uuid
from base64 import b64encode
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn
from urllib.parse import quote_plus

from ...errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..._values.request import LambdaEvent

REGION = "us-east-1"
ACCOUNT = "123456789012"


class Message(NamedTuple):
    """What an event is about.

    ``data`` is its content: the body of a message, for example. ``name`` is that of the queue, the bucket …, ``type``
    one of the service's kinds of event. ``records``: their number, all with the same content.
    """

    data: bytes
    name: str
    type: str
    records: int

    @property
    def text(self) -> str:
        """Raises ConfigurationError if the data isn't UTF-8."""
        try:
            return self.data.decode()
        except UnicodeDecodeError as error:
            raise ConfigurationError(f"They have to be text in UTF-8: {error}.") from error

    def object(self, parse_float: Callable[[str], object] = float) -> dict[str, Any]:
        """The data as a JSON object. Raises ConfigurationError."""
        try:
            value = json.loads(self.text, parse_float=parse_float, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise ConfigurationError(f"They have to be a JSON object: {error}.") from error
        if not isinstance(value, dict):
            raise ConfigurationError(f"They have to be a JSON object, got {self.text[:80]!r}.")
        return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def _iso_time(digits: str = "milliseconds") -> str:
    return datetime.now(UTC).isoformat(timespec=digits).replace("+00:00", "Z")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def sqs(message: Message) -> LambdaEvent:
    return {"Records": [_sqs_record(message, index) for index in range(message.records)]}


def _sqs_record(message: Message, index: int) -> LambdaEvent:
    sent = _now_ms()
    message_id = str(uuid.uuid4())
    attributes = {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": str(sent),
        "SenderId": "AIDAIENQZJOLO23YVJ4VO",
        "ApproximateFirstReceiveTimestamp": str(sent + 4),
    }
    if message.name.endswith(".fifo"):
        attributes |= {
            "SequenceNumber": str(18849496460467696128 + index),
            "MessageGroupId": "1",
            "MessageDeduplicationId": message_id,
        }
    return {
        "messageId": message_id,
        "receiptHandle": b64encode(message_id.encode()).decode(),
        "body": message.text,
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(message.data, usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": _arn("sqs", message.name),
        "awsRegion": REGION,
    }


def sns(message: Message) -> LambdaEvent:
    topic = _arn("sns", message.name)
    subscription = f"{topic}:{uuid.uuid4()}"
    host = f"https://sns.{REGION}.amazonaws.com"
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription,
                "Sns": {
                    "Type": "Notification",
                    "MessageId": str(uuid.uuid4()),
                    "TopicArn": topic,
                    "Subject": None,
                    "Message": message.text,
                    "Timestamp": _iso_time(),
                    "SignatureVersion": "1",
                    "Signature": "EXAMPLE",
                    "SigningCertUrl": f"{host}/SimpleNotificationService-example.pem",
                    "UnsubscribeUrl": f"{host}/?Action=Unsubscribe&SubscriptionArn={subscription}",
                    "MessageAttributes": {},
                },
            }
        ]
    }


def s3(message: Message) -> LambdaEvent:
    entry: LambdaEvent = {"key": quote_plus(message.text, safe="/*"), "sequencer": f"{time.time_ns():018X}"}
    if message.type.startswith("ObjectCreated:"):
        entry |= {"size": 1024, "eTag": hashlib.md5(message.data, usedforsecurity=False).hexdigest()}
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": REGION,
                "eventTime": _iso_time(),
                "eventName": message.type,
                "userIdentity": {"principalId": "AWS:AIDAINPONIXQXHT3IKHL2"},
                "requestParameters": {"sourceIPAddress": "203.0.113.7"},
                "responseElements": {"x-amz-request-id": uuid.uuid4().hex[:16].upper(), "x-amz-id-2": "EXAMPLE"},
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": "dev",
                    "bucket": {
                        "name": message.name,
                        "ownerIdentity": {"principalId": "A3I5XTEXAMAI3E"},
                        "arn": f"arn:aws:s3:::{message.name}",
                    },
                    "object": entry,
                },
            }
        ]
    }


def dynamodb(message: Message) -> LambdaEvent:
    """The first attribute of the item is its key."""
    item: LambdaEvent = {name: _attribute(value) for name, value in message.object(Decimal).items()}
    if not item:
        raise ConfigurationError("An item has at least its key; got an object without attributes.")
    return {"Records": [_dynamodb_record(message, item, index) for index in range(message.records)]}


def _dynamodb_record(message: Message, item: LambdaEvent, index: int) -> LambdaEvent:
    change: LambdaEvent = {"ApproximateCreationDateTime": int(time.time()), "Keys": dict([next(iter(item.items()))])}
    if message.type != "REMOVE":
        change["NewImage"] = item
    if message.type != "INSERT":
        change["OldImage"] = item
    change |= {
        "SequenceNumber": str(4421584500000000017450439091 + index),
        "SizeBytes": len(message.data),
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    return {
        "eventID": uuid.uuid4().hex,
        "eventName": message.type,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": change,
        "eventSourceARN": _arn("dynamodb", f"table/{message.name}/stream/2026-01-31T00:00:00.000"),
    }


def _attribute(value: object) -> LambdaEvent:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html"""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case list():
            return {"L": [_attribute(item) for item in value]}
        case dict():
            return {"M": {name: _attribute(item) for name, item in value.items()}}
    return {"N": str(value)}


def kinesis(message: Message) -> LambdaEvent:
    return {"Records": [_kinesis_record(message, index) for index in range(message.records)]}


def _kinesis_record(message: Message, index: int) -> LambdaEvent:
    sequence_number = str(49590338271490256608559692538361571095921575989136588898 + index)
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "1",
            "sequenceNumber": sequence_number,
            "data": b64encode(message.data).decode(),
            "approximateArrivalTimestamp": _now_ms() / 1000,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000006:{sequence_number}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": f"arn:aws:iam::{ACCOUNT}:role/lambda-role",
        "awsRegion": REGION,
        "eventSourceARN": _arn("kinesis", f"stream/{message.name}"),
    }


def kafka(message: Message) -> LambdaEvent:
    return {
        "eventSource": "aws:kafka",
        "eventSourceArn": _arn("kafka", "cluster/dev/a1b2c3d4-5678-90ab-cdef-examplebbbbb-1"),
        "bootstrapServers": "b-1.example.com:9094",
        "records": {f"{message.name}-0": [_kafka_record(message, index) for index in range(message.records)]},
    }


def _kafka_record(message: Message, index: int) -> LambdaEvent:
    return {
        "topic": message.name,
        "partition": 0,
        "offset": 15 + index,
        "timestamp": _now_ms(),
        "timestampType": "CREATE_TIME",
        "key": b64encode(b"1").decode(),
        "value": b64encode(message.data).decode(),
        "headers": [],
    }


def firehose(message: Message) -> LambdaEvent:
    return {
        "invocationId": str(uuid.uuid4()),
        "deliveryStreamArn": _arn("firehose", f"deliverystream/{message.name}"),
        "region": REGION,
        "records": [
            {
                "recordId": str(49546986683135544286507457936321625675700192471156785154 + index),
                "approximateArrivalTimestamp": _now_ms(),
                "data": b64encode(message.data).decode(),
            }
            for index in range(message.records)
        ],
    }


def eventbridge(message: Message) -> LambdaEvent:
    """The name is the event's source; a schedule's is always the same."""
    is_schedule = message.type == "Scheduled Event"
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": message.type,
        "source": "aws.events" if is_schedule else message.name,
        "account": ACCOUNT,
        "time": _iso_time("seconds"),
        "region": REGION,
        "resources": [_arn("events", "rule/dev")] if is_schedule else [],
        "detail": message.object(),
    }


def cloudwatch_logs(message: Message) -> LambdaEvent:
    """A batch of log events, compressed as CloudWatch sends it."""
    timestamp = _now_ms()
    batch = {
        "messageType": "DATA_MESSAGE",
        "owner": ACCOUNT,
        "logGroup": message.name,
        "logStream": "dev",
        "subscriptionFilters": ["dev"],
        "logEvents": [
            {
                "id": str(36284202021100229000000000000000000000000000000000000000 + index),
                "timestamp": timestamp,
                "message": message.text,
            }
            for index in range(message.records)
        ],
    }
    data = gzip.compress(json.dumps(batch, ensure_ascii=False).encode())
    return {"awslogs": {"data": b64encode(data).decode()}}
