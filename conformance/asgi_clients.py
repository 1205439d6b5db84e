"""A front door in place of Starlette's ``TestClient``, which FastAPI has too, and of httpx's ``ASGITransport``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING

import httpx
import httpx2
import starlette.testclient
from starlette.testclient import TestClient, _TestClientTransport

from lambda_http_adapter.errors import LifespanError

from .app_errors import AppErrors, RecordedASGI

if TYPE_CHECKING:
    from typing import Literal, Self

    from starlette.testclient import ASGI3App, _PortalFactoryType

    from lambda_http_adapter._emulator.in_process.transport import TransportOptions
    from lambda_http_adapter._types import SingleCallable
    from lambda_http_adapter.testing import LambdaTransport

    from .front_door import FrontDoor


def replace_clients(front_door: FrontDoor) -> None:
    """For the rest of the process."""

    class Transport(FrontDoorTransport):
        door = front_door

    class AsyncTransport(AsyncFrontDoorTransport):
        door = front_door

    # setattr: for type checkers these are classes and methods, which can't be assigned to.
    setattr(starlette.testclient, "_TestClientTransport", Transport)  # noqa: B010
    setattr(TestClient, "__enter__", _enter)  # noqa: B010
    setattr(TestClient, "__exit__", _exit)  # noqa: B010
    for library in (httpx, httpx2):
        setattr(library, "ASGITransport", AsyncTransport)  # noqa: B010


def _enter(client: TestClient) -> TestClient:
    transport = client._transport
    assert isinstance(transport, FrontDoorTransport)
    transport.start()
    return client


def _exit(client: TestClient, *exception: object) -> None:
    client._transport.close()


class FrontDoorTransport(_TestClientTransport):
    """The transport of a ``TestClient``.

    A client in a ``with`` is one execution environment, with the app's lifespan. Any other request has an environment
    of its own, without a lifespan, as it has a call of its own in Starlette's transport. WebSockets stay with that.
    """

    door: FrontDoor

    def __init__(
        self,
        app: ASGI3App,
        portal_factory: _PortalFactoryType,
        raise_server_exceptions: bool = True,
        root_path: str = "",
        *,
        client: tuple[str, int],
        app_state: dict[str, object],
    ) -> None:
        super().__init__(app, portal_factory, raise_server_exceptions, root_path, client=client, app_state=app_state)
        self._errors = AppErrors()
        self._running: LambdaTransport | None = None
        self._single: set[LambdaTransport] = set()

    def start(self) -> None:
        """Raises what the app raised in its startup."""
        app = RecordedASGI(self.app, self._errors)
        self._running = self._new(app, "on")
        try:
            self._running.__enter__()
        except LifespanError:
            self._running.close()
            self._running = None
            self._errors.raise_first()
            raise
        self.app_state.update(app.lifespan_state)

    def close(self) -> None:
        """Ends what open responses still run. Raises what the app raised in its shutdown."""
        while self._single:
            self._single.pop().close()
        if self._running is not None:
            self._running.close()
            self._running = None
            self._errors.raise_first()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.scheme in ("ws", "wss"):
            return super().handle_request(request)
        transport = self._running
        if transport is None:
            transport = self._new(RecordedASGI(self.app, self._errors), "off", request.url.path)
            self._single.add(transport)
        response: httpx2.Response | None = None

        def closed() -> None:
            if transport in self._single:
                self._single.remove(transport)
                transport.close()
            if not self.raise_server_exceptions:
                self._errors.forget()
            self._errors.raise_first()

        try:
            response = transport.handle_request(request)
        finally:
            if response is None:
                closed()
        assert isinstance(response.stream, httpx2.SyncByteStream)
        response.stream = CheckedStream(response.stream, closed)
        return response

    def _new(self, app: RecordedASGI, lifespan: Literal["on", "off"], path: str = "") -> LambdaTransport:
        options: TransportOptions = {"kind": "asgi", "client": self.client[0], "lifespan": lifespan}
        prefix = self.root_path.rstrip("/")
        if prefix:
            options["root_path"] = prefix
        if prefix and path.startswith(f"{prefix}/"):
            options["base_path"] = prefix
        return self.door.transport(app, options)


class CheckedStream(httpx2.SyncByteStream):
    """The body of a response. ``closed`` is called after the app has ended, and may raise."""

    def __init__(self, stream: httpx2.SyncByteStream, closed: Callable[[], None]) -> None:
        self._stream = stream
        self._closed = closed

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        self._stream.close()
        self._closed()


class AsyncFrontDoorTransport:
    """The transport of an ``AsyncClient``, of httpx or httpx2. Without a lifespan, as httpx's own."""

    door: FrontDoor

    def __init__(self, app: SingleCallable) -> None:
        self._errors = AppErrors()
        options: TransportOptions = {"kind": "asgi", "client": "127.0.0.1", "lifespan": "off"}
        self._transport = self.door.async_transport(RecordedASGI(app, self._errors), options)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Raises what the app raised, as the response does when it is closed."""
        response = await self._transport.handle_async_request(request)
        try:
            self._errors.raise_first()
        except BaseException:
            await response.aclose()
            raise
        assert isinstance(response.stream, (httpx.AsyncByteStream, httpx2.AsyncByteStream))
        response.stream = AsyncCheckedStream(response.stream, self._errors)
        return response

    async def aclose(self) -> None:
        await self._transport.aclose()


class AsyncCheckedStream(httpx.AsyncByteStream, httpx2.AsyncByteStream):
    """The body of a response. It is closed when the app has ended, and raises what that raised."""

    def __init__(self, stream: httpx.AsyncByteStream | httpx2.AsyncByteStream, errors: AppErrors) -> None:
        self._stream = stream
        self._errors = errors

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
        self._errors.raise_first()
