"""The Runtime API over a blocking socket."""

from __future__ import annotations

import select
import socket

from ..errors import ConfigurationError, RuntimeAPIError
from .client import AnswerParser, APIAnswer, Buffers


class SyncConnection:
    """A keep-alive connection to the Runtime API at ``authority``, renewed when it turns out to be dead.

    The environment may have been frozen since the last answer, long enough for the other side to close. As long as no
    byte of an answer came, a request is written again on a new connection, once: ``resent``. So is a stream of which
    only the first part has been written, or only the first and the last.
    """

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
        self.resent = False
        if self._socket is not None and self._input.poll(0):
            self.close()  # nothing was asked: it has ended, or this is the notice that it is about to
        if self._socket is not None:
            try:
                _send_all(self._socket, request)
            except ConnectionError:
                # Dead, or refused half-way with an answer that is still there to read: reading tells.
                pass

    def write(self, part: Buffers, last: bool) -> None:
        """Write a part of a request. Raises OSError once the Runtime API reads no more of it.

        first part     connection open: written · ended, whatever is still to read: on a new one
        a later part   connection open: written · answered: BrokenPipeError · ended: all of it on a new one, if kept
        """
        begins = not self._half_written
        self._half_written = True  # also if its end can't be written: then nothing else may follow on this connection
        self._write(part, begins, last)
        self._half_written = not last

    def _write(self, part: Buffers, begins: bool, last: bool) -> None:
        if begins:
            self._request = part
            self.resent = False
        sock = self._socket
        if sock is not None:
            if not self._input.poll(0):
                try:
                    _send_all(sock, part)
                except ConnectionError:
                    if _has_data(sock):
                        raise
                else:
                    if not begins:
                        self._request = whole(self._request, part) if last else None
                    return
            elif not begins and _has_data(sock):
                raise BrokenPipeError("The Runtime API ended the response")
        self._write_again(part, begins)

    def _write_again(self, part: Buffers, begins: bool) -> None:
        """The connection has ended without an answer, before this part."""
        if not begins:
            if self._request is None or self.resent:
                raise BrokenPipeError("The connection to the Runtime API was lost within a response")
            self._request = [*self._request, *part]
            self.resent = True
        self._send_again()

    def answer(self) -> APIAnswer:
        """Wait for the answer to what was sent, however long. Raises RuntimeAPIError."""
        fresh = self._socket is None
        answer = None
        try:
            sock = self._socket or self._send_again()
            while answer is None:
                try:
                    data = sock.recv(65536)
                    if not data:
                        raise ConnectionResetError("closed by the Runtime API")
                    answer = self._parser.feed(data)
                except ConnectionError as error:
                    if self._parser.mid_answer:
                        raise RuntimeAPIError("The Runtime API broke off in the middle of an answer") from error
                    if fresh or self._request is None or self.resent:
                        raise
                    fresh = self.resent = True
                    sock = self._send_again()
        except RuntimeAPIError:
            self.close()  # what else comes on it would belong to no question
            raise
        except OSError as error:
            self.close()
            raise RuntimeAPIError(f"Lost the Runtime API at {self._address[0]}:{self._address[1]}: {error}") from error
        if self._half_written or not answer.keep_alive:
            self.close()
        return answer

    def _send_again(self) -> socket.socket:
        """What there is of the request, on a connection of its own. Raises OSError."""
        request, self._request = self._request, None  # what can't be sent again has no answer to wait for
        if request is None:
            raise BrokenPipeError("nothing was sent")
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        sock = self._connect()
        _send_all(sock, request)
        self._request = request
        return sock

    def _connect(self) -> socket.socket:
        sock = self._open()
        self._parser = AnswerParser()
        self._input = select.poll()  # not select(), which knows no descriptor above 1023
        self._input.register(sock, select.POLLIN)
        self._socket = sock  # last: a deadline may strike before it
        return sock

    def _open(self) -> socket.socket:
        # Not create_connection(): getaddrinfo() loads the idna codec, a millisecond, for what is a numeric address.
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.settimeout(None)  # an app may have set a default, and a poll takes as long as it takes
        try:
            sock.connect(self._address)
        except BaseException:
            sock.close()
            raise
        # Nagle's algorithm and delayed ACKs would add 40 ms to every answer.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

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


def whole(first: Buffers | None, last: Buffers) -> Buffers | None:
    """A request of two parts; None where there were others between them."""
    return None if first is None else [*first, *last]


def readable(descriptor: int) -> bool:
    """Whether a socket has something to read now: data, or its end."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _has_data(sock: socket.socket) -> bool:
    """Whether there is an answer to read, and not only the end of the connection."""
    try:
        return readable(sock.fileno()) and sock.recv(1, socket.MSG_PEEK) != b""
    except OSError:
        return False


def address_of(authority: str) -> tuple[str, int]:
    """``host:port`` as AWS_LAMBDA_RUNTIME_API has it."""
    host, _, port = authority.rpartition(":")
    if not host or not port.isdecimal():
        raise ConfigurationError(f"AWS_LAMBDA_RUNTIME_API is {authority!r}; expected host:port.")
    return host.strip("[]"), int(port)


def is_address(authority: str) -> bool:
    """Whether a connection to it can be tried: beyond these limits it isn't refused, sockets and codecs raise."""
    host, _, port = authority.rpartition(":")
    if not (authority.isascii() and authority.isprintable() and " " not in authority):
        return False
    if not (port.isdecimal() and len(port) <= 5 and 0 < int(port) <= 65535):
        return False
    labels = host.strip("[]").removesuffix(".").split(".")
    return all(0 < len(label) < 64 for label in labels)
