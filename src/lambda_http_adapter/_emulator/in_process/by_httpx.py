"""What needs httpx itself: requests as its users write them, and clients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import httpx

from ...errors import ConfigurationError
from ..doors.caller import Caller, with_caller
from .transport import CLIENT, LambdaTransport, client_request, configured_door

if TYPE_CHECKING:
    from typing import Any, Unpack

    from ..doors.client import ClientRequest
    from ..doors.door import FrontDoor
    from .runners import App
    from .transport import TransportOptions

Fields = Mapping[str, str] | Sequence[tuple[str, str]]

_TIMEOUT = 15 * 60  # as long as a function may take


def make_event(
    method: str = "GET",
    url: str = "/",
    *,
    origin: FrontDoor = "function-url",
    params: Fields | None = None,
    headers: Fields | None = None,
    content: str | bytes | None = None,
    json: object = None,
    stage: str | None = None,
    base_path: str = "",
    domain_name: str = "",
    binary_media_types: Sequence[str] = ("*/*",),
    client: str = CLIENT,
    request_context: Mapping[str, object] | None = None,
    path_parameters: Mapping[str, str] | None = None,
    stage_variables: Mapping[str, str] | None = None,
    authorizer: Mapping[str, Mapping[str, object]] | None = None,
) -> dict[str, Any]:
    """The event that a front door of that name sends for a request.

    ``params``, ``headers``, ``content`` and ``json`` are httpx's; the rest is ``LambdaTransport``'s. Where ``url`` is
    a path alone, the host is the front door's own. Raises ConfigurationError for a name that no front door has and for
    a value that its event can't carry, and ValueError where it would send no event.
    """
    door = configured_door(origin, stage, base_path, domain_name, binary_media_types)
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    fields = [(name.encode("ascii"), value.encode()) for name, value in pairs]
    query = httpx.QueryParams(tuple(params.items() if isinstance(params, Mapping) else params or ()))
    request = httpx.Request(method, url, params=query or None, headers=fields, content=content, json=json)
    caller = Caller(request_context, path_parameters, stage_variables, authorizer)
    return with_caller(door.event(client_request(request, client)), door, caller)


def open_client(app: App, origin: FrontDoor, **options: Unpack[TransportOptions]) -> httpx.Client:
    """A client that finds the app at its base URL, wherever the front door has it."""
    transport = LambdaTransport(app, origin, **options)
    return httpx.Client(transport=transport, base_url=transport.url)


@contextmanager
def ask(request: ClientRequest, url: str) -> Iterator[httpx.Response]:
    """The response of whatever is at ``url``, over the network. Raises ConfigurationError where there is none."""
    target = f"{url.rstrip('/')}{request.path}" + (f"?{request.query}" if request.query else "")
    headers = [(b"user-agent", b"lambda-http-adapter"), (b"accept", b"*/*"), *request.headers]
    message = httpx.Request(request.method, target, headers=headers, content=request.body or None)
    try:
        with httpx.Client(timeout=_TIMEOUT) as client, closing(client.send(message, stream=True)) as response:
            yield response
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ConfigurationError(f"{target} can't be requested: {str(error).rstrip('.')}.") from error
