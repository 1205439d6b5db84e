"""The Invoke API of a function that runs elsewhere: in `dev`, or in another emulator."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from ...errors import ConfigurationError
from ...origins import RequestOrigin
from ..doors.client import ClientRequest, ClientResponse
from ..doors.prelude import INTEGRATION

if TYPE_CHECKING:
    import httpx

    from .typed_event import TypedEvent

_DELIMITER = bytes(8)


class Outcome(NamedTuple):
    """``response``: what the front door of the event makes of the result."""

    response: ClientResponse
    failed: bool


def invoke_at(url: str, function: str, typed: TypedEvent) -> Outcome:
    """Raises ConfigurationError if the event doesn't reach the function of that name."""
    from ..in_process.by_httpx import ask

    event, door = typed
    path = f"/2015-03-31/functions/{quote(function, safe='')}/invocations"
    headers = [(b"content-type", b"application/json")]
    body = json.dumps(event, ensure_ascii=False).encode(errors="surrogatepass")
    with ask(ClientRequest("POST", path, headers=headers, body=body), url) as response:
        result = response.read()
    if response.status_code != 200:
        raise ConfigurationError(_refusal(response, url))
    failed = "x-amz-function-error" in response.headers
    if door.origin is RequestOrigin.pass_through:
        return Outcome(ClientResponse(200, response.headers.raw, result), failed)
    return Outcome(door.response(_result(response, result), event, failed=failed), failed)


def _refusal(response: httpx.Response, url: str) -> str:
    error_type = response.headers.get("x-amzn-errortype")
    if error_type is None:
        return f"{url} has no Invoke API: it answered with {response.status_code}. Is it a running `dev`?"
    content = response.json()
    return f"{error_type}: {content.get('message') or content.get('Message')}"


def _result(response: httpx.Response, body: bytes) -> object:
    """The result as a front door reads it; of a streamed response the prelude, and its body in base64. The text of what
    isn't JSON."""
    is_stream = response.headers.get("content-type") == INTEGRATION
    prelude, _, rest = body.partition(_DELIMITER) if is_stream else (body, b"", b"")
    try:
        result = json.loads(prelude)
    except (ValueError, RecursionError):
        return body.decode(errors="replace")
    if is_stream and isinstance(result, dict):
        return {**result, "body": b64encode(rest).decode(), "isBase64Encoded": True}
    return result
