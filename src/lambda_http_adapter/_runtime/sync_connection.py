"""The Runtime API over a blocking socket."""

from __future__ import annotations

import select
import socket
from itertools import groupby

from ..errors import ConfigurationError, RuntimeAPIError
from .answer import Answer, AnswerParser
from .client import Buffers


class Connection:
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
        if not self._half_written:
            self._request = None
            if self._socket is not None and _readable(self._socket):
                self.close()  # nothing was asked: this is its end
            sock = self._socket or self._connect()
        elif self._socket is None or _readable(self._socket):
            raise BrokenPipeError("The Runtime API ended the response")
        else:
            sock = self._socket
        self._half_written = not last
        _send_all(sock, part)

    def answer(self) -> Answer:
        """Wait for the answer to what was sent, however long. Raises RuntimeAPIError."""
        self.resent = False
        try:
            if self._socket is not None:
                try:
                    return self._read(self._socket)
                except ConnectionError:
                    self.close()
                    if self._request is None:
                        raise
                    # The environment may have been frozen since the last answer, long enough for the other side to
                    # close. No byte of an answer came, so the request may be written again.
                    self.resent = True
            sock = self._connect()
            _send_all(sock, self._request or [])
            return self._read(sock)
        except RuntimeAPIError:
            self.close()  # what else comes on it would belong to no question
            raise
        except OSError as error:
            self.close()
            raise RuntimeAPIError(f"Lost the Runtime API at {self._address[0]}:{self._address[1]}: {error}") from error

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

    def _read(self, sock: socket.socket) -> Answer:
        answer = None
        while answer is None:
            try:
                data = sock.recv(65536)
                if not data:
                    raise ConnectionResetError("closed by the Runtime API")
            except ConnectionError as error:
                if self._parser.mid_answer:
                    raise RuntimeAPIError("The Runtime API broke off in the middle of an answer") from error
                raise
            answer = self._parser.feed(data)
        if self._half_written or not answer.keep_alive:
            self.close()
        return answer

    def close(self) -> None:
        self._half_written = False
        if self._socket is not None:
            self._socket.close()
            self._socket = None


# What is smaller is copied sooner than it is sent apart.
_LARGE = 128 * 1024


def _send_all(sock: socket.socket, buffers: Buffers) -> None:
    for large, group in groupby(buffers, lambda buffer: len(buffer) >= _LARGE):
        for packet in group if large else (b"".join(group),):
            sock.sendall(packet)


def _readable(sock: socket.socket) -> bool:
    poll = select.poll()  # not select(), which knows no descriptor above 1023
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def address_of(authority: str) -> tuple[str, int]:
    """``host:port`` as AWS_LAMBDA_RUNTIME_API has it."""
    host, _, port = authority.rpartition(":")
    if not host or not port.isdecimal():
        raise ConfigurationError(f"AWS_LAMBDA_RUNTIME_API is {authority!r}; expected host:port.")
    return host.strip("[]"), int(port)
