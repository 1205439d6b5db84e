"""The open connections of a WebSocket API."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, cast

from ...origins import RequestOrigin
from ..doors.client import ClientRequest, header_value
from ..doors.event_fields import gateway_id
from ..doors.events import make_event

if TYPE_CHECKING:
    from ..._types import Send
    from ..._values.request import LambdaEvent
    from ..doors.events import EventType

_ID = re.compile(r"[\w-]{15}=", re.ASCII)


class Connection:
    """One client's connection. Times are in seconds since the epoch.

    ``handshake``: the client's request for the connection. ``stage``: the API's.
    """

    def __init__(self, handshake: ClientRequest, stage: str, send: Send) -> None:
        self.id = gateway_id()
        self.handshake = handshake
        self.connected_at = self.last_active_at = time.time()
        self._stage = stage
        self._send = send
        self._opened = self._active = time.monotonic()

    @property
    def user_agent(self) -> str:
        return header_value(self.handshake.headers, "user-agent")

    def event(self, event_type: EventType, route_key: str, text: str = "", **context: object) -> LambdaEvent:
        """``context``: further fields of the requestContext."""
        event = make_event(
            RequestOrigin.websocket,
            self.handshake._replace(body=text.encode()),
            stage=self._stage,
            # With the port: an app that makes the management API's URL of it reaches this machine.
            domain_name=self.handshake.host,
            event_type=event_type,
            route_key=route_key,
        )
        ours = {"connectionId": self.id, "connectedAt": int(self.connected_at * 1000), **context}
        cast("LambdaEvent", event["requestContext"]).update(ours)
        return event

    def seconds_left(self, idle_timeout: float | None, duration: float) -> float:
        """Until the connection has been idle, or open, for too long."""
        left = self._opened + duration - time.monotonic()
        if idle_timeout is None:
            return left
        return min(left, self._active + idle_timeout - time.monotonic())

    def touch(self) -> None:
        """A message has come or gone."""
        self.last_active_at = time.time()
        self._active = time.monotonic()

    async def accept(self, subprotocol: str | None) -> None:
        """Raises OSError if the client is gone."""
        self._opened = self._active = time.monotonic()
        await self._send({"type": "websocket.accept", "subprotocol": subprotocol})

    async def send(self, text: str) -> None:
        """Raises OSError if the connection is closed."""
        self.touch()
        try:
            await self._send({"type": "websocket.send", "text": text})
        except RuntimeError as error:  # this side has closed it
            raise ConnectionError from error

    async def close(self, code: int, reason: str) -> None:
        try:
            await self._send({"type": "websocket.close", "code": code, "reason": reason})
        except (OSError, RuntimeError):
            pass  # it is closed already, by the client or by this side


class Connections:
    """The open ones, by their ID."""

    def __init__(self) -> None:
        self._open: dict[str, Connection] = {}

    def add(self, connection: Connection) -> None:
        self._open[connection.id] = connection

    def remove(self, connection: Connection) -> None:
        self._open.pop(connection.id, None)

    def find(self, connection_id: str) -> Connection | None:
        return self._open.get(connection_id)


def is_connection_id(text: str) -> bool:
    """Whether ``text`` can be the ID of a connection, open or not."""
    return _ID.fullmatch(text) is not None
