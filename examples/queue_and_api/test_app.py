"""The shop: its API, its queue with good and bad messages, its schedule, and the table's requests to DynamoDB."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.stub import ANY, Stubber

from lambda_http_adapter.testing import LambdaTransport

from . import app as shop
from .app import OrdersInFile, OrdersInTable

HOUR = 3600


@pytest.fixture(autouse=True)
def orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OrdersInFile:
    orders = OrdersInFile(tmp_path / "orders.sqlite3")
    monkeypatch.setattr(shop, "orders", orders)
    return orders


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(transport=LambdaTransport(shop.app, "http-api"), base_url="https://shop.example") as client:
        yield client


def queued(orders: OrdersInFile, order_id: str, placed: int = 0) -> None:
    orders.add({"id": order_id, "item": "pencil", "quantity": 3, "state": "queued", "placed": placed})


def state(orders: OrdersInFile, order_id: str) -> object:
    order = orders.get(order_id)
    assert order is not None
    return order["state"]


def batch(*bodies: str) -> dict[str, Any]:
    records = [{"messageId": f"m{n}", "body": body, "eventSource": "aws:sqs"} for n, body in enumerate(bodies)]
    return {"Records": records}


def test_an_order_is_placed_and_packed(http: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    placed = http.post("/orders", json={"item": "pencil", "quantity": 3})
    assert placed.status_code == 202
    order = http.get(placed.headers["location"]).json()
    assert order == {**placed.json(), "item": "pencil", "quantity": 3, "state": "queued", "placed": order["placed"]}
    message = json.dumps({"order": order["id"]})
    assert f"-d '{message}'" in caplog.text
    assert shop.handler(batch(message), None) == {"batchItemFailures": []}
    assert http.get(placed.headers["location"]).json() == {**order, "state": "packed"}


def test_the_queue_on_aws(http: httpx.Client, monkeypatch: pytest.MonkeyPatch, orders: OrdersInFile) -> None:
    monkeypatch.setenv("QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/orders")
    message = {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/orders", "MessageBody": ANY}
    with Stubber(shop.queue) as stubber:
        stubber.add_response("send_message", {}, message)
        order = http.post("/orders", json={"item": "pencil"}).json()
        stubber.assert_no_pending_responses()
        stubber.add_client_error("send_message", "ThrottledException", expected_params=message)
        assert http.post("/orders", json={"item": "pencil"}).status_code == 500
    assert state(orders, order["id"]) == "queued"


@pytest.mark.parametrize("order", [{}, {"item": ""}, {"item": "pencil", "quantity": 0}, {"item": "p", "quantity": "x"}])
def test_an_order_that_is_refused(order: dict[str, object], http: httpx.Client) -> None:
    assert http.post("/orders", json=order).status_code == 422


def test_an_order_that_is_not_there(http: httpx.Client) -> None:
    assert http.get("/orders/7").status_code == 404


@pytest.mark.parametrize(
    "poison", ["", "no JSON", "[]", "{}", '{"order": "unknown"}', '{"order": null}', '{"order": {"a": 1}}']
)
def test_a_poisoned_message_stays_alone_in_the_queue(
    poison: str, orders: OrdersInFile, caplog: pytest.LogCaptureFixture
) -> None:
    queued(orders, "a")
    queued(orders, "b")
    result = shop.handler(batch('{"order": "a"}', poison, '{"order": "b"}'), None)
    assert result == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert (state(orders, "a"), state(orders, "b")) == ("packed", "packed")
    assert "Message m1 stays in the queue" in caplog.text


def test_a_message_that_comes_twice(orders: OrdersInFile, caplog: pytest.LogCaptureFixture) -> None:
    queued(orders, "a")
    for _ in range(2):
        assert shop.handler(batch('{"order": "a"}'), None) == {"batchItemFailures": []}
    assert caplog.text.count("Packed order a") == 1


def test_the_schedule_cancels_what_nothing_has_packed(orders: OrdersInFile) -> None:
    for order_id, placed in (("old", 0), ("packed", 0), ("new", HOUR)):
        queued(orders, order_id, placed)
    orders.move("packed", "packed")
    schedule = {"detail-type": "Scheduled Event", "time": "1970-01-01T01:59:00Z", "detail": {}}
    assert shop.handler(schedule, None) == {"cancelled": 1}
    states = [state(orders, order_id) for order_id in ("old", "packed", "new")]
    assert states == ["cancelled", "packed", "queued"]
    assert shop.handler(batch('{"order": "old"}'), None) == {"batchItemFailures": []}
    assert state(orders, "old") == "cancelled"


def test_the_table_on_aws() -> None:
    """botocore checks each request against its model of DynamoDB."""
    resource = boto3.resource("dynamodb", "us-east-1")
    item = {"id": {"S": "a"}, "state": {"S": "queued"}, "placed": {"N": "7"}}
    table = {"TableName": "orders"}
    change = {
        **table,
        "Key": {"id": "a"},
        "UpdateExpression": "SET #state = :state",
        "ConditionExpression": "#state = :queued",
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": {":state": "packed", ":queued": "queued"},
    }
    with Stubber(resource.meta.client) as stubber:
        stubber.add_response("put_item", {}, {**table, "Item": {"id": "a", "state": "queued", "placed": 7}})
        stubber.add_response("get_item", {"Item": item}, {**table, "Key": {"id": "a"}, "ConsistentRead": True})
        stubber.add_response("update_item", {}, change)
        stubber.add_client_error("update_item", "ConditionalCheckFailedException", expected_params=change)
        stubber.add_client_error("update_item", "ThrottlingException", expected_params=change)
        stubber.add_response("scan", {"Items": [{"id": {"S": "a"}}]}, {**table, **dict.fromkeys(SCAN, ANY)})
        orders = OrdersInTable(resource.Table("orders"))
        orders.add({"id": "a", "state": "queued", "placed": 7})
        assert orders.get("a") == {"id": "a", "state": "queued", "placed": 7}
        assert orders.move("a", "packed")
        assert not orders.move("a", "packed")
        with pytest.raises(resource.meta.client.exceptions.ClientError, match="ThrottlingException"):
            orders.move("a", "packed")
        assert orders.queued_before(8.5) == ["a"]
        stubber.assert_no_pending_responses()


SCAN = ("ProjectionExpression", "FilterExpression", "ExpressionAttributeNames", "ExpressionAttributeValues")
