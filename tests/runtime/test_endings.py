"""How an app ends, seen from the loop."""

import socket
from collections.abc import Iterator

import pytest

from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.runtime_process import Serve, http, seen, told

# Where the app must be seen at a certain point, it calls the test and waits for it to hang up.
RESPONSE = """
import asyncio, os, socket
START = {"type": "http.response.start", "status": 200, "headers": []}
BODY = {"type": "http.response.body", "body": b"{}"}
LARGE = {"type": "http.response.body", "body": b'"%s"' % (b"x" * 6_000_000)}
def call():
    with socket.create_connection(("127.0.0.1", int(os.environ["CALL"]))) as line:
        line.recv(1)
async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send(START)
"""


@pytest.fixture
def calls() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        yield listener


def port(listener: socket.socket) -> str:
    return str(listener.getsockname()[1])


def test_the_loop_waits_for_what_the_app_does_after_its_response(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, calls: socket.socket
) -> None:
    deliveries = [fake_runtime_api.invoke(http()), fake_runtime_api.invoke(http())]
    serve(RESPONSE + "    await send(BODY)\n    await asyncio.to_thread(call)\n", CALL=port(calls))
    for n, delivery in enumerate(deliveries, 1):
        told(delivery.wait())
        with calls.accept()[0]:
            assert len(fake_runtime_api.received("next")) == n


def test_raising_after_the_response_is_logged_only(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    deliveries = [fake_runtime_api.invoke(http()), fake_runtime_api.invoke(http())]
    process = serve(RESPONSE + "    await send(BODY)\n    1 / 0\n")
    for delivery in deliveries:
        told(delivery.wait())
    assert "ZeroDivisionError" in process.logs


@pytest.mark.parametrize("serve", ["uvloop", "asyncio"], indirect=True)
def test_giving_up_on_a_response_does_not_mix_up_the_answers(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, calls: socket.socket
) -> None:
    """An app's time-out may strike while its response is being posted; the answer to that is not the next event."""
    give_up = """
    try:
        await asyncio.wait_for(send(LARGE), 0.05)
    except TimeoutError:
        asyncio.get_running_loop().call_later(0.05, call)
"""
    with fake_runtime_api.hold("response"):
        one, two = fake_runtime_api.invoke(http()), fake_runtime_api.invoke(http())
        serve(RESPONSE + give_up, CALL=port(calls))
        calls.accept()[0].close()
    told(one.wait())
    assert two.wait().endpoint == "response"


@pytest.mark.parametrize(("statement", "code"), [("raise SystemExit(3)", 3), ("import os; os._exit(4)", 4)])
def test_an_app_that_leaves_is_not_answered_for(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, statement: str, code: int
) -> None:
    fake_runtime_api.invoke(http())
    assert serve(RESPONSE + f"    {statement}\n").wait() == code
    assert seen(fake_runtime_api) == [(0, "next")]
