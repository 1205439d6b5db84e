"""A custom resource of CloudFormation: there is one answer at the event's ResponseURL, whatever the handler does."""

import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lambda_http_adapter import asgi_handler, wsgi_handler
from lambda_http_adapter._apps import Interruption, announce_end
from lambda_http_adapter._apps.custom_resource import AsyncCustomResource
from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from lambda_http_adapter._values.context import LambdaContext
from lambda_http_adapter.errors import AppError
from tests.support.cloudformation import EVENT, CloudFormation, Event
from tests.support.paths import EVENTS

Handler = Callable[..., object]


async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError


def wsgi(environ: Environ, start_response: StartResponse) -> list[bytes]:
    raise AssertionError


def from_asgi(handler: Handler) -> Callable[[object, object], object]:
    return asgi_handler(asgi, lifespan="off", on_event={"cloudformation": handler})


def from_wsgi(handler: Handler) -> Callable[[object, object], object]:
    return wsgi_handler(wsgi, on_event={"cloudformation": handler})


colours = pytest.mark.parametrize("make", [from_asgi, from_wsgi], ids=["ASGI", "WSGI"])


def context(milliseconds: int = 60_000) -> SimpleNamespace:
    return SimpleNamespace(
        aws_request_id="r-1",
        log_stream_name="2026/01/31/[$LATEST]x",
        get_remaining_time_in_millis=lambda: milliseconds,
    )


def answer(status: str, **fields: object) -> Event:
    return {
        "Status": status,
        "PhysicalResourceId": "2026/01/31/[$LATEST]x",
        "StackId": EVENT["StackId"],
        "RequestId": "7f9a3b1e",
        "LogicalResourceId": "Seed",
        **fields,
    }


def raising(error: BaseException) -> Handler:
    def handler(event: Event) -> None:
        raise error

    return handler


class Unspeakable(Exception):  # noqa: N818
    def __str__(self) -> str:
        raise ValueError


def broken() -> Iterator[bytes]:
    yield b'{"Data":'
    raise ValueError("no table")


REFUSED = (
    "ResultError: The handler of a custom resource returns None, or a dict of PhysicalResourceId (up to 1024 bytes), "
    "Data (a dict) and NoEcho (a bool); it returned "
)
TOO_LONG = "The handler's answer has {} bytes; CloudFormation takes 4096."
OUTCOMES: list[tuple[str, Handler, Event]] = [
    ("nothing", lambda event: None, answer("SUCCESS")),
    ("data", lambda event: {"Data": {"Rows": 3}}, answer("SUCCESS", Data={"Rows": 3})),
    (
        "an id",
        lambda event: {"PhysicalResourceId": "seed-1", "NoEcho": True},
        answer("SUCCESS", PhysicalResourceId="seed-1", NoEcho=True),
    ),
    ("raises", raising(ValueError("no table")), answer("FAILED", Reason="ValueError: no table")),
    ("raises at length", raising(ValueError("x" * 5000)), answer("FAILED", Reason="ValueError: " + "x" * 988)),
    ("raises in Chinese", raising(ValueError("表" * 500)), answer("FAILED", Reason="ValueError: " + "表" * 150)),
    ("raises what has no text", raising(Unspeakable()), answer("FAILED", Reason="Unspeakable: ")),
    ("leaves", raising(SystemExit(3)), answer("FAILED", Reason="AppError: The app ended with SystemExit(3)")),
    ("a text", lambda event: "done", answer("FAILED", Reason=f'{REFUSED}"done".')),
    ("another field", lambda event: {"Status": "OK"}, answer("FAILED", Reason=f'{REFUSED}{{"Status":"OK"}}.')),
    ("no id", lambda event: {"PhysicalResourceId": None}, answer("SUCCESS")),
    (
        "too much",
        lambda event: {"PhysicalResourceId": "seed-1", "Data": {"Rows": "x" * 4096}},
        answer("FAILED", PhysicalResourceId="seed-1", Reason=TOO_LONG.format(4291)),
    ),
    (
        "too much beside the longest id",
        lambda event: {"PhysicalResourceId": "表" * 341, "Data": {"Rows": "x" * 4096}},
        answer("FAILED", PhysicalResourceId="表" * 341, Reason=TOO_LONG.format(6331)),
    ),
    (
        "too long an id",
        lambda event: {"PhysicalResourceId": "x" * 1025},
        answer("FAILED", Reason=f'{REFUSED}{{"PhysicalResourceId":"{"x" * 77}.'),
    ),
    (
        "an id that is no text",
        lambda event: {"PhysicalResourceId": 5},
        answer("FAILED", Reason=f'{REFUSED}{{"PhysicalResourceId":5}}.'),
    ),
    (
        "data that are no dict",
        lambda event: {"PhysicalResourceId": "seed-1", "Data": [3]},
        answer(
            "FAILED",
            PhysicalResourceId="seed-1",
            Reason=f'{REFUSED}{{"PhysicalResourceId":"seed-1","Data":[3]}}.',
        ),
    ),
    ("a text as NoEcho", lambda event: {"NoEcho": "yes"}, answer("FAILED", Reason=f'{REFUSED}{{"NoEcho":"yes"}}.')),
    (
        "what JSON has no number for",
        lambda event: {"Data": {"Mean": float("nan")}},
        answer("FAILED", Reason=f'{REFUSED}{{"Data":{{"Mean":NaN}}}}.'),
    ),
    ("no data", lambda event: {"Data": None, "NoEcho": None}, answer("SUCCESS")),
    ("bytes", lambda event: b"done", answer("FAILED", Reason=f"{REFUSED}done.")),
    (
        "a stream",
        lambda event: iter([b'{"Data":', b'{"a":1}}']),
        answer("SUCCESS", Data={"a": 1}),
    ),
    ("a stream that breaks", lambda event: broken(), answer("FAILED", Reason="ValueError: no table")),
    (
        "no JSON",
        lambda event: {"Data": object()},
        answer(
            "FAILED",
            Reason="ResultError: The handler returned an object in a dict, which JSON can't hold.",
        ),
    ),
]


