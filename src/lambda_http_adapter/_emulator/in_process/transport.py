"""The front doors as transports of httpx and httpx2."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, cast, overload

from ..._values.config import load_config
from ..doors.caller import Caller, require_carried, with_caller
from ..doors.client import OUTER_SPACE, ClientRequest, ClientResponse
from ..doors.door import Door, FrontDoor, find_door
from ..doors.methods import RefusedMethodError
from .client_library import AsyncTransport, SyncTransport, library_of, stream_class
from .runners import async_runner, sync_runner
from .sync import new_context

if TYPE_CHECKING:
    from typing import Literal, Self, TypeAlias, Unpack

    import httpx
    import httpx2

    from ..._types import Options
    from ..._values.context import LambdaContext
    from ..._values.request import LambdaEvent
    from .aio import AsyncLocalInvocation
    from .client_view import ClientView
    from .runners import App
    from .sync import LocalInvocation

    Request: TypeAlias = httpx.Request | httpx2.Request
    Response: TypeAlias = httpx.Response | httpx2.Response
    Kind: TypeAlias = Literal["asgi", "wsgi", "http", "handler"]

    class TransportOptions(Options, total=False):
        """The keyword arguments of the transports."""

        kind: Kind | None
        stage: str | None
        domain_name: str
        binary_media_types: Sequence[str]
        client: str
        request_context: Mapping[str, object] | None
        path_parameters: Mapping[str, str] | None
        stage_variables: Mapping[str, str] | None
        authorizer: Mapping[str, Mapping[str, object]] | None
        tenant_id: str | None
        client_context: Mapping[str, object] | None


CLIENT = ClientRequest().client


def configured_door(
    origin: str, stage: str | None, base_path: str, domain_name: str, binary_media_types: Sequence[str]
) -> Door:
    """Raises ConfigurationError for a name that no front door has."""
    door = find_door(origin).mounted(stage, base_path)
    return door._replace(domain_name=domain_name, binary_media_types=binary_media_types)


class Client:
    """The client in front of a front door: its address, and what the front door knows of the caller."""

    def __init__(self, address: str, caller: Caller, door: Door) -> None:
        """Raises ConfigurationError."""
        self._address = address
        self._caller = caller
        self._door = door
        require_carried(door, caller)
        caller.client()

    def invocation(self, request: Request) -> tuple[LambdaEvent, LambdaContext]:
        """The event of ``request`` and its context. Raises ConfigurationError, and ValueError if there is no event."""
        caller = self._caller.but(request.extensions.get("aws.lambda", {}))
        event = self._door.event(client_request(request, self._address))
        return with_caller(event, self._door, caller), new_context(caller)


class LambdaTransport(SyncTransport):
    """Asks an app as AWS would: the request becomes the event of a front door, the answer what that makes of it.

    A transport for ``httpx.Client`` and ``httpx2.Client``.

    ``app`` is an ASGI or WSGI app, a function of a request or a handler, or an import string that leads to one.
    ``kind`` says which, if its signature doesn't: ``"asgi"``, ``"wsgi"``, ``"http"`` or ``"handler"``.
    ``origin`` names the front door: ``function-url``, ``http-api``, ``http-api-v1``, ``rest``, ``alb``, ``alb-multi``,
    ``vpc-lattice``, ``lambda-edge``, or a ``RequestOrigin``. ``stage`` of an API stands in the client's path where
    ``domain_name``, else the URL's host, is an execute-api domain; ``binary_media_types`` are a REST API's; ``client``
    is the client's address.

    What a front door knows of the caller, as its event or the context has it; docs/testing.md says which front door
    carries what. A request overrides them with ``extensions={"aws.lambda": {"authorizer": …}}``.

    - ``request_context`` is merged into the event's ``requestContext``.
    - ``path_parameters`` and ``stage_variables`` are those of API Gateway.
    - ``authorizer`` has one key: ``{"jwt": {"claims": {…}, "scopes": […]}}``, also for Cognito's claims,
      ``{"lambda": {…}}`` with the context that a Lambda authorizer returns, or ``{"iam": {"userArn": …}}``.
    - ``tenant_id`` and ``client_context`` are ``LambdaContext``'s.

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
        origin: FrontDoor = "function-url",
        *,
        kind: Kind | None = None,
        stage: str | None = None,
        domain_name: str = "",
        binary_media_types: Sequence[str] = ("*/*",),
        client: str = CLIENT,
        request_context: Mapping[str, object] | None = None,
        path_parameters: Mapping[str, str] | None = None,
        stage_variables: Mapping[str, str] | None = None,
        authorizer: Mapping[str, Mapping[str, object]] | None = None,
        tenant_id: str | None = None,
        client_context: Mapping[str, object] | None = None,
        **options: Unpack[Options],
    ) -> None:
        base_path = load_config(options, os.environ).base_path
        self._door = configured_door(origin, stage, base_path, domain_name, binary_media_types)
        self._runner = sync_runner(app, options, kind)
        caller = Caller(request_context, path_parameters, stage_variables, authorizer, tenant_id, client_context)
        self._client = Client(client, caller, self._door)

    def __enter__(self) -> Self:
        self._runner.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where a client finds the app."""
        return self._door.url

    @overload
    def handle_request(self, request: httpx.Request) -> httpx.Response: ...
    @overload
    def handle_request(self, request: httpx2.Request) -> httpx2.Response: ...
    def handle_request(self, request: Request) -> Response:
        library = library_of(request)
        request.read()
        try:
            event, context = self._client.invocation(request)
        except RefusedMethodError as error:
            return _refusal(error, library)
        self._runner.start()
        invocation = self._runner.invoke(event, self._door, context)
        try:
            head = invocation.head()
        except BaseException:
            invocation.close()
            raise
        stream = stream_class(ResponseStream, library.SyncByteStream)(head.body, invocation, library)
        return _response(head, invocation.view, stream, library)

    def close(self) -> None:
        self._runner.stop()


class ResponseStream:
    """The body of a response."""

    def __init__(self, body: bytes, invocation: LocalInvocation, library: ModuleType) -> None:
        self._body = body
        self._invocation = invocation
        self._library = library

    def __iter__(self) -> Iterator[bytes]:
        if self._body:
            yield self._body
        while (piece := self._invocation.read()) is not None:
            yield piece
        _require_whole(self._invocation.view, self._library)

    def close(self) -> None:
        self._invocation.close()


class AsyncLambdaTransport(AsyncTransport):
    """``LambdaTransport`` for ``httpx.AsyncClient`` and ``httpx2.AsyncClient``, on asyncio.

    An ASGI app runs in the caller's event loop, a WSGI app in a thread.
    """

    def __init__(
        self,
        app: App,
        origin: FrontDoor = "function-url",
        *,
        kind: Kind | None = None,
        stage: str | None = None,
        domain_name: str = "",
        binary_media_types: Sequence[str] = ("*/*",),
        client: str = CLIENT,
        request_context: Mapping[str, object] | None = None,
        path_parameters: Mapping[str, str] | None = None,
        stage_variables: Mapping[str, str] | None = None,
        authorizer: Mapping[str, Mapping[str, object]] | None = None,
        tenant_id: str | None = None,
        client_context: Mapping[str, object] | None = None,
        **options: Unpack[Options],
    ) -> None:
        base_path = load_config(options, os.environ).base_path
        self._door = configured_door(origin, stage, base_path, domain_name, binary_media_types)
        self._runner = async_runner(app, options, kind)
        caller = Caller(request_context, path_parameters, stage_variables, authorizer, tenant_id, client_context)
        self._client = Client(client, caller, self._door)

    async def __aenter__(self) -> Self:
        await self._runner.start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    @overload
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response: ...
    @overload
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response: ...
    async def handle_async_request(self, request: Request) -> Response:
        library = library_of(request)
        await request.aread()
        try:
            event, context = self._client.invocation(request)
        except RefusedMethodError as error:
            return _refusal(error, library)
        await self._runner.start()
        invocation = await self._runner.invoke(event, self._door, context)
        try:
            head = await invocation.head()
        except BaseException:
            await invocation.close()
            raise
        stream = stream_class(AsyncResponseStream, library.AsyncByteStream)(head.body, invocation, library)
        return _response(head, invocation.view, stream, library)

    async def aclose(self) -> None:
        await self._runner.stop()


class AsyncResponseStream:
    """The body of a response."""

    def __init__(self, body: bytes, invocation: AsyncLocalInvocation, library: ModuleType) -> None:
        self._body = body
        self._invocation = invocation
        self._library = library

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._body:
            yield self._body
        while (piece := await self._invocation.read()) is not None:
            yield piece
        _require_whole(self._invocation.view, self._library)

    async def aclose(self) -> None:
        await self._invocation.close()


def client_request(request: Request, client: str) -> ClientRequest:
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    return ClientRequest(
        request.method,
        "/" + path.removeprefix("/"),
        query,
        [field for field in request.headers.raw if field[0].lower() != b"host"],
        request.content,
        request.headers.get("host", "").strip(OUTER_SPACE),
        request.url.scheme or "https",
        client,
    )


def _require_whole(view: ClientView, library: ModuleType) -> None:
    """Raise RemoteProtocolError for a stream that broke off, as for a connection that closes too early."""
    if view.begun and view.failed:
        raise library.RemoteProtocolError("The response broke off: the function failed in the middle of it")


def _refusal(error: RefusedMethodError, library: ModuleType) -> Response:
    """The front door's own response, without an event behind it."""
    refused = error.response
    return cast("Response", library.Response(refused.status, headers=refused.headers, content=refused.body))


def _response(
    head: ClientResponse, view: ClientView, stream: ResponseStream | AsyncResponseStream, library: ModuleType
) -> Response:
    extensions = {"aws.event": view.event, "aws.context": view.context}
    response = library.Response(head.status, headers=head.headers, stream=stream, extensions=extensions)
    return cast("Response", response)
