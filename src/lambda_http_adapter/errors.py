"""What can go wrong, sorted by whose fault it is.

AdapterError                  everything below
├── EventError                the caller's: the event can't be served
│   ├── UnknownOriginError    no origin recognises its shape
│   ├── MalformedEventError   its origin is known, one field is not as AWS documents it
│   └── PayloadError          it doesn't fit the type that the handler asks for
├── AppError                  the app's
│   ├── ProtocolError         it broke ASGI, PEP 3333 or a documented message order
│   ├── LifespanError         its startup failed
│   ├── ResultError           its handler returned what can't be sent
│   ├── ResponseTooLargeError its response exceeds what the origin can carry
│   └── FailedStatusError     it answered with a status that is configured to fail the invocation
├── RuntimeAPIError           the Runtime API's: it can't be reached or refused us
└── ConfigurationError        the operator's: option, environment variable or import string
"""


class AdapterError(Exception):
    """Any error that this package raises on purpose."""

    error_type: str | None = None
    """What the Runtime API calls it, where it has a name of its own for it."""


class EventError(AdapterError):
    """The event can't be served: it is not JSON, or not an event that is configured to be answered."""


class UnknownOriginError(EventError):
    """No configured origin recognises the event."""


class MalformedEventError(EventError):
    """The event's origin is known but ``field`` is not as AWS documents it."""

    def __init__(self, origin: str, field: str, problem: str) -> None:
        super().__init__(f"Malformed {origin} event: {field} {problem}.")
        self.origin = origin
        self.field = field


class PayloadError(EventError):
    """The event doesn't fit ``expected``, the type that the handler asks for.

    ``field`` is a path such as ``items[1].price``, empty where the event as a whole is the problem.
    """

    def __init__(self, expected: str, field: str, problem: str) -> None:
        super().__init__(f"The event doesn't fit {expected}: {field or 'it'} {problem}.")
        self.expected = expected
        self.field = field


class AppError(AdapterError):
    """The app's answer can't be delivered."""


class ProtocolError(AppError):
    """The app sent a message its protocol doesn't allow in this state."""


class LifespanError(AppError):
    """The app reported that its startup failed, or has no lifespan where ``lifespan="on"`` asks for one."""


class ResultError(AppError):
    """The handler returned something that is neither JSON, nor bytes, nor a stream of them."""


class ResponseTooLargeError(AppError):
    """The response is larger (``size`` bytes) than its origin can carry (``limit`` bytes)."""

    def __init__(self, origin: str, size: int, limit: int) -> None:
        super().__init__(
            f"The response is {size:,} bytes as {origin} carries it, the limit is {limit:,}. Stream it, which Function "
            "URLs and REST APIs can, make it smaller, or answer with a presigned S3 URL."
        )
        self.size = size
        self.limit = limit


class FailedStatusError(AppError):
    """The app answered with ``status``, which the configuration or the origin counts as a failed invocation."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"The app answered with status {status}: {body[:1024]}")
        self.status = status


class RuntimeAPIError(AdapterError):
    """The Runtime API can't be reached, or refused a call in a way that leaves nothing to go on with."""


class ConfigurationError(AdapterError):
    """An option, an environment variable or an import string is wrong."""
