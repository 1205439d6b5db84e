"""A frozen environment thaws with connections that the other side has closed long ago."""

import pytest

from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.http_bytes import Answer, Then, answer
from tests.support.runtime_process import Serve, every_colour, http, seen, told

pytestmark = [pytest.mark.covering, every_colour, pytest.mark.parametrize("end", ["close", "reset"])]


def test_lost_after_next(fake_runtime_api: FakeRuntimeAPI, serve: Serve, end: Then) -> None:
    delivery = fake_runtime_api.invoke(http("/a"), then=end)
    serve()
    assert told(delivery.wait())["path"] == "/a"
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 2)
    assert seen(fake_runtime_api) == [(0, "next"), (1, "response"), (1, "next")]


def test_lost_after_the_answer_was_taken(fake_runtime_api: FakeRuntimeAPI, serve: Serve, end: Then) -> None:
    fake_runtime_api.script("response", answer(202, {"status": "OK"}, then=end))
    one, two = fake_runtime_api.invoke(http("/1")), fake_runtime_api.invoke(http("/2"))
    serve()
    assert [told(delivery.wait())["path"] for delivery in (one, two)] == ["/1", "/2"]
    assert seen(fake_runtime_api)[:4] == [(0, "next"), (0, "response"), (1, "next"), (1, "response")]


def test_closing_announced(fake_runtime_api: FakeRuntimeAPI, serve: Serve, end: Then) -> None:
    fake_runtime_api.script("response", answer(202, {"status": "OK"}, [("Connection", "close")], then=end))
    one, two = fake_runtime_api.invoke(http("/1")), fake_runtime_api.invoke(http("/2"))
    serve()
    assert [told(delivery.wait())["path"] for delivery in (one, two)] == ["/1", "/2"]
    assert seen(fake_runtime_api)[:4] == [(0, "next"), (0, "response"), (1, "next"), (1, "response")]


def test_next_lost_on_a_used_connection_is_asked_again(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, end: Then
) -> None:
    one = fake_runtime_api.invoke(http("/1"))
    fake_runtime_api.next_raw(b"", then=end)
    two = fake_runtime_api.invoke(http("/2"))
    serve()
    assert [told(delivery.wait())["path"] for delivery in (one, two)] == ["/1", "/2"]
    assert seen(fake_runtime_api)[:5] == [(0, "next"), (0, "response"), (0, "next"), (1, "next"), (1, "response")]


@pytest.mark.parametrize(
    "second",
    [answer(202, {"status": "OK"}), answer(400, {"errorType": "InvalidRequestID"}), answer(403, {})],
    ids=["accepted", "taken before", "out of turn"],
)
def test_an_answer_lost_on_a_used_connection_is_sent_again_once(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, end: Then, second: Answer
) -> None:
    """Refused the second time, it was taken the first: only its receipt was lost."""
    fake_runtime_api.script("response", Answer(b"", end), second)
    one, two = fake_runtime_api.invoke(http("/1")), fake_runtime_api.invoke(http("/2"))
    serve()
    assert told(two.wait())["path"] == "/2"
    assert seen(fake_runtime_api)[:4] == [(0, "next"), (0, "response"), (1, "response"), (1, "next")]
    first, again = (request for request in fake_runtime_api.requests if request.request_id == one.request_id)
    assert (first.headers, first.body) == (again.headers, again.body)


def test_an_answer_lost_twice_ends_the_process(fake_runtime_api: FakeRuntimeAPI, serve: Serve, end: Then) -> None:
    fake_runtime_api.script("response", Answer(b"", end), Answer(b"", end))
    fake_runtime_api.invoke(http())
    assert serve().wait() == 1
    assert seen(fake_runtime_api) == [(0, "next"), (0, "response"), (1, "response")]


def test_next_lost_on_a_fresh_connection_ends_the_process(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, end: Then
) -> None:
    fake_runtime_api.next_raw(b"", then=end)
    assert serve().wait() == 1
    assert seen(fake_runtime_api) == [(0, "next")]


def test_an_event_lost_half_way_ends_the_process(fake_runtime_api: FakeRuntimeAPI, serve: Serve, end: Then) -> None:
    delivery = fake_runtime_api.invoke(http())
    fake_runtime_api.next_raw(answer(200, b"12345").raw[:-1], then=end)
    process = serve()
    told(delivery.wait())
    assert process.wait() == 1
    assert seen(fake_runtime_api) == [(0, "next"), (0, "response"), (0, "next")]
    assert "in the middle of an answer" in process.logs


def test_a_receipt_lost_half_way_ends_the_process(fake_runtime_api: FakeRuntimeAPI, serve: Serve, end: Then) -> None:
    fake_runtime_api.script("response", Answer(b"HTTP/1.1 202 Acc", end))
    fake_runtime_api.invoke(http())
    assert serve().wait() == 1
    assert seen(fake_runtime_api) == [(0, "next"), (0, "response")]
