"""Sentry's events leave before the environment can be frozen, and the client doesn't wait for them."""

import gzip
import json
import socket
from typing import cast

import pytest

from tests.support.child_process import RunProcess
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.http_bytes import RequestReader, answer, framing
from tests.support.programs import launch
from tests.support.runtime_process import http, seen

APP = """
import os
import sentry_sdk
from lambda_http_adapter._values.context import current_context

sentry_sdk.init(dsn="http://key@127.0.0.1:" + os.environ["COLLECTOR"] + "/1", auto_session_tracking=False)

def fail():
    sentry_sdk.set_tag("request_id", current_context().aws_request_id)
    raise ValueError("what the app did wrong")

async def app(scope, receive, send):
    assert scope["type"] == "http"
    fail()

def wsgi(environ, start_response):
    fail()
"""


@pytest.mark.parametrize("driver", [pytest.param("uvloop", marks=pytest.mark.slow), "sockets"])
def test_flush(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, collector: socket.socket, driver: str
) -> None:
    """The adapter logs what the app raises, and Sentry's logging integration makes an event of that."""
    deliveries = [fake_runtime_api.invoke(http()) for _ in range(2)]
    options = "on_invocation_end=lambda context: sentry_sdk.flush(timeout=20)"
    launch(run_process, driver, APP, options, COLLECTOR=str(collector.getsockname()[1]))
    line, _ = collector.accept()
    with line:
        reader = RequestReader(line)
        for n, delivery in enumerate(deliveries):
            event = envelope(reader)
            assert event["tags"] == {"request_id": delivery.request_id}
            exceptions = cast("dict[str, list[dict[str, object]]]", event["exception"])["values"]
            assert (exceptions[-1]["type"], exceptions[-1]["value"]) == ("ValueError", "what the app did wrong")
            assert cast("dict[str, object]", delivery.wait().json())["statusCode"] == 500
            assert seen(fake_runtime_api) == [(0, "next"), (0, "response")] * (n + 1)
            answer(200, {}).write(line, fragment=False)
        fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 3)


def envelope(reader: RequestReader) -> dict[str, object]:
    """The event in the envelope that comes next."""
    head = reader.head()
    size = framing(head)
    assert isinstance(size, int)
    body = reader.exactly(size)
    if head.values("content-encoding") == ["gzip"]:
        body = gzip.decompress(body)
    _, kind, event = body.splitlines()[:3]
    assert json.loads(kind)["type"] == "event"
    return cast("dict[str, object]", json.loads(event))
