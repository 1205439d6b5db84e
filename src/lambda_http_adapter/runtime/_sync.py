"""The loop on blocking sockets: for what needs no event loop."""

from __future__ import annotations

import logging
import select
import socket
import sys
from typing import TYPE_CHECKING, NoReturn

from ..errors import ConfigurationError, RuntimeAPIError
from ._client import Answer, AnswerParser, Buffers, Invocation, Reply, RuntimeClient
from ._failure import failure_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._context import LambdaContext
    from .._request import Headers
    from .._types import Encoder, SyncResponder

    SyncFunction = Callable[[object, LambdaContext | None, Callable[[Encoder], SyncResponder]], None]

_logger = logging.getLogger("lambda_http_adapter")

_SMALL = 65536


def run(authority: str, function: SyncFunction) -> None:
    """Serve invocations until the environment ends. Exits with 1 where it can't go on."""
    client = RuntimeClient(authority)
    connection = Connection(authority)
    try:
        while True:
            connection.send(client.next())
            invocation = client.invocation(connection.answer())
            if invocation is not None:
                _invoke(client, connection, function, invocation)
    except RuntimeAPIError as error:
        _logger.critical("%s", error)
        sys.exit(1)
    finally:
        connection.close()


def _invoke(client: RuntimeClient, connection: Connection, function: SyncFunction, invocation: Invocation) -> None:
    responder: ReplyResponder | None = None

    def respond(encoder: Encoder) -> SyncResponder:
        nonlocal responder
        responder = ReplyResponder(connection, client.reply(invocation, encoder))
        return responder

    try:
        function(invocation.event, invocation.context(), respond)
    except Exception as error:
        if responder is not None:
            raise
        _logger.error("Request %s: %s", invocation.request_id, error)
        connection.send(client.error(invocation, error))
    client.settle(connection.answer(), connection.resent)


class ReplyResponder:
    """Writes a Reply to the connection as the app makes it. What becomes of it is the loop's to read, not the app's."""

    def __init__(self, connection: Connection, reply: Reply) -> None:
        self._connection = connection
        self._reply = reply
        self.gone = False

    @property
    def begun(self) -> bool:
        return self._reply.begun

    def start(self, status: int, headers: Headers) -> None:
        self._write(self._reply.start(status, headers))

    def body(self, data: bytes) -> None:
        self._write(self._reply.body(data))

    def end(self) -> None:
        self._write(self._reply.end())

    def fail(self, error: Exception) -> None:
        try:
            self._write(self._reply.fail(error))
        except OSError:
            pass  # nobody takes the trailers either

    def _write(self, buffers: Buffers) -> None:
        if not buffers:
            return
        try:
            if self._reply.begun:
                self._connection.write(buffers, self._reply.closed)
            else:
                self._connection.send(buffers)
        except OSError:
            self.gone = True
            raise


class Connection:
    """A keep-alive connection to the Runtime API at ``authority``, renewed when it turns out to be dead."""

    def __init__(self, authority: str) -> None:
        self._address = address_of(authority)
        self._socket: socket.socket | None = None
        self._request: Buffers | None = None
        self._half_written = False
        self.resent = False

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
            sock = self._socket or self._connect()
        elif self._socket is None or select.select([self._socket], [], [], 0)[0]:
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
        except OSError as error:
            raise RuntimeAPIError(f"Lost the Runtime API at {self._address[0]}:{self._address[1]}: {error}") from error

    def _connect(self) -> socket.socket:
        self._socket = socket.create_connection(self._address)
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


def _send_all(sock: socket.socket, buffers: Buffers) -> None:
    # One packet for what is small; what is large isn't copied.
    if sum(map(len, buffers)) < _SMALL:
        sock.sendall(b"".join(buffers))
    else:
        for buffer in buffers:
            sock.sendall(buffer)


def address_of(authority: str) -> tuple[str, int]:
    """``host:port`` as AWS_LAMBDA_RUNTIME_API has it."""
    host, _, port = authority.rpartition(":")
    if not host or not port.isdecimal():
        raise ConfigurationError(f"AWS_LAMBDA_RUNTIME_API is {authority!r}; expected host:port.")
    return host.strip("[]"), int(port)


def fail_init(authority: str, error: BaseException) -> NoReturn:
    """Log, report to the Runtime API and leave: nothing else may be called after a failed init."""
    _logger.critical("Initialisation failed: %s", error, exc_info=error)
    connection = Connection(authority)
    try:
        connection.send(RuntimeClient(authority).init_error(failure_of(error, error_type=_init_type(error))))
        connection.answer()
    except RuntimeAPIError as lost:
        _logger.critical("%s", lost)
    connection.close()
    sys.exit(1)


def _init_type(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return "Runtime.UserCodeSyntaxError"
    if isinstance(error, ImportError):
        return "Runtime.ImportModuleError"
    return getattr(error, "error_type", None) or "Runtime.InitError"
