"""Events for functions that stream, and their responses as the platform reads them."""

import json
from typing import NamedTuple, Protocol, cast

import pytest

from tests.support.child_process import Process
from tests.support.http_bytes import Headers
from tests.support.recorded_request import RecordedRequest
from tests.support.runtime_process import http

on_asyncio = pytest.mark.parametrize(
    "serve", ["uvloop", pytest.param("asyncio", marks=pytest.mark.slow)], indirect=True
)
on_sockets = pytest.mark.parametrize("serve", ["sockets"], indirect=True)

MEDIA_TYPE = "application/vnd.awslambda.http-integration-response"
DELIMITER = bytes(8)
TRAILER = "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"


class Serve(Protocol):
    """Serves an app of `tests.support.streaming_apps` in a process; `every_driver` chooses its loop.

    Without a name it serves the app that plays the generators, in the colour of the loop.
    """

    def __call__(self, app: str | None = None, **env: str) -> Process: ...


class Streamed(NamedTuple):
    """A streamed response as the platform reads it."""

    prelude: dict[str, object]
    body: bytes
    trailers: Headers


def streamed(request: RecordedRequest) -> Streamed:
    assert request.endpoint == "response", request
    assert request.header("content-type") == MEDIA_TYPE
    assert request.header("lambda-runtime-function-response-mode") == "streaming"
    assert request.header("trailer") == TRAILER
    prelude, delimiter, body = request.body.partition(DELIMITER)
    assert delimiter == DELIMITER
    assert request.chunks[0] == prelude + delimiter
    return Streamed(cast("dict[str, object]", json.loads(prelude)), body, request.trailers)


def buffered(request: RecordedRequest) -> dict[str, object]:
    """The envelope of a response that was posted whole."""
    assert request.endpoint == "response", request
    assert request.header("content-type") == "application/json"
    assert request.header("lambda-runtime-function-response-mode") is None
    assert request.header("transfer-encoding") is None
    return cast("dict[str, object]", request.json())


def function_url(path: str = "/", method: str = "GET", body: str = "") -> dict[str, object]:
    return http(path, body, method)


def rest_api(path: str = "/", method: str = "GET") -> dict[str, object]:
    host = "abc.execute-api.eu-west-1.amazonaws.com"
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": {"Host": host},
        "multiValueHeaders": {"Host": [host]},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "requestContext": {"stage": "live", "httpMethod": method, "identity": {"sourceIp": "192.0.2.1"}},
        "body": None,
        "isBase64Encoded": False,
    }
