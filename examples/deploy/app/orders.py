"""The app and a queue in one function: ``orders.handler`` answers HTTP requests and takes messages from SQS."""

import json
from typing import Any

from main import app

from lambda_http_adapter import asgi_handler


def fulfil(order: dict[str, object]) -> None:
    """Do the work of one message. Whatever it raises leaves the message in the queue."""
    print(f"{order['quantity']} × {order['item']}")


def take(event: dict[str, Any]) -> dict[str, list[dict[str, str]]]:
    """Name the messages that failed: SQS keeps these and deletes the others of the batch."""
    failed = []
    for record in event["Records"]:
        try:
            fulfil(json.loads(record["body"]))
        except Exception as error:
            print(f"Message {record['messageId']} failed: {error!r}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


handler = asgi_handler(app, on_event={"sqs": take})
