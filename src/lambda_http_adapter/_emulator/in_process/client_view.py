"""What the client gets of a response, part by part as the function sends it: the reply as seen from outside."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from ..._delivery import End, Failure
from ..._delivery.encoders import has_no_body
from ..._runtime.error_report import report_of
from ...errors import ProtocolError
from ..doors.client import ClientResponse
from ..doors.prelude import INTEGRATION
from ..doors.responses import method_of

if TYPE_CHECKING:
    from ..._delivery import Encoder, Part
    from ..._values.context import LambdaContext
    from ..._values.request import LambdaEvent
    from ..doors.door import Door

_logger = logging.getLogger("lambda_http_adapter")

# The head, with the whole body where that came in one piece; then what else there is of it.
Piece = ClientResponse | bytes

_DELIMITER = bytes(8)


class ClientView:
    """One response. ``begun`` once the client has a head, ``closed`` once no more will come.

    ``streams``: the front door is configured for a streamed response. Where it isn't, it waits for the whole one.
    """

    def __init__(self, door: Door, event: LambdaEvent, context: LambdaContext, streams: bool) -> None:
        self.event = event
        self.context = context
        self.begun = self.closed = self.failed = False
        self._door = door
        self._streams = streams
        self._silent = False
        self._collected = b""

    def encode_with(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def pieces(self, *parts: Part) -> list[Piece]:
        """What the client gets of these parts. Nothing once it is closed."""
        pieces: list[Piece] = []
        for part in parts:
            if self.closed:
                break
            if isinstance(part, Failure):
                pieces += self._fail(part.error)
                continue
            try:
                data = b"".join(self._encoder.encode(part))
            except Exception as error:
                _logger.error("Request %s: %s", self.context.aws_request_id, error)
                pieces += self._fail(error)
                continue
            pieces += self._end(data) if isinstance(part, End) else self._take(data)
        return pieces

    def _end(self, data: bytes) -> list[Piece]:
        self.closed = True
        if self.begun:
            return self._visible(data)
        return [self._door.response(_result(self._collected + data), self.event)]

    def _fail(self, error: Exception) -> list[Piece]:
        """The front door's own answer to an error. A response that has begun ends, and no client learns why."""
        self.closed = self.failed = True
        if self.begun:
            return []
        payload = json.loads(report_of(error, self.context.aws_request_id).payload)
        return [self._door.response(payload, self.event, failed=True)]

    def require_end(self) -> None:
        """Raises ProtocolError where the function has returned without one."""
        if not self.closed:
            raise ProtocolError("The function returned without a response.")

    def _take(self, data: bytes) -> list[Piece]:
        if not self._streams:
            self._collected += data
            return []
        if not data or self.begun:
            return self._visible(data)
        self.begun = True
        if self._encoder.content_type != INTEGRATION:
            content_type = (b"content-type", self._encoder.content_type.encode("latin-1"))
            return [ClientResponse(200, [content_type], b""), data]
        prelude, _, rest = data.partition(_DELIMITER)
        head = self._door.response(json.loads(prelude), self.event, streamed=True)
        # A head with a body is the front door's own error.
        self._silent = bool(head.body) or has_no_body(method_of(self.event), head.status)
        return [head, *self._visible(rest)]

    def _visible(self, data: bytes) -> list[Piece]:
        """What the front door hands on of a stream's body."""
        return [data] if data and not self._silent else []


def _result(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return data.decode(errors="replace")
