"""The Runtime API over a blocking socket."""

from __future__ import annotations

import select
import socket

from ..errors import ConfigurationError, RuntimeAPIError
from .client import AnswerParser, APIAnswer, Buffers


class SyncConnection:
    """A keep-alive connection to the Runtime API at ``authority``, renewed when it turns out to be dead."""

    def __init__(self, authority: str) -> None:
        self._address = address_of(authority)
        self._socket: socket.socket | None = None
        self._request: Buffers | None = None
        self._half_written = False
        self.resent = False

    def open(self) -> None:
        """Connect now rather than with the first answer. Raises OSError."""
        self._connect()

    def send(self, request: Buffers) -> None:
        """Write one request, at once where there is a connection; ``answer`` makes one otherwise."""
        self._request = request
        if self._socket is not None:
            try:
                _send_all(self._socket, request)
            except ConnectionError:
                # Dead, or refused half-way with an answer that is still there to read: reading tells.
                pass

    def write(self, part: Buffers, last: bool) -> None:
        """Write a part of a request, which can't be sent again. Raises OSError where it was answered before its end."""
        sock = self._socket
        if self._half_written:
            if sock is None or readable(sock.fileno()):
                raise BrokenPipeError("The Runtime API ended the response")
        else:
            self._request = None
            if sock is not None and readable(sock.fileno()):
                self.close()  # nothing was asked: this is its end
                sock = None
        if sock is None:
            sock = self._connect()
        self._half_written = not last
        _send_all(sock, part)

    def answer(self) -> APIAnswer:
        """Wait for the answer to what was sent, however long. Raises RuntimeAPIError."""
        self.resent = False
        fresh = self._socket is None
        answer = None
        try:
            sock = self._socket or self._ask_again()
            while answer is None:
                try:
                    data = sock.recv(65536)
                    if not data:
                        raise ConnectionResetError("closed by the Runtime API")
                    answer = self._parser.feed(data)
                except ConnectionError as error:
                    if self._parser.mid_answer:
                        raise RuntimeAPIError("The Runtime API broke off in the middle of an answer") from error
                    if fresh or self._request is None:
                        raise
                    # The environment may have been frozen since the last answer, long enough for the other side to
                    # close. No byte of an answer came, so the request may be written again, once.
                    fresh = self.resent = True
                    sock = self._ask_again()
        except RuntimeAPIError:
            self.close()  # what else comes on it would belong to no question
            raise
        except OSError as error:
            self.close()
            raise RuntimeAPIError(f"Lost the Runtime API at {self._address[0]}:{self._address[1]}: {error}") from error
        if self._half_written or not answer.keep_alive:
            self.close()
        return answer

    def _ask_again(self) -> socket.socket:
        """The request, on a connection of its own."""
        self.close()
        sock = self._connect()
        _send_all(sock, self._request or [])
        return sock

    def _connect(self) -> socket.socket:
        # Not create_connection(): getaddrinfo() loads the idna codec, a millisecond, for what is a numeric address.
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.settimeout(None)  # an app may have set a default, and a poll takes as long as it takes
        self._socket.connect(self._address)
        # Nagle's algorithm and delayed ACKs would add 40 ms to every answer.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._parser = AnswerParser()
        return self._socket

    def close(self) -> None:
        self._half_written = False
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def ask_once(authority: str, request: Buffers) -> APIAnswer:
    """The answer to one request, on a connection of its own. Raises RuntimeAPIError."""
    connection = SyncConnection(authority)
    try:
        connection.send(request)
        return connection.answer()
    finally:
        connection.close()


# Smaller buffers are copied into one packet; larger ones are sent alone.
_LARGE = 128 * 1024


def _send_all(sock: socket.socket, buffers: Buffers) -> None:
    packet: Buffers = []
    for buffer in buffers:
        if len(buffer) < _LARGE:
            packet.append(buffer)
            continue
        if packet:
            sock.sendall(b"".join(packet))
            packet = []
        sock.sendall(buffer)
    if packet:
        sock.sendall(b"".join(packet))


def readable(descriptor: int) -> bool:
    """Whether a socket has something to read now: data, or its end."""
    poll = select.poll()  # not select(), which knows no descriptor above 1023
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def address_of(authority: str) -> tuple[str, int]:
    """``host:port`` as AWS_LAMBDA_RUNTIME_API has it."""
    host, _, port = authority.rpartition(":")
    if not host or not port.isdecimal():
        raise ConfigurationError(f"AWS_LAMBDA_RUNTIME_API is {authority!r}; expected host:port.")
    return host.strip("[]"), int(port)
