"""What a type checker makes of the transports: clients of both libraries take them.

mypy reads it and nobody runs it. An ignore that hides nothing is an error too: that is how the wrong calls are held.
"""

from typing import Any, assert_type

import httpx
import httpx2

from lambda_http_adapter import RequestOrigin
from lambda_http_adapter.testing import AsyncLambdaTransport, LambdaTransport, make_event
from tests.support.small_apps import hello, wsgi_modules


def clients() -> None:
    httpx.Client(transport=LambdaTransport(hello))
    httpx2.Client(transport=LambdaTransport(wsgi_modules, "alb", kind="wsgi"))
    httpx.AsyncClient(transport=AsyncLambdaTransport(hello, "rest", stage="live"))
    httpx2.AsyncClient(transport=AsyncLambdaTransport("main:app", kind="asgi"))
    httpx2.Client(transport=AsyncLambdaTransport(hello))  # type: ignore[arg-type]
    httpx.AsyncClient(transport=LambdaTransport(hello))  # type: ignore[arg-type]
    LambdaTransport(hello, kind="cgi")  # type: ignore[arg-type]
    LambdaTransport(hello, "cdn")  # type: ignore[arg-type]
    AsyncLambdaTransport(hello, "cdn")  # type: ignore[arg-type]


def events() -> None:
    assert_type(make_event(), dict[str, Any])
    make_event(origin=RequestOrigin.vpc_lattice)
    make_event(origin="vpc_lattice")
    make_event(origin="vpc-lattice")
    make_event(origin="lattice")  # type: ignore[arg-type]


def responses(transport: LambdaTransport, request: httpx.Request, request2: httpx2.Request) -> None:
    assert_type(transport.handle_request(request), httpx.Response)
    assert_type(transport.handle_request(request2), httpx2.Response)
    with transport as entered:
        assert_type(entered, LambdaTransport)
