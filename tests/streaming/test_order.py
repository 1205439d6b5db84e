"""Chunks leave when they are made, and the reader sets the pace."""

from tests.support.proc import proc
from tests.support.runtime_process import every_driver
from tests.support.stepped_app import SteppedProcess
from tests.support.streamed_response import Serve, function_url, streamed
from tests.support.streaming_runtime_api import StreamingRuntimeAPI


@every_driver
def test_a_chunk_arrives_before_the_next_is_made(
    fake_runtime_api: StreamingRuntimeAPI, serve: Serve, stepped_app: SteppedProcess
) -> None:
    delivery = fake_runtime_api.invoke(function_url("/one_by_one"))
    serve()
    for number in range(1, 6):
        stepped_app.allow()
        assert delivery.chunk(number) == b"%d" % number
    answer = streamed(delivery.wait())
    assert answer.prelude == {
        "statusCode": 200,
        "headers": {"content-type": "text/event-stream", "cache-control": "no-store"},
        "cookies": ["a=1"],
    }
    assert (answer.body, answer.trailers) == (b"12345", [])


@every_driver
def test_a_slow_reader_slows_the_app(
    fake_runtime_api: StreamingRuntimeAPI, serve: Serve, stepped_app: SteppedProcess
) -> None:
    fake_runtime_api.forgets = True
    with fake_runtime_api.hold("response"):
        delivery = fake_runtime_api.invoke(function_url("/flood/64"))
        serve()
        delivery.begun()
        held = stepped_app.until_none_is_taken()
    request = delivery.wait()
    assert 0 < held * 65536 <= kernel_buffers() + 2**20
    assert stepped_app.until_none_is_taken() == 1024
    assert request.arrivals[-1] == 1024


def kernel_buffers() -> int:
    """The most that a sender's socket holds."""
    return int(proc("sys/net/ipv4/tcp_wmem").read_text().split()[2])
