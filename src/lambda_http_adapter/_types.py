"""The types of the public signatures. Imported under TYPE_CHECKING only: a deployed function never loads this file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Never, Protocol, TypeAlias, TypedDict
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from asgiref.typing import ASGIApplication
from werkzeug.wrappers import Request, Response

from ._values.context import LambdaContext
from .origins import Origin

if TYPE_CHECKING:
    from ._delivery import AsyncReply, SyncReply

Scope: TypeAlias = MutableMapping[str, object]
Message: TypeAlias = MutableMapping[str, object]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
# Starlette's kin type the scope as a mapping, others with asgiref's TypedDicts; neither is assignable to the other.
SingleCallable: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[object]]
ASGIApp: TypeAlias = SingleCallable | ASGIApplication

WSGIApp: TypeAlias = WSGIApplication
Environ: TypeAlias = WSGIEnvironment


class Invoke(Protocol):
    """A handler that is given the event as the bytes it came in."""

    def invoke(self, payload: bytes, context: LambdaContext, /) -> object: ...


# Any: the handler's annotations say of what type its arguments are. Only their number is checked.
PlainHandler: TypeAlias = Callable[[], object] | Callable[[Any], object] | Callable[[Any, Any], object] | Invoke
Layer: TypeAlias = (
    Callable[[Callable[..., object]], Callable[..., object]]
    | Callable[[Callable[..., Awaitable[object]]], Callable[..., object]]
)
OnEvent: TypeAlias = PlainHandler | Mapping[str, PlainHandler]

IntoResponse: TypeAlias = (
    str
    | bytes
    | Mapping[str, object]
    | Sequence[object]
    | Response
    | WSGIApplication
    | Iterator[str | bytes]
    | AsyncIterator[str | bytes]
    | None
)
# Of a request, of its body as the type in the handler's annotation, or of both in either order. A lambda's argument is
# a request: the first of these that fits.
HTTPHandler: TypeAlias = (
    Callable[[Request], IntoResponse | Awaitable[IntoResponse]]
    | Callable[[Any], IntoResponse | Awaitable[IntoResponse]]
    | Callable[[Any, Any], IntoResponse | Awaitable[IntoResponse]]
)

InvokeMode: TypeAlias = Literal["buffered", "response_stream"]


LifespanMode: TypeAlias = Literal["auto", "on", "off"]
BodyEncoding: TypeAlias = Literal["auto", "text", "base64"]
StreamEmptyBody: TypeAlias = Literal["", "newline"]
TextTypes: TypeAlias = str | Sequence[str]
Processes: TypeAlias = int | Literal["auto"]
Statuses: TypeAlias = str | int | range | Sequence[int | str | range]
InvocationHook: TypeAlias = Callable[[LambdaContext], object]
ShutdownHook: TypeAlias = Callable[[], object]
SnapshotHook: TypeAlias = Callable[[], object] | str
Layers: TypeAlias = Sequence[Layer]
Origins: TypeAlias = Sequence[Origin]
# The event is JSON, the context AWS's own or ours; what a runtime makes of the result is its own affair.
Handler: TypeAlias = Callable[[Any, Any], Any]


class HandlerOptions(TypedDict, total=False):
    """The options of ``run``; what each means and where else it can be set: ``Config``."""

    deadline_margin_ms: int
    access_log: bool
    graceful_shutdown: bool
    async_init: bool
    processes: Processes
    on_invocation_start: InvocationHook
    on_invocation_end: InvocationHook
    on_shutdown: ShutdownHook
    on_snapshot: SnapshotHook
    on_restore: SnapshotHook


class Options(HandlerOptions, total=False):
    """The options of the other ``run_*`` and of ``*_handler``."""

    invoke_mode: InvokeMode
    base_path: str
    root_path: str
    lifespan: LifespanMode
    pass_through_path: str | None
    pass_through_host: str
    trusted_proxies: int
    forwarded_host: str
    forwarded_proto: str
    body_encoding: BodyEncoding
    text_types: TextTypes
    fail_on_status: Statuses
    stream_empty_body: StreamEmptyBody
    authorization_source: str
    rival_keys: bool
    on_event: OnEvent
    origins: Origins


class AsyncFunction(Protocol):
    """What the loop on asyncio drives: an app or a handler, made ready."""

    async def startup(self) -> None: ...
    async def shutdown(self) -> None: ...
    async def __call__(self, payload: object, context: LambdaContext | None, reply: AsyncReply) -> None: ...


class SyncFunction(Protocol):
    """What the loop on blocking sockets drives."""

    def __call__(self, payload: object, context: LambdaContext | None, reply: SyncReply) -> None: ...


__all__ = ["ASGIApp", "AsyncFunction", "Environ", "HTTPHandler", "HandlerOptions", "IntoResponse", "InvokeMode"]
__all__ += ["LambdaContext", "Layer", "Message", "Never", "OnEvent", "Options", "PlainHandler", "Receive"]
__all__ += ["Scope", "Send", "SingleCallable", "StartResponse", "SyncFunction", "WSGIApp"]
