"""One front door, as the suites name it: ``rest``, or ``rest streamed`` where responses stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self, cast

from lambda_http_adapter._emulator.doors.door import DOORS
from lambda_http_adapter.testing import AsyncLambdaTransport, LambdaTransport

if TYPE_CHECKING:
    from lambda_http_adapter._emulator.doors.door import FrontDoor as Origin
    from lambda_http_adapter._emulator.in_process.runners import App
    from lambda_http_adapter._emulator.in_process.transport import TransportOptions

STREAMING = ("function-url", "rest")
_STREAMED = " streamed"


class FrontDoor(NamedTuple):
    origin: Origin
    streamed: bool = False

    @classmethod
    def named(cls, name: str) -> Self:
        return cls(cast("Origin", name.removesuffix(_STREAMED)), name.endswith(_STREAMED))

    @property
    def name(self) -> str:
        return str(self.origin) + (_STREAMED if self.streamed else "")

    def transport(self, app: App, options: TransportOptions) -> LambdaTransport:
        return LambdaTransport(app, self.origin, **self._with_mode(options))

    def async_transport(self, app: App, options: TransportOptions) -> AsyncLambdaTransport:
        return AsyncLambdaTransport(app, self.origin, **self._with_mode(options))

    def _with_mode(self, options: TransportOptions) -> TransportOptions:
        return {**options, "invoke_mode": "response_stream" if self.streamed else "buffered"}


FRONT_DOORS = tuple(
    FrontDoor(cast("Origin", origin), streamed).name
    for origin in DOORS
    for streamed in ((False, True) if origin in STREAMING else (False,))
)