@colours
@pytest.mark.parametrize(("handler", "expected"), [row[1:] for row in OUTCOMES], ids=[row[0] for row in OUTCOMES])
def test_there_is_one_answer(
    cloudformation: CloudFormation,
    make: Callable[[Handler], Callable[..., object]],
    handler: Handler,
    expected: Event,
) -> None:
    assert make(handler)(EVENT | {"ResponseURL": cloudformation.url}, context()) is None
    (told,) = cloudformation.answers
    if expected.get("Reason", "").startswith("ResultError: The handler returned"):
        assert told["Reason"].startswith("ResultError: ")
        told["Reason"] = expected["Reason"]
    assert told == expected
    assert cloudformation.content_types in ([""], [None])


async def later(event: Event) -> Event:
    await asyncio.sleep(0)
    return {"Data": {"Rows": 3}}


def test_an_async_handler(cloudformation: CloudFormation) -> None:
    from_asgi(later)(EVENT | {"ResponseURL": cloudformation.url}, context())
    assert cloudformation.answers == [answer("SUCCESS", Data={"Rows": 3})]


def test_an_app_that_occupies_all_threads_is_answered_all_the_same(cloudformation: CloudFormation) -> None:
    released = threading.Event()

    async def handler(event: Event) -> Event:
        for _ in range(100):
            asyncio.get_running_loop().run_in_executor(None, released.wait)
        return {"Data": {"Rows": 3}}

    try:
        from_asgi(handler)(EVENT | {"ResponseURL": cloudformation.url}, context(milliseconds=7000))
    finally:
        released.set()
    assert cloudformation.answers == [answer("SUCCESS", Data={"Rows": 3})]


@colours
@pytest.mark.parametrize(
    "url", ["nowhere", None, 5, "file:///etc/hostname", "data:text/plain,x", "https://[::1", "http://a b/"]
)
def test_an_url_that_is_none_fails_the_invocation(
    make: Callable[[Handler], Callable[..., object]], url: object
) -> None:
    with pytest.raises(AppError, match=r"^CloudFormation was not answered: "):
        make(lambda event: None)(EVENT | {"ResponseURL": url}, context())


@colours
def test_an_update_keeps_the_id(
    cloudformation: CloudFormation, make: Callable[[Handler], Callable[..., object]]
) -> None:
    event = EVENT | {"ResponseURL": cloudformation.url, "RequestType": "Update", "PhysicalResourceId": "seed-1"}
    make(lambda event: None)(event, None)
    assert cloudformation.answers == [answer("SUCCESS", PhysicalResourceId="seed-1")]


@colours
def test_without_a_context_the_id_is_the_request_s(
    cloudformation: CloudFormation, make: Callable[[Handler], Callable[..., object]]
) -> None:
    make(lambda event: None)(EVENT | {"ResponseURL": cloudformation.url}, None)
    assert cloudformation.answers == [answer("SUCCESS", PhysicalResourceId="7f9a3b1e")]


@colours
def test_a_handler_that_takes_too_long_has_failed(
    cloudformation: CloudFormation, make: Callable[[Handler], Callable[..., object]], caplog: pytest.LogCaptureFixture
) -> None:
    answered = threading.Event()

    def handler(event: Event) -> None:
        assert answered.wait(10)

    def wait() -> None:
        while not cloudformation.answers:
            pass
        answered.set()

    watching = threading.Thread(target=wait)
    watching.start()
    make(handler)(EVENT | {"ResponseURL": cloudformation.url}, context(milliseconds=100))
    watching.join()
    reason = "The handler took too long: the invocation's deadline is near."
    assert cloudformation.answers == [answer("FAILED", Reason=reason)]
    assert f"The custom resource is answered with FAILED: {reason}" in caplog.text


@colours
def test_a_short_time_out_is_time_enough(
    cloudformation: CloudFormation, make: Callable[[Handler], Callable[..., object]]
) -> None:
    """Half of it is the handler's."""

    def handler(event: Event) -> Event:
        time.sleep(0.1)
        return {"Data": {"Rows": 3}}

    make(handler)(EVENT | {"ResponseURL": cloudformation.url}, context(milliseconds=2000))
    assert cloudformation.answers == [answer("SUCCESS", Data={"Rows": 3})]


