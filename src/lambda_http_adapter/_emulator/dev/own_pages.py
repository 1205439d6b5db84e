"""What the emulator itself answers, under ``/_lambda``: its page, and what the page asks for.

| path | answer |
|---|---|
| ``/_lambda`` | the page |
| ``/_lambda/events`` | the invocations, sandboxes and settings, then their changes, as server-sent events |
| ``/_lambda/invocations/{id}`` | everything about one request, as JSON |
| ``/_lambda/fixtures/{id}`` | its event as a file |
| ``POST /_lambda/replay/{id}`` | sends its event again: 202 and the new request's number |

``{id}`` is the request's number or its invocation's request ID.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..doors.client import ClientRequest, ClientResponse, header_value
from .client_io import ResponseWriter
from .history import History, RequestRecord
from .live_events import LiveEvents
from .record_json import JSON, details
from .saved_events import event_file, event_file_name
from .trusted_request import is_trusted, refusal

if TYPE_CHECKING:
    from ..._types import Receive, Send
    from ..._values.request import Headers
    from ..sandbox.pool import Pool

STATUS_PATH = "/_lambda"
_FOLDER = Path(__file__).parent / "page"
_PAGE = "index.html"
_TYPES = {
    ".html": b"text/html; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
}
# The page shows hostile input, none of which may run, and no other site may show or read the page.
_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    b"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS: Headers = [
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"referrer-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
]


def is_own_path(path: str) -> bool:
    return f"{path}/".startswith(f"{STATUS_PATH}/")


class OwnPages:
    """``pools``: the sandboxes to show. ``about`` returns the page's title and the settings in force. ``replay`` sends
    a past request's event again and returns the record of the new one. ``listens_at``: the option ``--host``."""

    def __init__(
        self,
        history: History,
        pools: Sequence[Pool],
        about: Callable[[], JSON],
        replay: Callable[[RequestRecord], RequestRecord],
        listens_at: str,
    ) -> None:
        self._history = history
        self._live_events = LiveEvents(history, pools, about)
        self._replay = replay
        self._listens_at = listens_at
        self._files = {file.name for file in _FOLDER.iterdir() if file.suffix in _TYPES}

    async def serve(self, request: ClientRequest, receive: Receive, send: Send) -> None:
        writer = ResponseWriter(RequestRecord(request.method, request.path), send)
        if not is_trusted(request, self._listens_at):
            await _send(refusal(request), writer)
            return
        path = request.path.removeprefix(STATUS_PATH).strip("/")
        if path == "events" and request.method == "GET":
            last_event_id = header_value(request.headers, "last-event-id") or request.query.removeprefix("since=")
            await writer.begin(200, [(b"content-type", b"text/event-stream; charset=utf-8"), *_HEADERS])
            await self._live_events.send(last_event_id, writer, receive)
            return
        await _send(self._response(request.method, path), writer)

    def _response(self, method: str, path: str) -> ClientResponse:
        match method, path.split("/"):
            case "GET" | "HEAD", [name] if not name or name in self._files:
                return _file(name or _PAGE)
            case "GET", ["invocations", name] if record := self._history.look_up(name):
                return _json(200, details(record))
            case "GET", ["fixtures", name] if (record := self._history.look_up(name)) and record.event is not None:
                return _fixture(record)
            case "POST", ["replay", name] if (record := self._history.look_up(name)) and record.event is not None:
                return _json(202, {"number": self._replay(record).number})
        sentence = b"There is nothing here. The history keeps the latest requests only.\n"
        return ClientResponse(404, [(b"content-type", b"text/plain; charset=utf-8")], sentence)


def _file(name: str) -> ClientResponse:
    file = _FOLDER / name
    return ClientResponse(200, [(b"content-type", _TYPES[file.suffix])], file.read_bytes())


def _json(status: int, value: JSON) -> ClientResponse:
    # In ASCII: UTF-8 has no lone surrogates, which events and results may have.
    return ClientResponse(status, [(b"content-type", b"application/json")], json.dumps(value).encode())


def _fixture(record: RequestRecord) -> ClientResponse:
    assert record.event is not None
    name = event_file_name(record.number, record.method, record.target.partition("?")[0])
    disposition = f'attachment; filename="{name}"'.encode()
    return ClientResponse(
        200,
        [(b"content-type", b"application/json"), (b"content-disposition", disposition)],
        event_file(record.event),
    )


async def _send(response: ClientResponse, writer: ResponseWriter) -> None:
    await writer.send(response._replace(headers=[*response.headers, *_HEADERS]))
