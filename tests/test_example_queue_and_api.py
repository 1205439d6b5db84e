"""The shop under AWS's emulator: requests, messages and a schedule reach one function, one after the other."""

import json
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from lambda_http_adapter.testing import make_event
from tests.support.paths import EVENTS, ROOT
from tests.support.runtime_interface_emulator import Emulator, StartEmulator

EXAMPLE = ROOT / "examples" / "queue_and_api"


@pytest.fixture
def shop(emulator: StartEmulator, tmp_path: Path) -> Emulator:
    command = [sys.executable, "-m", "lambda_http_adapter", "run", "app:handler"]
    return emulator(command, {"ORDERS_FILE": str(tmp_path / "orders.sqlite3")}, EXAMPLE)


def ask(shop: Emulator, event: object) -> dict[str, Any]:
    status, answer = shop.invoke(event)
    assert status == 200
    return cast("dict[str, Any]", json.loads(answer))


def place(shop: Emulator) -> str:
    placed = ask(shop, make_event("POST", "/orders", origin="http-api", json={"item": "pencil"}))
    assert placed["statusCode"] == 202
    return str(json.loads(placed["body"])["id"])


def state(shop: Emulator, order: str) -> object:
    return json.loads(ask(shop, make_event("GET", f"/orders/{order}", origin="http-api"))["body"])["state"]


def recorded(name: str) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads((EVENTS / "pass_through" / f"{name}.json").read_bytes()))


def batch(*bodies: str) -> dict[str, Any]:
    """The recorded message, as often as there are ``bodies``."""
    (record,) = recorded("sqs")["Records"]
    return {"Records": [{**record, "messageId": str(number), "body": body} for number, body in enumerate(bodies)]}


def test_one_function_for_requests_messages_and_a_schedule(shop: Emulator) -> None:
    first, second, late = (place(shop) for _ in range(3))
    messages = [json.dumps({"order": first}), "poison", json.dumps({"order": second})]
    assert ask(shop, batch(*messages)) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert ask(shop, batch(*messages)) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    schedule = recorded("eventbridge_schedule") | {"time": "2999-01-01T00:00:00Z"}
    assert ask(shop, schedule) == {"cancelled": 1}
    assert [state(shop, order) for order in (first, second, late)] == ["packed", "packed", "cancelled"]
    assert shop.logs.count("Message 1 stays in the queue") == 2
    assert shop.logs.count("Packed order") == 2


def test_a_message_sent_as_a_request_packs_nothing(shop: Emulator) -> None:
    order = place(shop)
    for path in ("/", "/events", "/orders"):
        refused = ask(shop, make_event("POST", path, origin="http-api", json=batch(json.dumps({"order": order}))))
        assert refused["statusCode"] in (404, 422)
    assert state(shop, order) == "queued"
