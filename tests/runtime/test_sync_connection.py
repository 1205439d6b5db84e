"""The blocking connection where the other side ends it between two parts of a stream."""

import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from lambda_http_adapter._runtime.client import Buffers
from lambda_http_adapter._runtime.sync_connection import SyncConnection, readable
from lambda_http_adapter.errors import ConfigurationError
from tests.support.http_bytes import RequestReader, answer

HEAD: Buffers = [b"POST /r HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n"]
LAST: Buffers = [b"0\r\n\r\n"]
LARGE = 1 << 20


@pytest.fixture
def platform() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        yield listener


@pytest.fixture
def connection(platform: socket.socket) -> Iterator[SyncConnection]:
    connection = SyncConnection("{}:{}".format(*platform.getsockname()))
    yield connection
    connection.close()


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_a_stream_that_is_lost_behind_its_first_part_is_written_again(
    platform: socket.socket, connection: SyncConnection, reset: bool
) -> None:
    connection.write(HEAD, last=False)
    line, _ = platform.accept()
    if reset:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    else:
        assert line.recv(1000) == HEAD[0]  # what is unread would make a reset of it
    line.close()
    assert connection._socket is not None
    while not readable(connection._socket.fileno()):
        pass
    connection.write(LAST, last=True)
    with platform.accept()[0] as second:
        reader = RequestReader(second)
        reader.head()
        assert list(reader.chunks()) == [b"part"]
        second.sendall(answer(202, {}).raw)
        assert connection.answer().status == 202
    assert connection.resent


def test_a_large_body_is_sent_alone(platform: socket.socket, connection: SyncConnection) -> None:
    """A packet is made of the smaller buffers, and there may be none in front of it."""
    received: list[int] = []

    def read() -> None:
        with platform.accept()[0] as line:
            total = 0
            while total < 2 * LARGE + 4:
                total += len(line.recv(1 << 16))
            received.append(total)

    thread = threading.Thread(target=read)
    thread.start()
    connection.write([bytes(LARGE), bytes(LARGE), b"last"], last=True)
    thread.join()
    assert received == [2 * LARGE + 4]


def test_an_address_without_a_port() -> None:
    with pytest.raises(ConfigurationError, match=r"^AWS_LAMBDA_RUNTIME_API is 'localhost'; expected host:port\.$"):
        SyncConnection("localhost")
