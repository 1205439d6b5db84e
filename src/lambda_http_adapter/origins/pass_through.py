"""Every event that is no HTTP request (a queue's, a schedule's, a warm-up ping) as a POST to one path of the app."""

# Facts
# - The request body is the event as JSON; the response body, JSON again, is the function's result.
# - The sender of such an event reads no status line. Answered with a 500, a queue would delete the message: so a
#   status of 400 or more fails the invocation, which is what queues, streams and alarms understand. 404 and 405 are
#   those of an app without such a route: the invocation succeeds, as with Lambda Web Adapter, and a warning says so.

from __future__ import annotations

import logging
from base64 import b64decode
from typing import TYPE_CHECKING

from .._values.codec import dumps, loads
from .._values.request import Headers, HTTPRequest, LambdaEvent
from ..errors import FailedStatusError
from . import _fields, _url
from ._origin import Origin

if TYPE_CHECKING:
    from .._values.config import Config

_NAME = "pass_through"
_logger = logging.getLogger("lambda_http_adapter")


def matches(event: LambdaEvent) -> bool:
    """Any event: it is asked last, and only where the configuration has a path for it."""
    return True


def decode(event: LambdaEvent, config: Config) -> HTTPRequest:
    return _fields.build_request(
        method="POST",
        path=_url.canonical_path(config.pass_through_path or "/"),
        query_string=b"",
        headers=[(b"content-type", b"application/json")],
        body=dumps(event),
        scheme="http",
        domain="",
        client=None,
        protocol=None,
        stage="",
        config=config.but(base_path="", root_path=""),
    )


def encode(status: int, headers: Headers, body: str, is_base64: bool, event: LambdaEvent) -> object:
    no_route = status in (404, 405)
    if status >= 400 and not no_route:
        raise FailedStatusError(status, body)
    if no_route:
        _logger.warning("The app has no route for events (status %d); pass_through_path names it", status)
    try:
        return loads(b64decode(body) if is_base64 else body.encode()) if body else None
    except ValueError:
        if no_route:
            return None
        raise FailedStatusError(status, body) from None


ORIGIN = Origin(_NAME, matches, decode, encode)
