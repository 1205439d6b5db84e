"""The errors of this package, by whose fault they are.

AdapterError                  the base class of all
├── EventError                the caller's fault: the event can't be served
│   ├── UnknownOriginError    no origin matches the event
│   ├── MalformedEventError   the origin is known, but a field isn't as AWS documents it
│   │   └── TruncatedBodyError the front door has cut off the request's body
│   └── PayloadError          the event doesn't have the type that the handler asks for
├── AppError                  the app's fault
│   ├── ProtocolError         the app violated ASGI or PEP 3333
│   ├── LifespanError         the app's startup failed
│   ├── ResultError           the handler's result can't be sent
│   ├── ResponseTooLargeError the response exceeds the origin's limit
│   └── FailedStatusError     the response has a status that fails the invocation
├── RuntimeAPIError           the Runtime API can't be reached, or refused a call
└── ConfigurationError        the operator's fault: an option, environment variable or import string
"""


class AdapterError(Exception):
    """Base class of the errors that this package raises on purpose."""

    error_type: str | None = None
    """The error type that is reported to the Runtime API, such as ``Runtime.HandlerNotFound``; None for the default,
    which is derived from the name of the class."""


class EventError(AdapterError):
    """The event can't be served: it isn't JSON, or the function isn't configured for events of its kind."""


class UnknownOriginError(EventError):
    """None of the configured origins matches the event."""


class MalformedEventError(EventError):
    """The event's origin is known, but one of its fields isn't as AWS documents it.

    ``origin`` is the origin's name, ``field`` the path of the field, such as ``requestContext.http.method``.
    """

    status = 400
    """The status of the response that the client gets."""

    def __init__(self, origin: str, field: str, problem: str) -> None:
        super().__init__(f"Malformed {origin} event: {field} {problem}.")
        self.origin = origin
        self.field = field


class TruncatedBodyError(MalformedEventError):
    """The front door has cut off the request's body, and an app would take the rest for the whole.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-include-body-access.html
    """

    status = 413


class PayloadError(EventError):
    """The event doesn't have the type that the handler asks for.

    ``expected`` is the name of that type. ``field`` is the path of the wrong field, such as ``items[1].price``. It is
    empty if the event as a whole is wrong.
    """

    def __init__(self, expected: str, field: str, problem: str) -> None:
        super().__init__(f"The event doesn't fit {expected}: {field or 'it'} {problem}.")
        self.expected = expected
        self.field = field


class AppError(AdapterError):
    """The app failed, or its response or result can't be delivered."""


class ProtocolError(AppError):
    """The app violated its protocol: a message that isn't allowed in this state, or a value of the wrong type."""


class LifespanError(AppError):
    """The app reported that its startup failed, or has no lifespan although ``lifespan="on"`` requires one."""


class ResultError(AppError):
    """The handler returned a value that can't be sent: not JSON serializable, not bytes, not a stream of bytes."""


class ResponseTooLargeError(AppError):
    """The response exceeds the origin's limit. ``size`` and ``limit`` are in bytes, as the origin counts them."""

    def __init__(self, origin: str, size: int, limit: int) -> None:
        super().__init__(
            f"The response is {size:,} bytes as {origin} carries it, the limit is {limit:,}. Make it smaller, stream "
            "it (Function URLs and REST APIs can), or redirect to a presigned S3 URL."
        )
        self.size = size
        self.limit = limit


class FailedStatusError(AppError):
    """The app responded with ``status``, which fails the invocation.

    The option ``fail_on_status`` lists such statuses. For an event that isn't an HTTP request, every status of 400 or
    more is one, except 404 and 405; every status except 2xx, if the event's sender sends it again or deletes it
    depending on the outcome. ``place`` continues the sentence behind the status.
    """

    body_limit = 2048
    """The message contains up to this many characters of the response's body."""

    def __init__(self, status: int, body: str, place: str = "") -> None:
        super().__init__(f"The app answered with status {status}{place}: {body[: self.body_limit]}")
        self.status = status


class RuntimeAPIError(AdapterError):
    """The Runtime API can't be reached, or refused a call without which the loop can't continue."""


class ConfigurationError(AdapterError):
    """An option, an environment variable or an import string is wrong."""
