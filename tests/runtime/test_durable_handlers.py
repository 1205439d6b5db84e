"""Which handlers are given a durable function's state: those that AWS's SDK decorates, and those around them."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from aws_durable_execution_sdk_python import DurableContext, durable_execution

from lambda_http_adapter._apps.handler import prepare
from lambda_http_adapter.errors import PayloadError

STATE = b'{"DurableExecutionArn":"arn","CheckpointToken":"t","InitialExecutionState":{}}'


@dataclass
class Order:
    count: int


@durable_execution
def durable(order: Order, context: DurableContext) -> None: ...


@functools.wraps(durable)
def logged(event: object, context: object) -> object:
    return durable(event, context)  # type: ignore[arg-type]


def plain(event: Order, context: object) -> None: ...


@functools.wraps(plain)
def plain_logged(event: object, context: object) -> None: ...


@pytest.mark.parametrize("handler", [durable, logged], ids=["decorated", "and around it"])
def test_a_durable_function_gets_the_state(handler: Callable[..., object]) -> None:
    assert prepare(handler).decode(STATE) == {
        "DurableExecutionArn": "arn",
        "CheckpointToken": "t",
        "InitialExecutionState": {},
    }


@pytest.mark.parametrize("handler", [plain, plain_logged], ids=["plain", "decorated"])
def test_any_other_gets_what_its_annotation_asks_for(handler: Callable[..., object]) -> None:
    prepared = prepare(handler)
    assert prepared.decode(b'{"count":3}') == Order(3)
    with pytest.raises(PayloadError):
        prepared.decode(STATE)


class Proxy:
    """Has every attribute, and each is a proxy again."""

    def __getattr__(self, name: str) -> "Proxy":
        return Proxy()

    def __call__(self, event: object, context: object) -> object:
        return event


def wraps_itself(event: object, context: object) -> object:
    return event


wraps_itself.__wrapped__ = wraps_itself  # type: ignore[attr-defined]


@pytest.mark.parametrize("handler", [Proxy(), wraps_itself], ids=["proxies for ever", "itself"])
def test_wrappers_without_an_end(handler: Callable[..., object]) -> None:
    prepared = prepare(handler)
    assert prepared.call(prepared.decode(b'{"count":3}'), None) == {"count": 3}
