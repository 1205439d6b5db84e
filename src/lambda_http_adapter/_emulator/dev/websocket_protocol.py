"""The WebSocket protocol of ``dev``: uvicorn's, with API Gateway's limits.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from .management_api import MESSAGE_LIMIT

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

_FRAME_LIMIT = 32 * 1024
_LINGER = 5.0  # seconds


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Closes the connection with 1009 when a message or a frame is too large.

    It then closes only its own side and reads on: with unread data, TCP would reset the connection, and the client,
    which is still sending, would see 1006 instead. The app learns of the end when the client has closed its side.
    """

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any]) -> None:
        super().__init__(config, server_state, app_state)
        self.conn.max_message_size, self.conn.max_fragment_size = MESSAGE_LIMIT, _FRAME_LIMIT
        self._lingering: asyncio.TimerHandle | None = None

    def handle_parser_exception(self) -> None:
        """Called for all data after the fault, too."""
        if self._lingering is not None:
            return
        self.close_sent = True
        self._lingering = self.loop.call_later(_LINGER, self.transport.close)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.write_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._lingering is not None:
            self._lingering.cancel()
        close = self.conn.close_sent
        if self._lingering is not None and close is not None:
            self.queue.put_nowait({"type": "websocket.disconnect", "code": close.code, "reason": close.reason})
        super().connection_lost(exc)
