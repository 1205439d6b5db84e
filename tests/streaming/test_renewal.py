"""A connection that the platform ends behind the event, where the response is streamed: looked at before its first
byte, and renewed for what has been written by then."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator

import pytest

from lambda_http_adapter._runtime.async_connection import AsyncConnection, Wire
from lambda_http_adapter._runtime.client import Buffers
from lambda_http_adapter._runtime.sync_connection import SyncConnection
from lambda_http_adapter.errors import RuntimeAPIError
from tests.support.child_process import RunProcess
from tests.support.http_bytes import RequestReader, Then
from tests.support.programs import DRIVERS, launch
from tests.support.soak_runtime_api import Fault
from tests.support.soak_streams import APP, STREAMED, StreamSoak
from tests.support.stepped_app import SteppedProcess
from tests.support.streamed_response import function_url, streamed
from tests.support.streaming_runtime_api import StreamingRuntimeAPI

# At once and a millisecond later, by a FIN and by a reset.
ENDS: list[tuple[Then, float]] = [(then, after) for after in (0, 0.001) for then in ("close", "reset")]


# A stream of one part is written again whenever it is lost, a longer one where it begins behind the end.
@pytest.mark.covering
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

def step():
    with open("steps", "rb", buffering=0) as steps:
        steps.read(1)

async def app(scope, receive, send):
    assert scope["type"] == "http"
    await asyncio.to_thread(step)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    bodies = [{"type": "http.response.body", "body": b"%d" % n, "more_body": True} for n in range(5)]
    await asyncio.gather(*map(send, bodies))
    await send({"type": "http.response.body"})
"""


@pytest.mark.covering
@pytest.mark.parametrize("driver", ["uvloop", "asyncio"])
@pytest.mark.parametrize("then", ["keep", "close", "reset"])
def test_tasks_that_send_at_once_are_sent_in_order(
    fake_runtime_api: StreamingRuntimeAPI,
    run_process: RunProcess,
    stepped_app: SteppedProcess,
    driver: str,
    then: Then,
) -> None:
    launch(run_process, driver, TASKS, **STREAMED)
    for number in range(20):
        delivery = fake_runtime_api.invoke(function_url(), then=then)
        if then != "keep":  # the app sends behind the end of the event's connection
            fake_runtime_api.wait_until(lambda ended=number + 1: fake_runtime_api.ended >= ended)  # type: ignore[misc]
        stepped_app.allow()
        answer = streamed(delivery.wait())
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


@pytest.mark.parametrize("connection", [AsyncConnection, SyncConnection])
def test_nothing_was_sent(connection: type[AsyncConnection | SyncConnection]) -> None:
    async def answer() -> object:
        result = connection("127.0.0.1:1").answer()
        return await result if isinstance(result, Awaitable) else result

    with pytest.raises(RuntimeAPIError) as raised:
        asyncio.run(answer())
    assert str(raised.value) == "Lost the Runtime API at 127.0.0.1:1: nothing was sent"


async def until_it_has_ended(connection: AsyncConnection) -> None:
    while not (connection._wire and connection._wire.closed):  # noqa: ASYNC110  # nobody is told
        await asyncio.sleep(0.001)


def test_a_stream_is_given_up_where_two_parts_are_lost_with_its_connection(platform: socket.socket) -> None:
    async def write() -> None:
        connection = AsyncConnection("{}:{}".format(*platform.getsockname()))
        await connection.write([*HEAD, *CHUNK], False, lambda: None)
        await connection.write(CHUNK, False, lambda: None)
        platform.accept()[0].close()  # the connection is there: the first part has left on it
        await until_it_has_ended(connection)
        with pytest.raises(BrokenPipeError, match=r"^The connection to the Runtime API was lost within a response$"):
            await connection.write(CHUNK, False, lambda: None)

    asyncio.run(write())


def test_a_connection_that_ends_while_it_is_made_has_no_answer(platform: socket.socket) -> None:
    async def write() -> None:
        _, wire = await asyncio.get_running_loop().create_connection(Wire, *platform.getsockname())
        platform.accept()[0].close()
        while not wire.closed:  # noqa: ASYNC110  # nobody is told
            await asyncio.sleep(0)
        wire.write(HEAD, begins=True)
        with pytest.raises(ConnectionResetError, match=r"^closed by the Runtime API$"):
            await wire.answer()

    asyncio.run(write())


def test_a_notice_that_nobody_asked_for_closes_the_connection(platform: socket.socket) -> None:
    """Such as a 408 for an idle connection: it must not be read as the answer to the next question."""

    def answers(raw: bytes) -> socket.socket:
        line, _ = platform.accept()
        RequestReader(line).head()
        line.sendall(raw)
        return line

    async def ask(connection: AsyncConnection, raw: bytes) -> tuple[bytes, socket.socket]:
        answering = asyncio.create_task(asyncio.to_thread(answers, raw))
        connection.send([b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n"])
        return (await connection.answer()).body, await answering

    async def ask_twice() -> bytes:
        connection = AsyncConnection("{}:{}".format(*platform.getsockname()))
        _, first = await ask(connection, b"HTTP/1.1 204 No Content\r\n\r\n")
        with first:
            first.sendall(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
            await until_it_has_ended(connection)
        body, second = await ask(connection, b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo")
        second.close()
        connection.close()
        return body

    assert asyncio.run(ask_twice()) == b"two"
