"""An internal extension that buys SIGTERM: Lambda sends one only to an environment that has an extension.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..errors import RuntimeAPIError
from .client import Buffers
from .sync_connection import SyncConnection

if TYPE_CHECKING:
    from .start import Environment

_logger = logging.getLogger("lambda_http_adapter")

_EXTENSION = "/2020-01-01/extension"

GRACE = 0.3
"""Seconds for the invocation in flight. SIGKILL follows SIGTERM within half a second, and shutdown wants its part."""


class Extension:
    """A registered extension that waits for an event that never comes: its wait lets Lambda end the init phase.

    Nothing is ever read from the connection; it only has to stay.
    """

    def __init__(self, authority: str, identifier: str) -> None:
        """Raises OSError."""
        self._authority = authority
        self._identifier = identifier
        self._connection = SyncConnection(authority)
        self._connection.open()
        self._connection.send(
            [
                f"GET {_EXTENSION}/event/next HTTP/1.1\r\nHost: {authority}\r\n"
                f"Lambda-Extension-Identifier: {identifier}\r\n\r\n".encode("latin-1")
            ]
        )

    def renewed(self) -> Extension | None:
        """The same after a snapshot, which no connection survives."""
        self._connection.close()
        try:
            return Extension(self._authority, self._identifier)
        except OSError as error:
            _warn(error)
            return None


def before_first_poll(environment: Environment, graceful: bool) -> Extension | None:
    """The last step of the init phase. Keep the extension for as long as a SIGTERM is wanted."""
    extension = register(environment.authority) if graceful else None
    if environment.snap_start:
        from .snapstart import snapshot

        snapshot(environment.authority)
        if extension is not None:
            extension = extension.renewed()
    return extension


def register(authority: str) -> Extension | None:
    """Register before the first ``/next``, which closes the registration.

    A failure is logged: the function works without, and ends without notice as most do.
    """
    connection = SyncConnection(authority)
    try:
        connection.send(_registration(authority))
        answer = connection.answer()
        identifier = answer.headers.get(b"lambda-extension-identifier")
        if answer.status != 200 or identifier is None:
            raise RuntimeAPIError(f"extension/register answered {answer.status}: {answer.body[:1024]!r}")
        return Extension(authority, identifier.decode("latin-1"))
    except (RuntimeAPIError, OSError) as error:
        _warn(error)
        return None
    finally:
        connection.close()


def _registration(authority: str) -> Buffers:
    # An internal extension may register for no event at all.
    body = b'{"events":[]}'
    head = (
        f"POST {_EXTENSION}/register HTTP/1.1\r\nHost: {authority}\r\n"
        "Lambda-Extension-Name: lambda-http-adapter\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return [head.encode("latin-1"), body]


def _warn(error: Exception) -> None:
    _logger.warning("No SIGTERM will come before the end: %s", error)
