"""The loops without a process for each test: what they do for each invocation, how they start and how they end."""

import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from lambda_http_adapter import LambdaContext, run, run_asgi, run_wsgi
from lambda_http_adapter._runtime import early_poll, processes, sync_loop
from lambda_http_adapter._runtime.start import begin
from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from lambda_http_adapter._values.config import load_config
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.http_bytes import Answer, Then, answer
from tests.support.runtime_here import RuntimeHere
from tests.support.runtime_process import GRACEFUL, failed, http, seen

SEVERAL = {"AWS_LAMBDA_MAX_CONCURRENCY": "3"}
STREAM = {"LAMBDA_HTTP_ADAPTER_INVOKE_MODE": "response_stream"}


@pytest.fixture
def runtime(
    fake_runtime_api: FakeRuntimeAPI, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> RuntimeHere:
    return RuntimeHere(fake_runtime_api, monkeypatch, capfd)


@pytest.fixture(params=["uvloop", "asyncio", "sockets"])
def driver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "asyncio":
        monkeypatch.setitem(sys.modules, "uvloop", None)  # as in a deployment without the extra "fast"
    name: str = request.param
    return name


class Hello:
    """An app of either colour, and what happened to it."""

    def __init__(self) -> None:
        self.happened: list[str] = []

    def hooks(self) -> dict[str, Any]:
        return {
            "on_invocation_start": lambda context: self.happened.append("start"),
            "on_invocation_end": lambda context: self.happened.append("end"),
            "on_shutdown": lambda: self.happened.append("shutdown"),
        }

    def body(self, path: str) -> list[bytes]:
        self.happened.append(path)
        if path == "/raise":
            raise ValueError("as asked")
        return [b"Hello", b", ", b"World"]

    async def asgi(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        parts = self.body(str(scope["path"]))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body"})

    def wsgi(self, environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        parts = self.body(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield from parts

    def program(self, driver: str, **options: Any) -> Callable[[], None]:  # noqa: ANN401
        if driver == "sockets":
            return lambda: run_wsgi(self.wsgi, **options)
        return lambda: run_asgi(self.asgi, lifespan="off", **options)


def polled(api: FakeRuntimeAPI, times: int) -> Callable[[], bool]:
    return lambda: len(api.received("next")) == times


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_one_after_the_other_until_a_signal(
    fake_runtime_api: FakeRuntimeAPI, runtime: RuntimeHere, driver: str, number: int, code: int
) -> None:
    app = Hello()
    deliveries = [fake_runtime_api.invoke(http(path)) for path in ("/1", "/raise", "/3")]
    ended = runtime(app.program(driver, **app.hooks()), polled(fake_runtime_api, 4), number)
    bodies = [json.loads(delivery.wait().body)["body"] for delivery in deliveries]
    assert bodies == ["Hello, World", "Internal Server Error", "Hello, World"]
    one = ["start", "/1", "end"]
    assert app.happened == [*one, "start", "/raise", "end", "start", "/3", "end", "shutdown"]
    assert ended.code == code
    assert "ValueError: as asked" in ended.log


@pytest.mark.parametrize("driver", ["uvloop", "asyncio"], indirect=True)
def test_several_at_once(fake_runtime_api: FakeRuntimeAPI, runtime: RuntimeHere, driver: str) -> None:
    app = Hello()
    deliveries = [fake_runtime_api.invoke(http(f"/{number}")) for number in range(6)]
    ended = runtime(app.program(driver, **app.hooks()), polled(fake_runtime_api, 9), env=SEVERAL)
    assert {json.loads(delivery.wait().body)["body"] for delivery in deliveries} == {"Hello, World"}
    assert len({request.connection for request in fake_runtime_api.received("next")}) == 3
    assert (ended.code, app.happened[-1]) == (0, "shutdown")


def test_a_stream(fake_runtime_api: FakeRuntimeAPI, runtime: RuntimeHere, driver: str) -> None:
    app = Hello()
    delivery = fake_runtime_api.invoke(http("/"))
    assert runtime(app.program(driver), polled(fake_runtime_api, 2), env=STREAM).code == 0
    assert delivery.wait().body.endswith(b"Hello, World")


@pytest.mark.parametrize("end", ["close", "reset"])
def test_a_connection_that_has_ended_is_replaced(
    fake_runtime_api: FakeRuntimeAPI, runtime: RuntimeHere, driver: str, end: Then
) -> None:
    deliveries = [fake_runtime_api.invoke(http("/"), then=end) for _ in range(3)]
    assert runtime(Hello().program(driver), polled(fake_runtime_api, 4)).code == 0
    assert all(json.loads(delivery.wait().body)["body"] == "Hello, World" for delivery in deliveries)


def test_nothing_to_do_is_asked_again(fake_runtime_api: FakeRuntimeAPI, runtime: RuntimeHere, driver: str) -> None:
    fake_runtime_api.script("next", answer(204, b""))
    fake_runtime_api.invoke(http("/"))
    assert runtime(Hello().program(driver), polled(fake_runtime_api, 3)).code == 0
    assert [name for _, name in seen(fake_runtime_api)] == ["next", "next", "response", "next"]


def test_a_runtime_api_that_is_gone_ends_the_process(
    fake_runtime_api: FakeRuntimeAPI, runtime: RuntimeHere, driver: str
) -> None:
    for _ in range(3):
        fake_runtime_api.script("next", Answer(b"", "close"))
    ended = runtime(Hello().program(driver))
    assert ended.code == 1
    assert "Lost the Runtime API" in ended.log


def test_an_event_that_the_app_does_not_serve(
    fake_runtime_api: FakeRuntimeAPI, runtime: RuntimeHere, driver: str
) -> None:
    delivery = fake_runtime_api.invoke(b"no JSON")
    assert runtime(Hello().program(driver), polled(fake_runtime_api, 2)).code == 0
    assert failed(delivery.wait())["errorType"] == "EventError"


def test_a_handler_in_a_loop(fake_runtime_api: FakeRuntimeAPI, runtime: RuntimeHere) -> None:
    def handler(event: dict[str, int], context: LambdaContext) -> int:
        return event["number"] + 1

    async def handler_async(event: dict[str, int], context: LambdaContext) -> int:
        return event["number"] + 1

    for count, function in enumerate((handler, handler_async), 1):
        delivery = fake_runtime_api.invoke({"number": 1})
        assert runtime(partial(run, function), polled(fake_runtime_api, 2 * count)).code == 0
        assert delivery.wait().body == b"2"


def test_an_extension_is_registered_first(fake_runtime_api: FakeRuntimeAPI, runtime: RuntimeHere, driver: str) -> None:
    assert runtime(Hello().program(driver), polled(fake_runtime_api, 1), env=GRACEFUL).code == 0
    assert seen(fake_runtime_api)[0] == (0, "extension/register")


def test_a_refused_extension_is_a_warning(fake_runtime_api: FakeRuntimeAPI, runtime: RuntimeHere, driver: str) -> None:
    fake_runtime_api.script("extension/register", answer(403, {}))
    ended = runtime(Hello().program(driver), polled(fake_runtime_api, 1), env=GRACEFUL)
    assert "Lambda won't send SIGTERM before the end" in ended.log


def test_a_wrong_option_is_reported(fake_runtime_api: FakeRuntimeAPI, runtime: RuntimeHere, driver: str) -> None:
    ended = runtime(Hello().program(driver), env={"LAMBDA_HTTP_ADAPTER_INVOKE_MODE": "tomorrow"})
    (report,) = fake_runtime_api.received("init/error")
    assert ended.code == 1
    told = json.loads(report.body)
    assert told["errorType"] == "Runtime.InitError"
    assert "'tomorrow'" in told["errorMessage"]


def test_a_snapshot_is_taken_between_the_start_and_the_first_poll(
    fake_runtime_api: FakeRuntimeAPI, runtime: RuntimeHere, driver: str
) -> None:
    app = Hello()
    happened = app.happened
    hooks = {"on_snapshot": lambda: happened.append("snapshot"), "on_restore": lambda: happened.append("restore")}
    fake_runtime_api.script("restore/next", answer(200, b""))
    env = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start", **GRACEFUL}
    ended = runtime(app.program(driver, **hooks), polled(fake_runtime_api, 1), env=env)
    assert ended.code == 0
    assert happened == ["snapshot", "restore"]
    names = [name for _, name in seen(fake_runtime_api) if name != "extension/event/next"]
    assert names == ["extension/register", "restore/next", "next"]


def test_a_restore_that_fails_is_reported(fake_runtime_api: FakeRuntimeAPI, runtime: RuntimeHere, driver: str) -> None:
    def restore() -> None:
        raise ValueError("the database has gone")

    fake_runtime_api.script("restore/next", answer(200, b""))
    env = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
    ended = runtime(Hello().program(driver, on_restore=restore), env=env)
    (report,) = fake_runtime_api.received("restore/error")
    assert ended.code == 65
    assert "the database has gone" in json.loads(report.body)["errorMessage"]


def test_a_start_in_time_polls_once(fake_runtime_api: FakeRuntimeAPI, runtime: RuntimeHere, driver: str) -> None:
    env = {"LAMBDA_HTTP_ADAPTER_ASYNC_INIT": "true"}
    delivery = fake_runtime_api.invoke(http("/"))
    assert runtime(Hello().program(driver), polled(fake_runtime_api, 2), env=env).code == 0
    assert json.loads(delivery.wait().body)["body"] == "Hello, World"


def test_a_start_that_takes_long_polls_before_its_end(
    fake_runtime_api: FakeRuntimeAPI, runtime: RuntimeHere, driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(early_poll, "PATIENCE", 0)
    delivery = fake_runtime_api.invoke(http("/"))
    serve = Hello().program(driver)

    def program() -> None:
        environment = begin(os.environ)
        assert environment is not None
        environment.poll_in_time(load_config({"graceful_shutdown": False}, {}))
        fake_runtime_api.wait_until(polled(fake_runtime_api, 1))
        serve()

    ended = runtime(program, polled(fake_runtime_api, 2))
    assert ended.code == 0
    assert json.loads(delivery.wait().body)["body"] == "Hello, World"


def test_a_function_that_returns_without_a_reply_has_failed(
    fake_runtime_api: FakeRuntimeAPI, runtime: RuntimeHere
) -> None:
    delivery = fake_runtime_api.invoke({})

    def program() -> None:
        environment = begin(os.environ)
        assert environment is not None
        sync_loop.run(environment, lambda payload, context, reply: None, None, load_config({}, os.environ))

    assert runtime(program, polled(fake_runtime_api, 2)).code == 0
    assert failed(delivery.wait())["errorMessage"] == "The function returned without a response."


def test_a_stream_of_nothing(fake_runtime_api: FakeRuntimeAPI, runtime: RuntimeHere) -> None:
    delivery = fake_runtime_api.invoke({})
    assert runtime(partial(run, lambda event: iter([b"", b"a", b""])), polled(fake_runtime_api, 2)).code == 0
    assert delivery.wait().body == b"a"
    delivery = fake_runtime_api.invoke({})
    assert runtime(partial(run, lambda event: iter(())), polled(fake_runtime_api, 4)).code == 0
    assert delivery.wait().body == b""


@pytest.mark.parametrize("driver", ["uvloop", "asyncio"], indirect=True)
def test_the_end_comes_before_the_turn_of_a_poller(
    fake_runtime_api: FakeRuntimeAPI, runtime: RuntimeHere, driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first polls of several processes take turns. The last ones come while the hook for the end runs."""
    monkeypatch.setattr(processes, "_GAP", 0.1)
    processes._share.cache_clear()
    (token, last_token), (door, key) = os.pipe(), os.pipe()

    async def end() -> None:
        await asyncio.sleep(0.2)

    env = {**SEVERAL, "_LAMBDA_HTTP_ADAPTER_SHARE": f"0,1,{token},{door},{key}"}
    ended = runtime(Hello().program(driver, on_shutdown=end), polled(fake_runtime_api, 1), env=env)
    assert (ended.code, ended.log) == (0, "")
    for descriptor in (token, last_token, door):
        os.close(descriptor)


def test_a_start_that_is_over_just_as_its_time_is(monkeypatch: pytest.MonkeyPatch) -> None:
    class JustThen(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            self.set()
            return False

    def register() -> None:
        raise AssertionError

    monkeypatch.setattr(early_poll, "Event", JustThen)
    early = early_poll.EarlyPoll("127.0.0.1:1", register)
    for thread in threading.enumerate():
        if thread.name == "early poll":
            thread.join()
    assert not early.end()
    assert not early.answer.done()
