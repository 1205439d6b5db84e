"""Tests of an app as AWS would invoke it: real events of a front door, real responses to them, no socket.

    import httpx
    from lambda_http_adapter.testing import LambdaTransport

    def test_hello() -> None:
        with httpx.Client(transport=LambdaTransport(app, "alb"), base_url="https://testserver") as client:
            assert client.get("/hello").json() == {"hello": "world"}

In pytest the fixture ``lambda_client`` repeats a test behind every front door.
"""

from ._emulator.in_process.transport import AsyncLambdaTransport, LambdaTransport, make_event

__all__ = ["AsyncLambdaTransport", "LambdaTransport", "make_event"]
