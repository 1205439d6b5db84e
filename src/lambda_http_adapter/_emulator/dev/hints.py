"""Hints that a person needs once, and what is kept to give them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...origins import RequestOrigin

if TYPE_CHECKING:
    from ..doors.door import Door
    from ..sandbox.sandbox import Sandbox
    from .history import RequestRecord

STREAM = (
    "{target} is a stream of server-sent events, but this front door sends a response only when it has ended. "
    "Start `dev` with {options} to stream."
)
STATE = (
    "One client's requests have reached two sandboxes, which share no memory, as on Lambda. An app that keeps state in "
    "its process (Gradio's queue, socket.io's sessions) works with --max-concurrency N, one sandbox for N requests."
)
_CLIENTS_KEPT = 1000


class Hints:
    """``show`` gets each hint at most once."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._shown: set[str] = set()
        self._clients: dict[str, Sandbox] = {}

    def once(self, hint: str, **fields: str) -> None:
        if hint not in self._shown:
            self._shown.add(hint)
            self._show(hint.format(**fields))

    def stream(self, record: RequestRecord, door: Door) -> None:
        """``record`` asks for or gets a stream, and ``door`` buffers."""
        can_stream = door.is_rest_api or door.origin is RequestOrigin.function_url
        options = "--stream" if can_stream else "--stream and --origin function-url or rest"
        self.once(STREAM, target=f"{record.method} {record.target}", options=options)

    def met(self, client: str, sandbox: Sandbox) -> None:
        """``client`` is served by ``sandbox``; its earlier requests may have met another one that still lives."""
        if not client or STATE in self._shown:
            return
        if len(self._clients) >= _CLIENTS_KEPT:
            self._clients.clear()
        before = self._clients.setdefault(client, sandbox)
        if before is not sandbox and before.state != "ended" and not before.stopping:
            self.once(STATE)
        self._clients[client] = sandbox
