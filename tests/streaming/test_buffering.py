"""Front doors that can't stream, and functions that aren't meant to: the body is collected."""

from collections.abc import Callable

import pytest

from tests.support.runtime_process import every_colour
from tests.support.streamed_response import Serve, buffered, function_url, rest_api, streamed
from tests.support.streaming_runtime_api import StreamingRuntimeAPI

WARNING = "can't stream a response: its events are answered buffered"

# Events whose front door can't stream, and what they are called in the log.
UNSTREAMED = [
    ("api_gateway_v2/plain", "api_gateway_v2"),
    ("api_gateway_v1/http_api", "api_gateway_v1"),
    ("alb/plain", "alb"),
    ("alb/plain_multi", "alb"),
    ("vpc_lattice/v2_strings", "vpc_lattice"),
    ("pass_through/sqs", "pass_through"),
    ("pass_through/step_functions", "pass_through"),
]


@pytest.mark.covering
@every_colour
@pytest.mark.parametrize(("name", "origin"), UNSTREAMED, ids=[name for name, _ in UNSTREAMED])
def test_front_doors_that_can_not_stream_are_answered_buffered(
    fake_runtime_api: StreamingRuntimeAPI,
    serve: Serve,
    event: Callable[[str], dict[str, object]],
    name: str,
    origin: str,
) -> None:
    """With one warning, however many of their events come."""
    twice = [fake_runtime_api.invoke(event(name)) for _ in range(2)]
    stream = fake_runtime_api.invoke(function_url("/digits"))
    process = serve()
    for delivery in twice:
        answer = delivery.wait()
        assert (answer.json() if origin == "pass_through" else buffered(answer)["body"]) in (12345, "12345")
    assert streamed(stream.wait()).body == b"12345"
    assert process.logs.count(WARNING) == 1
    assert f"This {origin} {WARNING}" in process.logs


@pytest.mark.covering
@every_colour
@pytest.mark.parametrize("event", [function_url("/digits"), rest_api("/digits")], ids=["function url", "rest api"])
def test_a_buffered_function_collects(
    fake_runtime_api: StreamingRuntimeAPI, serve: Serve, event: dict[str, object]
) -> None:
    delivery = fake_runtime_api.invoke(event)
    process = serve(LAMBDA_HTTP_ADAPTER_INVOKE_MODE="buffered")
    assert buffered(delivery.wait())["body"] == "12345"
    assert process.logs == ""


@pytest.mark.covering
@every_colour
@pytest.mark.parametrize("event", [function_url("/digits"), rest_api("/digits")], ids=["function url", "rest api"])
def test_streaming_warns_of_nothing(
    fake_runtime_api: StreamingRuntimeAPI, serve: Serve, event: dict[str, object]
) -> None:
    delivery = fake_runtime_api.invoke(event)
    process = serve()
    assert streamed(delivery.wait()).body == b"12345"
    assert process.logs == ""
