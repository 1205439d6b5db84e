"""Layers around a handler: what is done for every event, apart from what one handler does with it.

A layer is a function that takes the next handler and returns a handler around it. The returned handler is called with
the decoded event and the context, whatever the signature of the handler inside.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from lambda_http_adapter import LambdaContext, run

Handler = Callable[..., object]

logger = logging.getLogger(__name__)


@dataclass
class Payment:
    id: str
    amount: int


def timed(next_handler: Handler) -> Handler:
    """Log the duration of each call, whether it returns or raises."""

    def handler(event: object, context: LambdaContext) -> object:
        started = time.perf_counter()
        try:
            return next_handler(event, context)
        finally:
            logger.warning("%s took %.0f ms", context.aws_request_id, (time.perf_counter() - started) * 1000)

    return handler


def once(next_handler: Handler) -> Handler:
    """Lambda may deliver an event more than once: a repeated payment gets the first one's result."""
    answers: dict[str, object] = {}

    def handler(event: Payment, context: LambdaContext) -> object:
        if event.id not in answers:
            answers[event.id] = next_handler(event, context)
        return answers[event.id]

    return handler


def refusing(*expected: type[Exception]) -> Callable[[Handler], Handler]:
    """Turn errors that a retry can't fix into a result, so that the invocation doesn't fail."""

    def layer(next_handler: Handler) -> Handler:
        def handler(event: object, context: LambdaContext) -> object:
            try:
                return next_handler(event, context)
            except expected as error:
                return {"refused": str(error)}

        return handler

    return layer


balance = 100


def pay(payment: Payment) -> dict[str, int]:
    global balance  # noqa: PLW0603
    if payment.amount > balance:
        raise ValueError(f"{payment.amount} is more than the {balance} there are.")
    balance -= payment.amount
    return {"balance": balance}


if __name__ == "__main__":
    run(pay, layers=[timed, refusing(ValueError), once])
