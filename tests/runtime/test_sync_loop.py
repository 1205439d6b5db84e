"""The loop on blocking sockets: what test_loop.py shows of every driver by one app, shown of this one by its WSGI app,
and what only a WSGI app can do to it."""

import socket
from pathlib import Path
from typing import cast

import pytest

from tests.runtime.test_endings import calls, port
from tests.runtime.test_loop import (
    test_a_context_that_can_not_be_read_fails_its_invocation_alone,
    test_an_answer_to_next_that_ends_the_process,
    test_an_event_that_is_not_served_fails_its_invocation_alone,
    test_no_invocation_id_no_echo,
    test_proxies_are_not_for_the_runtime_api,
    test_the_context_reaches_the_app,
    test_the_user_agent_is_a_name_and_a_version,
)
from tests.runtime.test_on_emulator import (
    test_a_failed_invocation_leaves_the_process_alive,
    test_large_and_too_large,
    test_one_process_for_all_invocations,
    test_the_client_context,
)
from tests.support.child_process import Process, python
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.http_bytes import RequestReader, answer
from tests.support.runtime_interface_emulator import Emulator, StartEmulator
from tests.support.runtime_process import APP, Serve, http, seen, told
from tests.test_imports import FOR_ASGI, NEVER, families, modules_of_a_function

# Collected here too, with the fixtures below.
__all__ = [
    "calls",
    "test_a_context_that_can_not_be_read_fails_its_invocation_alone",
    "test_a_failed_invocation_leaves_the_process_alive",
    "test_an_answer_to_next_that_ends_the_process",
    "test_an_event_that_is_not_served_fails_its_invocation_alone",
    "test_large_and_too_large",
    "test_no_invocation_id_no_echo",
    "test_one_process_for_all_invocations",
    "test_proxies_are_not_for_the_runtime_api",
    "test_the_client_context",
    "test_the_context_reaches_the_app",
    "test_the_user_agent_is_a_name_and_a_version",
]


@pytest.fixture
def serve(serve: Serve) -> Serve:
    def start(source: str = APP, app: str | None = None, **env: str) -> Process:
        return serve(source, app or "app:wsgi", **env)

    return start


@pytest.fixture
def function(emulator: StartEmulator, tmp_path: Path) -> Emulator:
    (tmp_path / "app.py").write_text(APP)
    return emulator(python("run", "app:wsgi"), {"LAMBDA_HTTP_ADAPTER_PASS_THROUGH_PATH": ""})


def test_nothing_is_loaded_for_what_is_not_done(tmp_path: Path) -> None:
    modules = modules_of_a_function(python("run", "tests.support.small_apps:wsgi_modules"), tmp_path)
    assert families(modules, NEVER | FOR_ASGI) == []


def test_an_option_that_is_wrong_is_reported_once(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    assert serve(LAMBDA_HTTP_ADAPTER_TRUSTED_PROXIES="some").wait() == 1
    (request,) = fake_runtime_api.requests
    assert request.endpoint == "init/error"
    assert "'some'" in cast("dict[str, str]", request.json())["errorMessage"]


def test_an_answer_that_is_refused_half_way(serve: Serve) -> None:
    """The refusal is there to read although the rest of the answer could not be written."""
    event = answer(
        200,
        http("/echo", "x" * 5_000_000),
        [("Lambda-Runtime-Aws-Request-Id", "r"), ("Lambda-Runtime-Deadline-Ms", "1")],
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        process = serve(AWS_LAMBDA_RUNTIME_API=f"127.0.0.1:{port(listener)}")
        line, _ = listener.accept()
        with line:
            reader = RequestReader(line)
            assert reader.head().target.endswith("/next")
            event.write(line, fragment=False)
            assert reader.head().target.endswith("/response")
            answer(413, {"errorType": "RequestEntityTooLarge"}).write(line, fragment=False)
        line, _ = listener.accept()
        with line:
            assert RequestReader(line).head().target.endswith("/next")
    assert process.wait() == 1
    assert "RequestEntityTooLarge" in process.logs


# An app whose result does what the test wants. Where it must be seen at a certain point, it calls the test and waits
# for it to hang up.
RESULT = """
import os, socket, sys

def call():
    with socket.create_connection(("127.0.0.1", int(os.environ["CALL"]))) as line:
        line.recv(1)

class Result:
    def __iter__(self):
        {iterate}
        yield b"{{}}"
    def close(self):
        {close}

def wsgi(environ, start_response):
    start_response("200 OK", [])
    return Result()
"""


def source(iterate: str = "pass", close: str = "pass") -> str:
    return RESULT.format(iterate=iterate, close=close)


def test_the_answer_is_out_before_close_and_the_loop_waits_for_it(
    fake_runtime_api: FakeRuntimeAPI,
    serve: Serve,
    calls: socket.socket,
) -> None:
    delivery = fake_runtime_api.invoke(http())
    serve(source(close="call()"), CALL=port(calls))
    line, _ = calls.accept()
    told(delivery.wait())
    assert seen(fake_runtime_api) == [(0, "next"), (0, "response")]
    line.close()
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 2)


@pytest.mark.parametrize(
    ("app", "status"), [(source(iterate="1 / 0"), 500), (source(close="1 / 0"), 200)], ids=["in the body", "in close()"]
)
def test_an_app_that_raises_is_asked_again(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, app: str, status: int
) -> None:
    deliveries = [fake_runtime_api.invoke(http()), fake_runtime_api.invoke(http())]
    process = serve(app)
    envelopes = [cast("dict[str, object]", delivery.wait().json()) for delivery in deliveries]
    assert [envelope["statusCode"] for envelope in envelopes] == [status, status]
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 3)
    assert process.logs.count("ZeroDivisionError") == 2


@pytest.mark.parametrize(("statement", "code"), [("sys.exit(3)", 3), ("os._exit(4)", 4)])
def test_an_app_that_leaves_is_not_answered_for(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, statement: str, code: int
) -> None:
    fake_runtime_api.invoke(http())
    assert serve(source(iterate=statement)).wait() == code
    assert seen(fake_runtime_api) == [(0, "next")]


def test_an_app_that_leaves_from_close_has_answered(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    delivery = fake_runtime_api.invoke(http())
    process = serve(source(close="sys.exit(3)"))
    told(delivery.wait())
    assert process.wait() == 3
    assert seen(fake_runtime_api) == [(0, "next"), (0, "response")]
