"""What a poller does about an answer of the Runtime API that is none, or final: it waits, logs, or ends."""

import logging

import pytest

from lambda_http_adapter._runtime.client import APIAnswer, RuntimeClient
from lambda_http_adapter.errors import RuntimeAPIError

LOST = RuntimeAPIError("lost")


@pytest.fixture
def client() -> RuntimeClient:
    return RuntimeClient("127.0.0.1:9001")


@pytest.fixture
def one_of_several() -> RuntimeClient:
    return RuntimeClient("127.0.0.1:9001", alone=False)


NEXT = APIAnswer(200, {b"lambda-runtime-aws-request-id": b"r-1"}, b"{}", True)


def test_a_lone_poller_does_not_ask_again(client: RuntimeClient, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(RuntimeAPIError) as raised:
        client.wait_after_failure(LOST)
    assert raised.value is LOST
    assert caplog.messages == []


def test_one_of_several_asks_five_times_in_a_row(
    one_of_several: RuntimeClient, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        assert [one_of_several.wait_after_failure(LOST) for _ in range(4)] == [0.1, 0.2, 0.4, 0.8]
        one_of_several.invocation(NEXT)
    for _ in range(4):
        one_of_several.wait_after_failure(LOST)
    with pytest.raises(RuntimeAPIError) as raised:
        one_of_several.wait_after_failure(LOST)
    assert raised.value is LOST
    assert set(caplog.record_tuples) == {("lambda_http_adapter", logging.WARNING, "lost. Asking again")}
    assert len(caplog.records) == 12


def test_the_wait_after_nothing_grows_to_a_second(client: RuntimeClient) -> None:
    waits = [client.wait_after_nothing() for _ in range(200)]
    assert waits[:4] == [0, 0.01, 0.02, 0.03]
    assert waits == sorted(waits)
    assert waits[100:] == [1.0] * 100
    client.invocation(NEXT)
    assert client.wait_after_nothing() == 0


# What became of a reply

BODY = b'{"errorType":"A"}\xff' + b"x" * 2000


@pytest.mark.parametrize(
    ("status", "resent", "level", "sentence"),
    [
        (410, False, logging.ERROR, "The invocation had timed out before its reply came: {}"),
        (413, False, logging.ERROR, "The response was too large for Lambda: {}"),
        (413, True, logging.ERROR, "The response was too large for Lambda: {}"),
        (400, True, logging.WARNING, "The Runtime API had accepted the reply before the connection broke"),
        (403, True, logging.WARNING, "The Runtime API had accepted the reply before the connection broke"),
    ],
)
def test_a_receipt_that_is_final_is_logged(
    client: RuntimeClient, status: int, resent: bool, level: int, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    client.settle(APIAnswer(status, {}, BODY, True), resent=resent)
    told = sentence.format('{"errorType":"A"}\ufffd' + "x" * (1024 - 18))
    assert caplog.record_tuples == [("lambda_http_adapter", level, told)]


@pytest.mark.parametrize("status", [199, 300, 400, 403, 500])
def test_a_receipt_that_ends_the_loop(client: RuntimeClient, status: int) -> None:
    with pytest.raises(RuntimeAPIError) as raised:
        client.settle(APIAnswer(status, {}, BODY, True), resent=False)
    assert str(raised.value) == f"The Runtime API answered {status} to a reply: {BODY[:1024]!r}"


@pytest.mark.parametrize("status", [200, 299])
def test_a_receipt_says_nothing(client: RuntimeClient, status: int, caplog: pytest.LogCaptureFixture) -> None:
    client.settle(APIAnswer(status, {}, b"", True), resent=False)
    assert caplog.messages == []


def test_a_reply_that_is_lost(
    client: RuntimeClient, one_of_several: RuntimeClient, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(RuntimeAPIError) as raised:
        client.lost_reply(LOST)
    assert raised.value is LOST
    assert caplog.messages == []
    one_of_several.lost_reply(LOST)
    assert caplog.record_tuples == [("lambda_http_adapter", logging.ERROR, "lost")]
