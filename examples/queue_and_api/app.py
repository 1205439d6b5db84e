"""Orders: an HTTP API that takes them, a queue that has them packed, and a schedule that cancels old ones."""

import json
import logging
import os
import sqlite3
import tempfile
import time
import uuid
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Protocol, TypedDict

import boto3
from botocore.exceptions import ClientError
from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel, Field

from lambda_http_adapter import asgi_handler

REGION = os.environ.get("AWS_REGION", "us-east-1")
PATIENCE = 3600
"""Seconds after which an order that nothing has packed is cancelled."""

logger = logging.getLogger("orders")

# The orders: each is queued, then packed or cancelled


class Orders(Protocol):
    def add(self, order: dict[str, str | int]) -> None: ...
    def get(self, order_id: str) -> dict[str, Any] | None: ...
    def move(self, order_id: str, state: str) -> bool:
        """From "queued" to ``state``; whether it was queued. Of two that move the same order, one gets True."""
        ...

    def queued_before(self, moment: float) -> list[str]: ...


class OrdersInTable:
    """A DynamoDB table with the key ``id``."""

    def __init__(self, table: Any) -> None:  # noqa: ANN401 - boto3 is published without types
        self._table = table

    def add(self, order: dict[str, str | int]) -> None:
        self._table.put_item(Item=order)

    def get(self, order_id: str) -> dict[str, Any] | None:
        item: dict[str, Any] | None = self._table.get_item(Key={"id": order_id}, ConsistentRead=True).get("Item")
        return item

    def move(self, order_id: str, state: str) -> bool:
        try:
            self._table.update_item(
                Key={"id": order_id},
                UpdateExpression="SET #state = :state",
                ConditionExpression="#state = :queued",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={":state": state, ":queued": "queued"},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def queued_before(self, moment: float) -> list[str]:
        """Those in the first 1 MB of the table, the limit of one scan: a large table needs an index."""
        found = self._table.scan(
            ProjectionExpression="id",
            FilterExpression="#state = :queued AND placed < :moment",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":queued": "queued", ":moment": int(moment)},
        )
        return [str(item["id"]) for item in found["Items"]]


class OrdersInFile:
    """The sandboxes of ``dev`` share a file. The execution environments of Lambda would not."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._run("CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, item, quantity, state, placed)")

    def add(self, order: dict[str, str | int]) -> None:
        self._run("INSERT INTO orders VALUES (:id, :item, :quantity, :state, :placed)", order)

    def get(self, order_id: str) -> dict[str, Any] | None:
        rows = self._run("SELECT * FROM orders WHERE id = ?", [order_id])
        return dict(rows[0]) if rows else None

    def move(self, order_id: str, state: str) -> bool:
        change = "UPDATE orders SET state = ? WHERE id = ? AND state = 'queued' RETURNING id"
        return bool(self._run(change, [state, order_id]))

    def queued_before(self, moment: float) -> list[str]:
        return [row["id"] for row in self._run("SELECT id FROM orders WHERE state = 'queued' AND placed < ?", [moment])]

    def _run(self, statement: str, values: Any = ()) -> list[sqlite3.Row]:  # noqa: ANN401 - a list or a dict
        with closing(sqlite3.connect(self._file, timeout=20)) as database, database:
            database.row_factory = sqlite3.Row
            return database.execute(statement, values).fetchall()


def orders_of_this_shop() -> Orders:
    if "ORDERS_TABLE" in os.environ:
        return OrdersInTable(boto3.resource("dynamodb", REGION).Table(os.environ["ORDERS_TABLE"]))
    return OrdersInFile(Path(os.environ.get("ORDERS_FILE", Path(tempfile.gettempdir()) / "orders.sqlite3")))


orders = orders_of_this_shop()

# The queue

queue = boto3.client("sqs", REGION)


def send(message: str) -> None:
    if "QUEUE_URL" in os.environ:
        queue.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=message)
    else:
        logger.warning(
            "There is no queue here. Be it: lambda-http-adapter invoke --origin sqs -d '%s' --url …", message
        )


# The API

app = FastAPI()


class Order(BaseModel):
    item: Annotated[str, Field(min_length=1, max_length=100)]
    quantity: Annotated[int, Field(ge=1, le=1000)] = 1


@app.post("/orders", status_code=202)
def place(order: Order, response: Response) -> dict[str, str]:
    """The order is in the table before its message is in the queue. If sending fails, the schedule cancels it."""
    order_id = str(uuid.uuid4())
    orders.add({"id": order_id, "state": "queued", "placed": int(time.time()), **order.model_dump()})
    send(json.dumps({"order": order_id}))
    response.headers["Location"] = app.url_path_for("read", order_id=order_id)
    return {"id": order_id}


@app.get("/orders/{order_id}")
def read(order_id: str) -> dict[str, Any]:
    order = orders.get(order_id)
    if order is None:
        raise HTTPException(404)
    return order


# Other events


class Message(TypedDict):
    messageId: str
    body: str


class Batch(TypedDict):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""

    Records: list[Message]


def pack_all(batch: Batch) -> dict[str, list[dict[str, str]]]:
    """Return the messages that failed: only these stay in the queue. An exception would keep all of them there."""
    failures = []
    for message in batch["Records"]:
        try:
            pack(json.loads(message["body"])["order"])
        except Exception:
            logger.exception("Message %s stays in the queue", message["messageId"])
            failures.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failures}


def pack(order_id: str) -> None:
    """A queue may deliver a message twice, and the order may be cancelled by now: then there is nothing to do."""
    if orders.get(order_id) is None:
        raise LookupError(f"There is no order {order_id}.")
    if orders.move(order_id, "packed"):
        logger.warning("Packed order %s", order_id)


@dataclass
class Schedule:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html"""

    time: datetime


def cancel_stale(schedule: Schedule) -> dict[str, int]:
    stale = orders.queued_before(schedule.time.timestamp() - PATIENCE)
    return {"cancelled": sum(orders.move(order_id, "cancelled") for order_id in stale)}


handler = asgi_handler(app, on_event={"sqs": pack_all, "eventbridge": cancel_stale})
