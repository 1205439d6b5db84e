"""A function of a JSON event: it contains a name and a count, and the result is the greeting."""

from dataclasses import dataclass
from datetime import UTC, datetime

from lambda_http_adapter import LambdaContext, run


@dataclass
class Greeting:
    """The event. ``{"firstName": "Ines"}`` is enough; other keys are ignored."""

    firstName: str  # noqa: N815  # the key in the event
    times: int = 1
    sent: datetime | None = None


@dataclass
class Reply:
    message: str
    request_id: str
    seconds_ago: float | None


def handler(event: Greeting, context: LambdaContext) -> Reply:
    if event.times < 1:
        raise ValueError("Nobody can be greeted less than once.")
    ago = None if event.sent is None else (datetime.now(UTC) - event.sent).total_seconds()
    return Reply(", ".join(["Hello"] * event.times) + f" {event.firstName}!", context.aws_request_id, ago)


if __name__ == "__main__":
    run(handler)
