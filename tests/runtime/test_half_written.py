"""A stream that is answered before its end: nothing else may follow on its connection."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator

import pytest

from lambda_http_adapter._runtime.async_connection import AsyncConnection
from lambda_http_adapter._runtime.sync_connection import SyncConnection
from tests.support.http_bytes import answer
from tests.support.model_peer import Peer

FIRST = (
    b"POST /2018-06-01/runtime/invocation/r-1/response HTTP/1.1\r\nHost: localhost\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n"
)
END = b"0\r\n\r\n"


@pytest.fixture
def peer() -> Iterator[Peer]:
    with contextlib.closing(Peer()) as peer:
        yield peer


def answered(peer: Peer) -> None:
    """The Runtime API's receipt comes, although it has read no end."""
    peer.turn()
    (line,) = peer.lines
    assert line.posted is not None
    assert (line.posted.parts, line.posted.is_whole) == ([b"part"], False)
    line.answer(answer(202))


def test_on_a_blocking_socket(peer: Peer) -> None:
    connection = SyncConnection(peer.address)
    connection.write([FIRST], last=False)
    answered(peer)
    with pytest.raises(BrokenPipeError):
        connection.write([END], last=True)
    assert connection.answer().status == 202
    peer.turn()
    assert not peer.lines[0].is_open


@pytest.mark.parametrize("new_event_loop", ["asyncio", "uvloop"])
def test_on_an_event_loop(peer: Peer, new_event_loop: str) -> None:
    async def stream() -> None:
        with contextlib.closing(AsyncConnection(peer.address)) as connection:
            await connection.write([FIRST], False, told.set)
            await connection.drain()
            answered(peer)
            await told.wait()
            with pytest.raises(BrokenPipeError):
                await connection.write([END], True, told.set)
            assert (await connection.answer()).status == 202
            for _ in range(20):
                await asyncio.sleep(0)
                peer.turn()
            assert not peer.lines[0].is_open

    told = asyncio.Event()
    with asyncio.Runner(loop_factory=loop_factory(new_event_loop)) as runner:
        runner.run(stream())


def loop_factory(name: str) -> Callable[[], asyncio.AbstractEventLoop]:
    if name == "uvloop":
        return pytest.importorskip("uvloop").new_event_loop  # type: ignore[no-any-return]
    return asyncio.new_event_loop
