"""The three handlers, called as functions."""

import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from lambda_http_adapter import LambdaContext

from . import greet, hello, layered

CONTEXT = LambdaContext("8476a536-e9f4-11e8-9739-2dfe598c3fcd", 0, "arn:aws:lambda:eu-west-1:123456789012:function:f")


def test_greet() -> None:
    reply = greet.handler(greet.Greeting("Ines", times=2), CONTEXT)
    assert reply == greet.Reply("Hello, Hello Ines!", CONTEXT.aws_request_id, None)


def test_nobody_is_greeted_less_than_once() -> None:
    with pytest.raises(ValueError, match=r"less than once"):
        greet.handler(greet.Greeting("Ines", times=0), CONTEXT)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (Request.from_values("/"), "Hello world, from AWS Lambda"),
        (Request.from_values("/?name=Ines"), "Hello Ines, from AWS Lambda"),
        (
            Request.from_values("/?name=Inês", headers={"Accept-Language": "pt-BR, pt;q=0.9"}),
            "Olá Inês, from AWS Lambda",
        ),
        (Request.from_values("/names", method="POST", json={"name": "Ines"}), ("Welcome, Ines", 201)),
    ],
)
def test_hello(request_: Request, answer: object) -> None:
    assert hello.handler(request_) == answer


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (Request.from_values("/nowhere"), 404),
        (Request.from_values("/names"), 404),
        (Request.from_values("/names", method="POST", json={}), 400),
        (Request.from_values("/names", method="POST", data="name"), 415),
    ],
)
def test_hello_refuses(request_: Request, status: int) -> None:
    with pytest.raises(HTTPException) as raised:
        hello.handler(request_)
    assert raised.value.code == status


def test_a_layer_alone() -> None:
    calls: list[object] = []

    def pay(event: object, context: object) -> int:
        calls.append(event)
        return len(calls)

    handler = layered.once(pay)
    payments = [layered.Payment("a", 1), layered.Payment("b", 1), layered.Payment("a", 1)]
    assert [handler(payment, CONTEXT) for payment in payments] == [1, 2, 1]
