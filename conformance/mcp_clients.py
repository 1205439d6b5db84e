"""A front door in place of the transport with which the tests of the MCP SDK stream a server's responses."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from .asgi_clients import AsyncFrontDoorTransport

if TYPE_CHECKING:
    from lambda_http_adapter._types import SingleCallable

    from .front_door import FrontDoor


def replace_clients(front_door: FrontDoor) -> None:
    """For the rest of the process, whose working directory is the suite's."""

    class Transport(AsyncFrontDoorTransport):
        door = front_door

        def __init__(self, app: SingleCallable, *, cancel_on_close: bool = True) -> None:
            super().__init__(app)

    setattr(importlib.import_module("tests.interaction.transports._bridge"), "StreamingASGITransport", Transport)  # noqa: B010
