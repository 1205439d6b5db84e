"""The front doors as transports of httpx."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import httpx

from ..._values.config import load_config
from ...errors import ConfigurationError
from ..doors.client import ClientRequest, ClientResponse
from ..doors.door import Door, find_door
from .runners import async_runner, sync_runner

if TYPE_CHECKING:
    from typing import Unpack

    from ..._types import Options
    from ..._values.request import LambdaEvent
    from .aio import AsyncLocalInvocation
    from .delivery import Delivery
    from .runners import App
    from .sync import LocalInvocation

    class TransportOptions(Options, total=False):
        """The keyword arguments of the transports."""

        stage: str | None
        domain_name: str
        binary_media_types: Sequence[str]
        client: str


Fields = Mapping[str, str] | Sequence[tuple[str, str]]

_CLIENT = ClientRequest().client
_TIMEOUT = 15 * 60  # as long as a function may take


def configured_door(
    origin: str, stage: str | None, base_path: str, domain_name: str, binary_media_types: Sequence[str]
) -> Door:
    """Raises ConfigurationError for a name that no front door has."""
    door = find_door(origin).mounted(stage, base_path)
    return door._replace(domain_name=domain_name, binary_media_types=binary_media_types)


class LambdaTransport(httpx.BaseTransport):
    """Asks an app as AWS would: the request becomes the event of a front door, the answer what that makes of it.

    ``app`` is an ASGI or WSGI app, a function of a request or a handler, or an import string that leads to one.
    ``origin`` names the front door: ``function-url``, ``http-api``, ``http-api-v1``, ``rest``, ``alb``, ``alb-multi``,
    ``vpc-lattice``, ``lambda-edge``, or a ``RequestOrigin``. ``stage`` of an API stands in the client's path where
    ``domain_name``, else the URL's host, is an execute-api domain; ``binary_media_types`` are a REST API's; ``client``
    is the client's address.

    ``options`` are those of ``run_asgi`` and ``run_wsgi``, from the environment too. ``base_path`` configures the front
    door as well, and so does ``invoke_mode="response_stream"``: Function URLs and REST APIs hand on each chunk as the
    app makes it.

    An ASGI app runs in a thread with an event loop; its lifespan begins with the first request, or with the client's
    ``with``, and ends with ``close``. A WSGI app runs in the caller's thread unless its response streams. Raises
    ConfigurationError for a wrong option, and at a request ValueError where the front door would send no event.
    """

    def __init__(
        self,
        app: App,
        origin: str = "function-url",
        *,
        stage: str | None = None,
        domain_name: str = "",
        binary_media_types: Sequence[str] = ("*/*",),
        client: str = _CLIENT,
        **options: Unpack[Options],
    ) -> None:
        base_path = load_config(options, os.environ).base_path
        self._door = configured_door(origin, stage, base_path, domain_name, binary_media_types)
        self._runner = sync_runner(app, options)
        self._client = client

    def __enter__(self) -> LambdaTransport:
        self._runner.start()
        return self

    @property
    def url(self) -> str:
        """Where a client finds the app."""
        return self._door.url

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        event = self._door.event(client_request(request, self._client))
        self._runner.start()
        invocation = self._runner.invoke(event, self._door)
        try:
            head = invocation.head()
        except BaseException:
            invocation.close()
            raise
        return _response(head, invocation.delivery, ResponseStream(head.body, invocation))

    def close(self) -> None:
        self._runner.stop()


class ResponseStream(httpx.SyncByteStream):
    """The body of a response."""

    def __init__(self, body: bytes, invocation: LocalInvocation) -> None:
        self._body = body
        self._invocation = invocation

    def __iter__(self) -> Iterator[bytes]:
        if self._body:
            yield self._body
        while (piece := self._invocation.read()) is not None:
            yield piece
        _require_whole(self._invocation.delivery)

    def close(self) -> None:
        self._invocation.close()


class AsyncLambdaTransport(httpx.AsyncBaseTransport):
    """``LambdaTransport`` for ``httpx.AsyncClient``, on asyncio.

    An ASGI app runs in the caller's event loop, a WSGI app in a thread.
    """

    def __init__(
        self,
        app: App,
        origin: str = "function-url",
        *,
        stage: str | None = None,
        domain_name: str = "",
        binary_media_types: Sequence[str] = ("*/*",),
        client: str = _CLIENT,
        **options: Unpack[Options],
    ) -> None:
        base_path = load_config(options, os.environ).base_path
        self._door = configured_door(origin, stage, base_path, domain_name, binary_media_types)
        self._runner = async_runner(app, options)
        self._client = client

    async def __aenter__(self) -> AsyncLambdaTransport:
        await self._runner.start()
        return self

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        event = self._door.event(client_request(request, self._client))
        await self._runner.start()
        invocation = await self._runner.invoke(event, self._door)
        try:
            head = await invocation.head()
        except BaseException:
            await invocation.close()
            raise
        return _response(head, invocation.delivery, AsyncResponseStream(head.body, invocation))

    async def aclose(self) -> None:
        await self._runner.stop()


class AsyncResponseStream(httpx.AsyncByteStream):
    """The body of a response."""

    def __init__(self, body: bytes, invocation: AsyncLocalInvocation) -> None:
        self._body = body
        self._invocation = invocation

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._body:
            yield self._body
        while (piece := await self._invocation.read()) is not None:
            yield piece
        _require_whole(self._invocation.delivery)

    async def aclose(self) -> None:
        await self._invocation.close()


def make_event(
    method: str = "GET",
    url: str = "/",
    *,
    origin: str = "function-url",
    params: Fields | None = None,
    headers: Fields | None = None,
    content: str | bytes | None = None,
    json: object = None,
    stage: str | None = None,
    base_path: str = "",
    domain_name: str = "",
    binary_media_types: Sequence[str] = ("*/*",),
    client: str = _CLIENT,
) -> LambdaEvent:
    """The event that a front door of that name sends for a request.

    ``params``, ``headers``, ``content`` and ``json`` are httpx's; the rest is ``LambdaTransport``'s. Where ``url`` is
    a path alone, the host is the front door's own. Raises ConfigurationError for a name that no front door has, and
    ValueError where it would send no event.
    """
    door = configured_door(origin, stage, base_path, domain_name, binary_media_types)
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    fields = [(name.encode("ascii"), value.encode()) for name, value in pairs]
    query = httpx.QueryParams(tuple(params.items() if isinstance(params, Mapping) else params or ()))
    request = httpx.Request(method, url, params=query or None, headers=fields, content=content, json=json)
    return door.event(client_request(request, client))


def client_request(request: httpx.Request, client: str) -> ClientRequest:
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    return ClientRequest(
        request.method,
        "/" + path.removeprefix("/"),
        query,
        [field for field in request.headers.raw if field[0].lower() != b"host"],
        request.content,
        request.headers.get("host", ""),
        request.url.scheme or "https",
        client,
    )


def _require_whole(delivery: Delivery) -> None:
    """Of a stream that breaks off, HTTP has nothing to say but the end of the connection, which httpx raises."""
    if delivery.begun and delivery.failed:
        raise httpx.RemoteProtocolError("The response broke off: the function failed in the middle of it")


def _response(
    head: ClientResponse, delivery: Delivery, stream: httpx.SyncByteStream | httpx.AsyncByteStream
) -> httpx.Response:
    extensions = {"aws.event": delivery.event, "aws.context": delivery.context}
    return httpx.Response(head.status, headers=head.headers, stream=stream, extensions=extensions)


def open_client(app: App, origin: str, **options: Unpack[TransportOptions]) -> httpx.Client:
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
        raise ConfigurationError(f"{target} can't be asked: {error}.") from error
