"""The platform answers before the response is whole, or breaks off: the app is told, and the loop goes on if it can."""

import pytest

from tests.support.child_process import Process
from tests.support.fake_runtime_api import Delivery
from tests.support.http_bytes import Answer, Then, answer
from tests.support.runtime_process import every_colour, every_driver, on_asyncio, on_sockets
from tests.support.stepped_app import SteppedProcess
from tests.support.streamed_response import Serve, function_url, streamed
from tests.support.streaming_runtime_api import StreamingRuntimeAPI

TOO_LARGE = answer(413, {"errorMessage": "…", "errorType": "RequestEntityTooLarge"}, then="close")
LATE = answer(410, {"errorMessage": "…", "errorType": "InvokeTimeout"}, then="close")
ACCEPTED = answer(202, {"status": "OK"}, then="close")

answers = pytest.mark.parametrize("early", [TOO_LARGE, LATE, ACCEPTED], ids=["413", "410", "202"])


def seen(fake_runtime_api: StreamingRuntimeAPI) -> list[tuple[int, str]]:
    return [(request.connection, request.endpoint) for request in fake_runtime_api.requests]


def goes_on(fake_runtime_api: StreamingRuntimeAPI, bad: Delivery, good: Delivery) -> None:
    """The next invocation is served on a connection of its own."""
    assert streamed(good.wait()).body == b"12345"
    assert good.begun().connection == bad.begun().connection + 1
    assert [request.request_id for request in fake_runtime_api.requests].count(bad.request_id) == 1


@pytest.mark.covering
@every_driver
@pytest.mark.parametrize("size", [1, 100_000, 10_000_000])
def test_an_early_answer_ends_the_body(fake_runtime_api: StreamingRuntimeAPI, serve: Serve, size: int) -> None:
    process = serve()
    for early in (ACCEPTED, TOO_LARGE, LATE):
        fake_runtime_api.answer_early(early, after=3)
        bad = fake_runtime_api.invoke(function_url(f"/endless/{size}"))
        good = fake_runtime_api.invoke(function_url("/digits"))
        goes_on(fake_runtime_api, bad, good)
        assert ("RequestEntityTooLarge" in process.logs) == (early is not ACCEPTED)
        assert ("InvokeTimeout" in process.logs) == (early is LATE)
    assert process.stderr == "closed\n" * 3
    assert "Traceback" not in process.logs


def ended(fake_runtime_api: StreamingRuntimeAPI) -> bool:
    return len(fake_runtime_api.received("next")) == 2


@pytest.mark.covering
@on_asyncio
@answers
@pytest.mark.parametrize("times", [1, 3])
def test_send_raises_from_then_on_and_receive_tells(
    fake_runtime_api: StreamingRuntimeAPI, serve: Serve, early: Answer, times: int
) -> None:
    fake_runtime_api.answer_early(early, after=3)
    fake_runtime_api.invoke(function_url(f"/{times}"))
    process = serve("tireless")
    fake_runtime_api.wait_until(lambda: ended(fake_runtime_api))
    assert process.stderr == "OSError\n" * times + "http.disconnect\n"


@on_asyncio
def test_an_app_that_never_waits_is_told(fake_runtime_api: StreamingRuntimeAPI, serve: Serve) -> None:
    """As long as the socket takes what it sends, such an app never lets the event loop read."""
    fake_runtime_api.answer_early(TOO_LARGE, after=3)
    fake_runtime_api.invoke(function_url())
    process = serve("busy")
    fake_runtime_api.wait_until(lambda: ended(fake_runtime_api))
    assert process.stderr == "told\n"


@on_asyncio
@answers
def test_an_app_that_sends_nothing_is_told(fake_runtime_api: StreamingRuntimeAPI, serve: Serve, early: Answer) -> None:
    fake_runtime_api.answer_early(early, after=2)
    fake_runtime_api.invoke(function_url())
    process = serve("idle")
    fake_runtime_api.wait_until(lambda: ended(fake_runtime_api))
    assert process.stderr == "http.disconnect\n"


