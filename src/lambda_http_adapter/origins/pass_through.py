"""Events that aren't HTTP requests (a queue's, a schedule's, a warm-up ping), each as a POST to one path of the app."""

# Facts
# - The request body is the event as JSON. The response body, also JSON, is the function's result.
# - The services that send such events don't read an HTTP status. A queue would delete the message of a 500, so a status
#   of 400 or more fails the invocation: queues, streams and alarms react to that.
# - An app without a route for events responds with 404 or 405. The invocation succeeds, as with Lambda Web Adapter, and
#   a warning is logged.

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from .._values.codec import b64decode, dumps, loads
from ..errors import FailedStatusError
from ._http_request import build_request, canonical_path
from ._origin import Origin

if TYPE_CHECKING:
    from .._values.config import Config
    from .._values.request import Headers, LambdaEvent
    from ._http_request import HTTPRequest

_NAME = "pass_through"
_logger = logging.getLogger("lambda_http_adapter")


def matches(event: LambdaEvent) -> bool:
    """Any event. This origin is tried last, and only if ``pass_through_path`` is configured."""
    return True


def decode(event: LambdaEvent, config: Config) -> HTTPRequest:
    return build_request(
        method="POST",
        path=canonical_path(config.pass_through_path or "/"),
        query_string=b"",
        headers=[(b"content-type", b"application/json")],
        body=dumps(event),
        default_scheme="http",
        config=config.but(base_path="", root_path=""),
    )


def encode(status: int, headers: Headers, body: str, is_base64: bool, event: LambdaEvent) -> object:
    """The response's JSON.

    status      JSON or empty     anything else
    < 400       the value         FailedStatusError
    404, 405    the value         None
    other       FailedStatusError
    """
    no_route = status in (404, 405)
    if no_route:
        _logger.warning("The app has no route for events (status %d); pass_through_path names it", status)
    elif status >= 400:
        raise FailedStatusError(status, body)
    if not body:
        return None
    try:
        return loads(b64decode(body) if is_base64 else body.encode())
    except ValueError:
        if no_route:
            return None
        raise FailedStatusError(status, body) from None


ORIGIN = Origin(_NAME, matches, decode, encode)
