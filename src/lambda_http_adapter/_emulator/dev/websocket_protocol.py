"""The WebSocket protocol of ``dev``: uvicorn's, with API Gateway's limits. Importing it needs uvicorn 0.53.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from ..doors.limits import MESSAGE_LIMIT

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

# Older ones don't wait for the client's part of the closing handshake, and send some refusals with two lengths.
if tuple(map(int, uvicorn.__version__.split(".")[:2])) < (0, 53):
    raise ImportError(f"uvicorn {uvicorn.__version__} is too old")

_FRAME_LIMIT = 32 * 1024


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Closes the connection with 1009 when a message or a frame is too large."""

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any]) -> None:
        super().__init__(config, server_state, app_state)
        self.conn.max_message_size, self.conn.max_fragment_size = MESSAGE_LIMIT, _FRAME_LIMIT

    def handle_parser_exception(self) -> None:
        """Close this side only, and read on until the client has closed its side.

        With unread data, TCP would reset the connection, and a client that is still sending would see 1006 instead of
        the code.
        """
        if self.close_sent:  # called for all later data, too
            return
        close = self.conn.close_sent
        if close is None:  # the client hasn't waited for the end of the handshake
            self.transport.close()
            return
        self.close_sent = True
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)
        self.queue.put_nowait({"type": "websocket.disconnect", "code": close.code, "reason": close.reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.write_eof()
