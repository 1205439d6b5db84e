"""SIGTERM before the end: Lambda sends one only to an environment that has an extension.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
"""

from __future__ import annotations

import logging

from ..errors import RuntimeAPIError
from .extension_api import Extension
from .sync_connection import Connection

_logger = logging.getLogger("lambda_http_adapter")

GRACE = 0.3
"""Seconds for the invocation in flight. SIGKILL follows SIGTERM within half a second, and shutdown wants its part."""


class Announcement:
    """An extension that waits for an event that never comes: that it waits is what lets Lambda end the init phase.

    Nothing is ever read from the connection; it only has to stay.
    """

    def __init__(self, authority: str, extension: Extension) -> None:
        self._authority = authority
        self._extension = extension
        self._connection = Connection(authority)
        self._connection.open()
        self._connection.send(extension.next())

    def renewed(self) -> Announcement | None:
        """The same after a snapshot, which no connection survives."""
        self._connection.close()
        try:
            return Announcement(self._authority, self._extension)
        except OSError as error:
            _warn(error)
            return None


def announce(authority: str) -> Announcement | None:
    """Register before the first ``/next``, which closes the registration.

    Failure is logged: the function works without, and ends without notice as most do.
    """
    connection = Connection(authority)
    try:
        connection.send(Extension.registration(authority))
        return Announcement(authority, Extension(authority, connection.answer()))
    except (RuntimeAPIError, OSError) as error:
        _warn(error)
        return None
    finally:
        connection.close()


def _warn(error: Exception) -> None:
    _logger.warning("No SIGTERM will come before the end: %s", error)