@pytest.mark.covering
@on_sockets
@pytest.mark.parametrize(("app", "said"), [("closes", "close()\n"), ("writes", "OSError\n")])
@answers
def test_write_raises_and_close_is_called(
    fake_runtime_api: StreamingRuntimeAPI, serve: Serve, app: str, said: str, early: Answer
) -> None:
    fake_runtime_api.answer_early(early, after=3)
    fake_runtime_api.invoke(function_url())
    process = serve(app)
    fake_runtime_api.wait_until(lambda: ended(fake_runtime_api))
    assert process.stderr == said


@every_driver
def test_an_answer_to_a_body_that_nobody_reads(fake_runtime_api: StreamingRuntimeAPI, serve: Serve) -> None:
    """The answer comes, and then a reset, as the rest of the chunk lies unread."""
    fake_runtime_api.answer_early(TOO_LARGE._replace(then="reset"), after=1)
    bad, good = (
        fake_runtime_api.invoke(function_url("/endless/10000000")),
        fake_runtime_api.invoke(function_url("/digits")),
    )
    process = serve()
    goes_on(fake_runtime_api, bad, good)
    assert process.stderr == "closed\n"


@pytest.mark.covering
@every_colour
@pytest.mark.parametrize("then", ["close", "reset"])
@pytest.mark.parametrize("size", [1, 10_000_000])
def test_hanging_up_ends_the_process(
    fake_runtime_api: StreamingRuntimeAPI, serve: Serve, then: Then, size: int
) -> None:
    fake_runtime_api.answer_early(Answer(b"", then), after=3)
    fake_runtime_api.invoke(function_url(f"/endless/{size}"))
    process: Process = serve()
    assert process.wait() == 1
    assert process.stderr == "closed\n"
    assert f"Lost the Runtime API at {fake_runtime_api.address}" in process.logs
    assert "Traceback" not in process.logs
    assert seen(fake_runtime_api) == [(0, "next"), (0, "response")]


@pytest.mark.covering
@pytest.mark.parametrize(
    ("serve", "app"),
    [(driver, "tests.support.streaming_asgi_apps:late") for driver in ("uvloop", "asyncio")] + [("sockets", None)],
    indirect=["serve"],
)
@pytest.mark.parametrize("then", ["close", "reset"])
def test_a_connection_that_ends_behind_the_event_is_renewed_for_the_answer(
    fake_runtime_api: StreamingRuntimeAPI, serve: Serve, stepped_app: SteppedProcess, app: str | None, then: Then
) -> None:
    """Nothing of the answer has been written on it, so nothing is lost."""
    delivery = fake_runtime_api.invoke(function_url("/one_by_one"), then=then)
    serve(app)
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next") and fake_runtime_api.has_ended(0))
    stepped_app.allow(5)
    assert streamed(delivery.wait()).body == b"12345"


@pytest.mark.parametrize(
    ("serve", "app", "path"),
    [
        ("uvloop", None, "/breaks_when_told"),
        ("sockets", None, "/breaks_when_told"),
        ("sockets", "handler:tests.support.streaming_apps:handler", "/"),
    ],
    indirect=["serve"],
    ids=["asgi", "wsgi", "handler"],
)
def test_an_app_that_breaks_when_its_response_is_refused_already(
    fake_runtime_api: StreamingRuntimeAPI, serve: Serve, stepped_app: SteppedProcess, app: str | None, path: str
) -> None:
    """The log has the app's own error, if it was there first, and the refusal. That nobody reads the trailers is no
    error of its own."""
    fake_runtime_api.answer_early(TOO_LARGE, after=1 if app else 2)
    process = serve(app)
    bad = fake_runtime_api.invoke(function_url(path))
    fake_runtime_api.wait_until(lambda: bad.begun().answer)
    stepped_app.allow()
    fake_runtime_api.wait_until(lambda: ended(fake_runtime_api))
    assert "RequestEntityTooLarge" in process.logs
    assert "BrokenPipeError" not in process.logs
