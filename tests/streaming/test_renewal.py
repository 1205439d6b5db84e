"""A connection that the platform ends behind the event, where the response is streamed: looked at before its first
byte, and renewed for what has been written by then."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator

import pytest

from lambda_http_adapter._runtime.async_connection import AsyncConnection
from lambda_http_adapter._runtime.client import Buffers
from tests.support.child_process import RunProcess
from tests.support.http_bytes import RequestReader, Then
from tests.support.programs import DRIVERS, launch
from tests.support.soak_runtime_api import Fault
from tests.support.soak_streams import APP, STREAMED, StreamSoak
from tests.support.streamed_response import function_url, streamed
from tests.support.streaming_runtime_api import StreamingRuntimeAPI

# At once and a millisecond later, by a FIN and by a reset.
ENDS: list[tuple[Then, float]] = [(then, after) for after in (0, 0.001) for then in ("close", "reset")]


# A stream of one part is written again whenever it is lost, a longer one where it begins behind the end.
@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize(("path", "times"), [("/whole/", 50), ("/late/", 10)])
def test_a_connection_that_ends_behind_the_event_loses_no_stream(
    run_process: RunProcess, driver: str, concurrency: int, path: str, times: int
) -> None:
    size = times * len(ENDS)
    with StreamSoak(size, [Fault(path=path, then=then, after=after) for then, after in ENDS], 1) as api:
        env = {"AWS_LAMBDA_RUNTIME_API": api.address, "AWS_LAMBDA_MAX_CONCURRENCY": str(concurrency)}
        process = launch(run_process, driver, APP, **env, **STREAMED)
        api.wait(size, timeout=20)
        assert api.complaints == []
        assert api.unaccounted() == {}
        assert process.running


TASKS = """
import asyncio

async def app(scope, receive, send):
    assert scope["type"] == "http"
    await asyncio.sleep(0.005)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    bodies = [{"type": "http.response.body", "body": b"%d" % n, "more_body": True} for n in range(5)]
    await asyncio.gather(*map(send, bodies))
    await send({"type": "http.response.body"})
"""


@pytest.mark.parametrize("driver", ["uvloop", "asyncio"])
@pytest.mark.parametrize("then", ["keep", "close", "reset"])
def test_tasks_that_send_at_once_are_sent_in_order(
    fake_runtime_api: StreamingRuntimeAPI, run_process: RunProcess, driver: str, then: Then
) -> None:
    launch(run_process, driver, TASKS, **STREAMED)
    for _ in range(20):
        answer = streamed(fake_runtime_api.invoke(function_url(), then=then).wait())
        assert (answer.prelude["statusCode"], answer.body, answer.trailers) == (200, b"01234", [])


HEAD: Buffers = [b"POST /r HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"]
CHUNK: Buffers = [b"4\r\npart\r\n"]
LAST: Buffers = [b"0\r\n\r\n"]


Write = Callable[[AsyncConnection], Awaitable[object]]


async def written_by(write: Write, listener: socket.socket) -> list[bytes]:
    """The chunks and trailers of what arrives on a connection."""
    connection = AsyncConnection("{}:{}".format(*listener.getsockname()))
    arriving = asyncio.create_task(asyncio.to_thread(arrived, listener))
    await write(connection)
    await connection.write(LAST, True, lambda: None)
    try:
        return await arriving
    finally:
        connection.close()


def arrived(listener: socket.socket) -> list[bytes]:
    with listener.accept()[0] as line:
        reader = RequestReader(line)
        try:
            reader.head()
        except EOFError:
            return arrived(listener)  # that one was given up
        return [*reader.chunks(), *(value.encode() for _, value in reader.trailers())]


@pytest.fixture
def platform() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        yield listener


async def cancelled_while_it_connects(connection: AsyncConnection) -> None:
    writing = asyncio.create_task(connection.write([*HEAD, *CHUNK], False, lambda: None))
    await asyncio.sleep(0)
    writing.cancel()
    await asyncio.wait([writing])


def test_a_stream_that_is_cancelled_while_it_connects_can_still_be_ended(platform: socket.socket) -> None:
    assert asyncio.run(written_by(cancelled_while_it_connects, platform)) == [b"part"]


async def from_several_tasks(connection: AsyncConnection) -> None:
    await asyncio.gather(
        connection.write([*HEAD, *CHUNK], False, lambda: None),
        *(connection.write([b"1\r\n%d\r\n" % n], False, lambda: None) for n in range(5)),
    )


def test_tasks_that_write_while_it_connects_write_in_their_order(platform: socket.socket) -> None:
    assert asyncio.run(written_by(from_several_tasks, platform)) == [b"part", b"0", b"1", b"2", b"3", b"4"]
