"""Events that aren't HTTP requests (a queue's, a schedule's, a task's), each as a POST to one path of the app."""

# Facts
# - The request body is the event as JSON. The response body, also JSON, is the function's result.
# - The services that send such events don't read an HTTP status. A queue deletes its message and a stream goes on
#   unless the invocation fails: only a status of 2xx lets it succeed.
# - Events of other kinds (a test event, a state machine's task) keep the rule of Lambda Web Adapter: an app without a
#   route for them responds with 404 or 405, the invocation succeeds, and a warning is logged.
# - A ping that keeps the environment warm isn't for the app: its host check may refuse the ping, and what the app
#   derives from its first request (Django's STATIC_URL) would lack the stage from then on.

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from .._values.codec import b64decode, dumps, loads
from ..errors import EventError, FailedStatusError
from ._http_request import build_request, canonical_path
from ._origin import Origin

if TYPE_CHECKING:
    from .._values.config import Config
    from .._values.request import Headers, LambdaEvent
    from ._http_request import HTTPRequest

_NAME = "pass_through"
_logger = logging.getLogger("lambda_http_adapter")

# A field of each service that invokes again, or deletes what it has sent, by the outcome of the invocation.
_DELIVERY_FIELDS = frozenset(
    {
        "Records",  # SQS, SNS, S3, Kinesis, DynamoDB, SES, CodeCommit
        "records",  # Kafka, Firehose
        "eventSource",  # Kafka, Amazon MQ, DocumentDB
        "detail-type",  # EventBridge and its Scheduler
        "awslogs",  # CloudWatch Logs
        "invokingEvent",  # Config
        "invocationSchemaVersion",  # S3 Batch Operations
        "ResponseURL",  # CloudFormation
        "SecretId",  # Secrets Manager
        "CodePipeline.job",
    }
)


def matches(event: LambdaEvent) -> bool:
    """Any event. This origin is tried last, and only if ``pass_through_path`` is configured."""
    return True


def is_warm_up(event: object) -> bool:
    """Whether this is a ping of serverless-plugin-warmup or lambda-warmer, for serverless-wsgi, or an empty object."""
    if not isinstance(event, dict):
        return False
    if event.get("source") == "aws.events":  # serverless-wsgi's; with a detail-type it is a real schedule
        return "detail-type" not in event
    return event == {} or event.get("source") == "serverless-plugin-warmup" or event.get("warmer") is True


def decode(event: LambdaEvent, config: Config, payload: bytes | None = None) -> HTTPRequest:
    """``payload`` is the event as Lambda sent it: JSON that is decoded and encoded again may lose digits or keys."""
    if payload is None:
        try:
            payload = dumps(event)
        except (RecursionError, TypeError, ValueError) as error:  # hand-written, or nested almost too deeply
            raise EventError(f"The event can't be passed to the app as JSON: {error}.") from error
    return build_request(
        method="POST",
        path=canonical_path(config.pass_through_path or "/"),
        query_string=b"",
        headers=[(b"host", config.pass_through_host.encode()), (b"content-type", b"application/json")],
        body=payload,
        default_scheme="https",
        config=config.but(base_path="", root_path=""),
    )


def origin_at(path: str) -> Origin:
    """The origin of an app that has its route for events at ``path``."""
    return Origin(_NAME, matches, decode, partial(_encode, path))


def _encode(path: str, status: int, headers: Headers, body: str, is_base64: bool, event: LambdaEvent) -> object:
    """The response's JSON.

    event of             status      JSON or empty     anything else
    any service          2xx         the value         FailedStatusError
    one that retries     other       FailedStatusError
    another              1xx, 3xx    the value         FailedStatusError
    another              404, 405    the value         None
    another              other       FailedStatusError
    """
    no_route = status in (404, 405)
    if not 200 <= status < 300 and _is_delivery(event):
        raise FailedStatusError(status, body, _explanation(path, headers))
    if no_route:
        _logger.warning("The app has no route for events at %s (status %d); pass_through_path names it", path, status)
    elif status >= 400:
        raise FailedStatusError(status, body, f" at {path}")
    if not body:
        return None
    try:
        return loads(b64decode(body) if is_base64 else body.encode())
    except ValueError:
        if no_route:
            return None
        raise FailedStatusError(status, body, f" at {path}, and with a body that isn't JSON") from None


def _is_delivery(event: object) -> bool:
    """Whether the event's sender decides by the outcome of the invocation to send it again or to delete it."""
    if isinstance(event, list):  # EventBridge Pipes send the records alone
        event = event[0] if event else None
    if not isinstance(event, dict):
        return False
    source = event.get("source")
    is_from_aws = isinstance(source, str) and source.startswith("aws.")  # alarms have no detail-type
    return is_from_aws or not _DELIVERY_FIELDS.isdisjoint(event)


def _explanation(path: str, headers: Headers) -> str:
    location = next((value.decode("latin-1") for name, value in headers if name.lower() == b"location"), "")
    target = f" (a redirect to {location})" if location else ""
    return (
        f" at {path}{target}. For an event that is sent again or deleted by the outcome, only 2xx is a success: let "
        "pass_through_path name a route that accepts the event as a POST and pass_through_host a host that the app "
        "allows, or handle the event with on_event. The response"
    )


ORIGIN = origin_at("/events")
