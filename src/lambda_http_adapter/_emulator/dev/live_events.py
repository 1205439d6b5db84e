"""The changes of a history as server-sent events, for as long as a client listens.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .record_json import JSON, sandbox_summary, summary

if TYPE_CHECKING:
    from ..._types import Receive
    from ..sandbox.pool import Pool
    from .client_io import ResponseWriter
    from .history import History

_TICK = 1.0  # seconds between looks at the sandboxes' memory
_PACE = 0.1  # seconds in which changes are collected
_KEEP_ALIVE = 15.0  # seconds of silence


class LiveEvents:
    """Sends what is newer than the client's version, so that a slow client gets fewer events, never a queue of them.

    ``keep_alive``: seconds of silence before a comment is sent.
    """

    def __init__(
        self, history: History, pools: Sequence[Pool], about: Callable[[], JSON], keep_alive: float = _KEEP_ALIVE
    ) -> None:
        self._keep_alive = keep_alive
        self._history = history
        self._pools = pools
        self._about = about

    async def send(self, last_event_id: str, writer: ResponseWriter, receive: Receive) -> None:
        """Send until the client hangs up. ``last_event_id``: where an earlier connection ended, or ""."""
        hang_up = asyncio.ensure_future(receive())  # after the body comes only http.disconnect
        changes = asyncio.ensure_future(self._send_changes(self._resumed(last_event_id), writer))
        try:
            await asyncio.wait((hang_up, changes), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (hang_up, changes):
                task.cancel()
            await asyncio.gather(hang_up, changes, return_exceptions=True)

    async def _send_changes(self, sent: int, writer: ResponseWriter) -> None:
        sent_at = time.monotonic()
        if not sent:
            sent = await self._send_event("snapshot", 0, writer)
        while True:
            await self._history.wait_for_change(sent, _TICK)
            await asyncio.sleep(_PACE)
            self._observe()
            if self._history.version > sent:
                sent = await self._send_event("change", sent, writer)
                sent_at = time.monotonic()
            elif time.monotonic() - sent_at > self._keep_alive:
                await writer.send_chunk(b": keep-alive\n\n")
                sent_at = time.monotonic()

    async def _send_event(self, kind: str, since: int, writer: ResponseWriter) -> int:
        """Returns the version that the client then has."""
        history = self._history
        self._observe()
        version = history.version
        data: JSON = {
            "now": round(time.time() * 1000, 2),
            "oldest": history.records[0].number if history.records else 1,
            "invocations": [summary(record) for record in history.records if record.version > since],
            "sandboxes": [sandbox_summary(record) for record in history.sandboxes if record.version > since],
        }
        if not since:
            data |= self._about()
        event = f"event: {kind}\nid: {history.run}-{version}\ndata: {json.dumps(data)}\n\n"
        await writer.send_chunk(event.encode())
        return version

    def _observe(self) -> None:
        for pool in self._pools:
            self._history.observe(pool.sandboxes)

    def _resumed(self, last_event_id: str) -> int:
        """The version that the client has; 0 if it is another process's."""
        run, _, version = last_event_id.partition("-")
        try:
            known = int(version)
        except ValueError:
            return 0
        return known if run == self._history.run and 0 < known <= self._history.version else 0
