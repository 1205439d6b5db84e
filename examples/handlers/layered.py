"""Layers around a handler: what every event has in common stands apart from what one handler does with it.

A layer takes the next handler and returns one around it. It is called with the event, already decoded, and the context,
whatever the handler inside takes.
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
    """How long did it take, however it ended?"""

    def handler(event: object, context: LambdaContext) -> object:
        started = time.perf_counter()
        try:
            return next_handler(event, context)
        finally:
            logger.warning("%s took %.0f ms", context.aws_request_id, (time.perf_counter() - started) * 1000)

    return handler


def once(next_handler: Handler) -> Handler:
    """Lambda delivers an event at least once: the same payment again gets the same answer again."""
    answers: dict[str, object] = {}

    def handler(event: Payment, context: LambdaContext) -> object:
        if event.id not in answers:
            answers[event.id] = next_handler(event, context)
        return answers[event.id]

    return handler


def refusing(*expected: type[Exception]) -> Callable[[Handler], Handler]:
    """Errors that the sender can't mend by trying again are an answer, not a failed invocation."""

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