@colours
@pytest.mark.parametrize("handler", [lambda event: None, raising(ValueError("no table"))], ids=["works", "fails"])
def test_an_answer_that_does_not_arrive_fails_the_invocation(
    cloudformation: CloudFormation, make: Callable[[Handler], Callable[..., object]], handler: Handler
) -> None:
    """Lambda tries it again: nothing else would tell CloudFormation."""
    cloudformation.status = 500
    with pytest.raises(AppError, match=r"^CloudFormation was not answered: HTTP Error 500"):
        make(handler)(EVENT | {"ResponseURL": cloudformation.url}, context())


@colours
def test_an_answer_that_gets_no_http_answer_fails_the_invocation(
    cloudformation: CloudFormation, make: Callable[[Handler], Callable[..., object]]
) -> None:
    cloudformation.garbage = True
    with pytest.raises(AppError, match=r"^CloudFormation was not answered: "):
        make(lambda event: None)(EVENT | {"ResponseURL": cloudformation.url}, context())


@colours
def test_a_handler_may_still_answer_if_the_word_of_its_time_does_not_arrive(
    cloudformation: CloudFormation, make: Callable[[Handler], Callable[..., object]], caplog: pytest.LogCaptureFixture
) -> None:
    cloudformation.status = 500
    lost = threading.Event()

    class Lost(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno == logging.CRITICAL:
                lost.set()

    def handler(event: Event) -> None:
        assert lost.wait(10)
        cloudformation.status = 200

    listening = Lost()
    logging.getLogger("lambda_http_adapter").addHandler(listening)
    try:
        make(handler)(EVENT | {"ResponseURL": cloudformation.url}, context(milliseconds=100))
    finally:
        logging.getLogger("lambda_http_adapter").removeHandler(listening)
    assert [told["Status"] for told in cloudformation.answers] == ["FAILED", "SUCCESS"]


@colours
def test_a_handler_that_ends_right_after_sigterm_has_its_own_answer(
    cloudformation: CloudFormation, make: Callable[[Handler], Callable[..., object]]
) -> None:
    def handler(event: Event) -> Event:
        announce_end()
        return {"Data": {"Rows": 3}}

    make(handler)(EVENT | {"ResponseURL": cloudformation.url}, context())
    assert cloudformation.answers == [answer("SUCCESS", Data={"Rows": 3})]


ENDED = "Lambda ended the execution environment before the handler had finished."


@colours
@pytest.mark.parametrize("status", [200, 500], ids=["arrives", "is lost"])
def test_a_handler_that_outlives_sigterm_has_failed(
    cloudformation: CloudFormation,
    make: Callable[[Handler], Callable[..., object]],
    caplog: pytest.LogCaptureFixture,
    status: int,
) -> None:
    cloudformation.status = status

    def handler(event: Event) -> None:
        announce_end()
        cloudformation.wait()

    function = make(handler)
    event = EVENT | {"ResponseURL": cloudformation.url}
    if status == 200:
        function(event, context())
    else:
        with pytest.raises(AppError, match=r"^CloudFormation was not answered: HTTP Error 500"):
            function(event, context())
        assert caplog.records[-1].levelname == "CRITICAL"
    assert cloudformation.answers == [answer("FAILED", Reason=ENDED)]


def test_the_answer_does_not_end_with_the_thread_that_runs_the_handler(cloudformation: CloudFormation) -> None:
    """On Managed Instances that is a daemon, for which Python doesn't wait before it exits."""
    daemons: list[bool] = []

    def handler(event: Event) -> None:
        daemons.extend(thread.daemon for thread in threading.enumerate() if thread.name == "custom resource")

    event = EVENT | {"ResponseURL": cloudformation.url}
    thread = threading.Thread(target=from_wsgi(handler), args=[event, context()], daemon=True)
    thread.start()
    thread.join()
    assert daemons == [False]


def test_an_interrupted_handler_has_failed(cloudformation: CloudFormation) -> None:
    with pytest.raises(Interruption):
        from_wsgi(raising(Interruption()))(EVENT | {"ResponseURL": cloudformation.url}, context())
    cloudformation.wait()
    assert cloudformation.answers == [answer("FAILED", Reason=ENDED)]


def test_a_cancelled_handler_has_failed(cloudformation: CloudFormation) -> None:
    async def function(payload: object, context: LambdaContext | None, reply: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def cancel() -> None:
        event = EVENT | {"ResponseURL": cloudformation.url}
        task = asyncio.create_task(AsyncCustomResource(function)(event, None, cast("Any", None)))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    begun = asyncio.Event()
    asyncio.run(cancel())
    cloudformation.wait()
    assert cloudformation.answers == [answer("FAILED", Reason=ENDED, PhysicalResourceId="7f9a3b1e")]


@colours
def test_a_macro_is_a_handler_s_own(make: Callable[[Handler], Callable[..., object]]) -> None:
    event = json.loads((EVENTS / "pass_through/cloudformation_macro.json").read_bytes())
    assert make(lambda event: {"status": "success"})(event, context()) == {"status": "success"}
