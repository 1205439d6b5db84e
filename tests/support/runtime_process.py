"""A function as a process against the fake Runtime API: the apps that it serves, its events and what it answered."""

import json
from collections.abc import Callable
from typing import Protocol, cast

import pytest

from tests.support.child_process import Process
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.recorded_request import RecordedRequest

_ASYNCIO = pytest.param("asyncio", marks=pytest.mark.slow)

every_driver = pytest.mark.parametrize("serve", ["uvloop", "asyncio", "sockets"], indirect=True)
# Where what is shown is not the event loop's doing, asyncio's own is for the slow group.
every_colour = pytest.mark.parametrize("serve", ["uvloop", _ASYNCIO, "sockets"], indirect=True)
on_asyncio = pytest.mark.parametrize("serve", ["uvloop", _ASYNCIO], indirect=True)
on_sockets = pytest.mark.parametrize("serve", ["sockets"], indirect=True)
every_program = pytest.mark.parametrize("driver", ["uvloop", _ASYNCIO, "sockets"])

# An ASGI and a WSGI app that tell about the request and the process that answers it.
APP = """
import json, os, socket, sys

def nodelay():
    for name in os.listdir("/dev/fd"):
        try:
            with socket.socket(fileno=os.dup(int(name))) as sock:
                if "%s:%d" % sock.getpeername()[:2] == os.environ["AWS_LAMBDA_RUNTIME_API"]:
                    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        except (OSError, TypeError):
            pass

def tell(path, context, body, driver):
    if path == "/echo":
        return body
    if path == "/large":
        return b"x" * 7_000_000
    told = {
        "path": path,
        "pid": os.getpid(),
        "request_id": context.aws_request_id,
        "remaining": context.get_remaining_time_in_millis(),
        "custom": context.client_context and context.client_context.custom,
        "driver": driver,
        "nodelay": nodelay(),
    }
    return json.dumps(told).encode()

async def app(scope, receive, send):
    import asyncio
    assert scope["type"] == "http"
    driver = type(asyncio.get_running_loop()).__module__.partition(".")[0]
    answer = tell(scope["path"], scope["aws.context"], (await receive())["body"], driver)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": answer})

def wsgi(environ, start_response):
    path = environ["PATH_INFO"].encode("latin-1").decode()
    driver = "asyncio" if "asyncio" in sys.modules else "sockets"
    answer = tell(path, environ["aws.context"], environ["wsgi.input"].read(), driver)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [answer]
"""

# What a deployment without the "fast" extra has.
PLAIN = """
import sys
sys.modules.update(uvloop=None, pybase64=None)
from lambda_http_adapter.cli import main
main()
"""


GRACEFUL = {"LAMBDA_HTTP_ADAPTER_GRACEFUL_SHUTDOWN": "true"}


class Serve(Protocol):
    """The app's source as the function of an environment; `every_driver` says by which of the loops."""

    def __call__(self, source: str = APP, app: str | None = None, **env: str) -> Process: ...


def http(path: str = "/", body: str = "", method: str = "POST") -> dict[str, object]:
    """A Function URL's event."""
    domain = "abc.lambda-url.eu-west-1.on.aws"
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": domain},
        "requestContext": {
            "domainName": domain,
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
        },
        "body": body,
        "isBase64Encoded": False,
    }


def told(request: RecordedRequest) -> dict[str, object]:
    """What the app answered."""
    assert request.endpoint == "response", request
    envelope = cast("dict[str, object]", request.json())
    assert envelope["statusCode"] == 200
    return cast("dict[str, object]", json.loads(cast("str", envelope["body"])))


def failed(request: RecordedRequest) -> dict[str, object]:
    """The error that the invocation ended with."""
    assert request.endpoint == "error", request
    return cast("dict[str, object]", request.json())


def seen(api: FakeRuntimeAPI) -> list[tuple[int, str]]:
    """What was asked on which connection, in order."""
    return [(request.connection, request.endpoint) for request in api.requests]


# Ways for bytes to arrive.

Cut = Callable[[bytes], list[bytes]]


def whole(data: bytes) -> list[bytes]:
    return [data]


def bytewise(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


def in_sevens(data: bytes) -> list[bytes]:
    return [data[i : i + 7] for i in range(0, len(data), 7)]
