"""Tests of an app as AWS would invoke it: real events of a front door, real responses to them, no socket.

    import httpx
    from lambda_http_adapter.testing import LambdaTransport

    def test_hello() -> None:
        with httpx.Client(transport=LambdaTransport(app, "alb"), base_url="https://testserver") as client:
            assert client.get("/hello").json() == {"hello": "world"}

In pytest the fixture ``lambda_client`` repeats a test behind every front door.
"""

from typing import TYPE_CHECKING

from ._emulator.doors.door import FrontDoor
from ._emulator.in_process.transport import AsyncLambdaTransport, LambdaTransport

if TYPE_CHECKING:
    from ._emulator.in_process.by_httpx import make_event

__all__ = ["AsyncLambdaTransport", "FrontDoor", "LambdaTransport", "make_event"]


def __getattr__(name: str) -> object:
    # Loaded on demand: make_event needs httpx, the transports work under httpx2 alone.
    if name == "make_event":
        from ._emulator.in_process.by_httpx import make_event

        globals()[name] = make_event
        return make_event
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
