"""What surrounds each call of a plain handler: hooks, and a contextvars context of its own."""

import asyncio
import atexit
import json
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import snapshot_restore_py

from lambda_http_adapter import asgi_handler, http_handler, wsgi_handler
from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from lambda_http_adapter.errors import ConfigurationError, FailedStatusError
from tests.support.child_process import Process, inherited_environment, python
from tests.support.invocation import CONTEXT
from tests.support.invocation import EVENT as PAYLOAD
from tests.support.paths import ROOT

EVENT: dict[str, object] = json.loads(PAYLOAD)

Handler = Callable[[object, object], Any]
View = Callable[[], int]  # the status
Make = Callable[..., Handler]


def from_asgi(view: View, **options: object) -> Handler:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": view(), "headers": []})
        await send({"type": "http.response.body"})

    return asgi_handler(app, lifespan="off", **options)  # type: ignore[arg-type]


def from_wsgi(view: View, **options: object) -> Handler:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response(f"{view()} Told", [])
        return []

    return wsgi_handler(app, **options)  # type: ignore[arg-type]


def from_function(view: View, **options: object) -> Handler:
    return http_handler(lambda request: ("", view()), **options)  # type: ignore[arg-type]


def from_coroutine(view: View, **options: object) -> Handler:
    async def handler(request: object) -> tuple[str, int]:
        return "", view()

    return http_handler(handler, **options)  # type: ignore[arg-type]


every_handler = pytest.mark.parametrize("make", [from_asgi, from_wsgi, from_function, from_coroutine])
without_a_loop = pytest.mark.parametrize("make", [from_wsgi, from_function])
with_a_loop = pytest.mark.parametrize("make", [from_asgi, from_coroutine])


@every_handler
def test_hooks_are_called_around_each_call(make: Make) -> None:
    seen: list[object] = []

    def view() -> int:
        seen.append("app")
        return 200

    handler = make(
        view,
        on_invocation_start=lambda context: seen.append(("start", context)),
        on_invocation_end=lambda context: seen.append(("end", context)),
    )
    handler(EVENT, CONTEXT)
    handler(EVENT, CONTEXT)
    assert seen == [("start", CONTEXT), "app", ("end", CONTEXT)] * 2


@with_a_loop
def test_hooks_may_be_async_where_there_is_a_loop(make: Make) -> None:
    seen: list[str] = []

    async def start(context: object) -> None:
        seen.append("start")

    async def end(context: object) -> None:
        seen.append("end")

    make(lambda: 200, on_invocation_start=start, on_invocation_end=end)(EVENT, CONTEXT)
    assert seen == ["start", "end"]


@without_a_loop
def test_an_async_hook_is_refused_where_there_is_no_loop(make: Make) -> None:
    async def end(context: object) -> None: ...

    with pytest.raises(ConfigurationError, match=r"^The option on_invocation_end is a coroutine function; "):
        make(lambda: 200, on_invocation_end=end)


@every_handler
def test_the_end_of_a_call_that_failed(make: Make) -> None:
    seen: list[str] = []
    handler = make(lambda: 503, fail_on_status="503", on_invocation_end=lambda context: seen.append("end"))
    with pytest.raises(FailedStatusError):
        handler(EVENT, CONTEXT)
    assert seen == ["end"]


@every_handler
def test_a_hook_that_fails_is_logged(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    def start(context: object) -> None:
        raise ValueError("the hook's own fault")

    assert make(lambda: 204, on_invocation_start=start)(EVENT, CONTEXT)["statusCode"] == 204
    (record,) = caplog.records
    assert record.getMessage().startswith("The hook ")
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "the hook's own fault"


@every_handler
def test_a_call_does_not_see_the_context_variables_of_the_one_before(make: Make) -> None:
    user: ContextVar[str] = ContextVar("user", default="nobody")
    seen: list[str] = []

    def view() -> int:
        seen.append(user.get())
        user.set("zoë")
        return 200

    handler = make(view)
    handler(EVENT, CONTEXT)
    handler(EVENT, CONTEXT)
    assert (seen, user.get()) == (["nobody", "nobody"], "nobody")


SHUTDOWN = """
from lambda_http_adapter import asgi_handler, wsgi_handler, http_handler

async def asgi(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    print("lifespan")
    await send({"type": "lifespan.shutdown.complete"})

def wsgi(environ, start_response): ...

async def coroutine(request): ...

async def end():
    print("shutdown")

HANDLER
"""


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        ("asgi_handler(asgi, on_shutdown=end)", ["lifespan", "shutdown"]),
        ("asgi_handler(asgi, on_shutdown=lambda: print('shutdown'))", ["lifespan", "shutdown"]),
        ("wsgi_handler(wsgi, on_shutdown=lambda: print('shutdown'))", ["shutdown"]),
        ("http_handler(lambda request: None, on_shutdown=lambda: print('shutdown'))", ["shutdown"]),
        ("http_handler(coroutine, on_shutdown=end)", ["shutdown"]),
    ],
)
def test_the_hook_for_the_end_is_called_at_exit(handler: str, said: list[str], tmp_path: Path) -> None:
    environment = {**inherited_environment(), "PYTHONPATH": str(ROOT), "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9"}
    with Process(python(code=SHUTDOWN.replace("HANDLER", handler)), environment, tmp_path) as process:
        assert process.wait() == 0
        assert process.stdout.split() == said


@pytest.mark.parametrize("make", [from_asgi, from_wsgi])
@pytest.mark.parametrize(
    ("option", "register"),
    [("on_snapshot", "register_before_snapshot"), ("on_restore", "register_after_restore")],
)
def test_either_hook_of_snapstart_may_be_there_alone(
    make: Make, option: str, register: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And may be called before any event is."""
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
    calls: list[Callable[[], object]] = []
    monkeypatch.setattr(snapshot_restore_py, register, lambda *call: calls.append(partial(*call)))
    seen: list[str] = []
    make(lambda: 200, **{option: lambda: seen.append(option)})
    (call,) = calls
    call()
    assert seen == [option]


@pytest.mark.parametrize("make", [from_asgi, from_wsgi])
def test_a_stream_that_breaks_off_is_the_error_of_the_call(make: Make) -> None:
    def stream(event: object) -> Iterator[bytes]:
        yield b"part"
        raise ValueError("late")

    with pytest.raises(ValueError, match=r"^late$"):
        make(lambda: 200, on_event=stream)({"Records": [{"eventSource": "aws:sqs"}]}, CONTEXT)


def test_a_process_that_ends_can_start_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """From Python 3.12 on asyncio starts one to wait for its pool's, and is refused at exit."""
    at_exit: list[Callable[[], object]] = []
    close = asyncio.Runner.close

    def close_late(runner: asyncio.Runner) -> None:
        close(runner)
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(atexit, "register", at_exit.append)
    monkeypatch.setattr(asyncio.Runner, "close", close_late)
    assert from_asgi(lambda: 200)(EVENT, CONTEXT)["statusCode"] == 200
    (stop,) = at_exit
    stop()
