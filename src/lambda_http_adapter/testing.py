"""Apps asked as AWS would ask them, for tests: no socket, but the event of a front door and the real function.

    import httpx
    from lambda_http_adapter.testing import LambdaTransport

    def test_hello() -> None:
        with httpx.Client(transport=LambdaTransport(app, "alb"), base_url="https://testserver") as client:
            assert client.get("/hello").json() == {"hello": "world"}

pytest finds a fixture ``lambda_client`` that repeats a test behind every front door.
"""

from ._emulator.in_process.transport import AsyncLambdaTransport, LambdaTransport, make_event

__all__ = ["AsyncLambdaTransport", "LambdaTransport", "make_event"]
