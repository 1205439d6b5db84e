"""Forks a child per moment, is its Runtime API, and sees what it does. Needs Linux."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import time
from typing import TYPE_CHECKING

from tests.support.http_bytes import BadRequestError, Head, RequestReader, answer, framing, undeclared, violations
from tests.support.moments import FAR, STRIKES, Case, serve
from tests.support.runtime_process import http
from tests.support.streamed_response import DELIMITER

if TYPE_CHECKING:
    from collections.abc import Sequence

_PATIENCE = 10  # seconds for a child that should end


class Seen:
    """What one child did."""

    def __init__(self) -> None:
        self.notes = ""
        self.code = 0
        self.polls = self.delivered = 0
        self.posts: list[tuple[str, str]] = []
        self.complaints: list[str] = []
        self.logs = ""

    def noted(self, word: str) -> list[str]:
        return [line.removeprefix(word).strip() for line in self.notes.splitlines() if line.startswith(word)]


class Observer:
    """Forks children and serves each its events."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._address = "{}:{}".format(*self._listener.getsockname())
        self._logs = os.memfd_create("logs")
        self._moments = os.memfd_create("moments")

    def moments(self, functions: Sequence[str]) -> tuple[int, list[int]]:
        """Of the child that was ended while it waited: how many opcodes it ran, and when each ran first and last.

        ``functions``: only in those, if there are any.
        """
        places = [tuple(place) for place in json.loads(os.pread(self._moments, 1 << 24, 0))]
        os.ftruncate(self._moments, 0)
        os.lseek(self._moments, 0, os.SEEK_SET)
        last = {place: number for number, place in enumerate(places, 1)}
        first = {place: number for number, place in reversed([*enumerate(places, 1)])}
        named = [place for place in first if not functions or place[2] in functions]
        return len(places), sorted({*map(first.__getitem__, named), *map(last.__getitem__, named)})

    def observe(self, case: Case, moment: int) -> Seen:
        """0 is no moment at all: the child is ended once it waits."""
        os.ftruncate(self._logs, 0)
        os.lseek(self._logs, 0, os.SEEK_SET)
        notes, note = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(notes)
            self._listener.close()
            os.dup2(self._logs, 1)
            os.dup2(self._logs, 2)
            code = 71
            try:
                code = serve(case, moment, self._address, note, self._moments)
            finally:
                os._exit(code)
        os.close(note)
        served = _Served(case, moment, child, self._listener, notes, self._address)
        try:
            seen = served.watch()
        finally:
            os.close(notes)
        seen.logs = os.pread(self._logs, 1 << 20, 0).decode(errors="replace")
        return seen


class _Served:
    def __init__(self, case: Case, moment: int, child: int, listener: socket.socket, notes: int, address: str) -> None:
        self._strike = STRIKES[case.strike]
        self._moment = moment
        self._child = child
        self._listener = listener
        self._notes = notes
        self._address = address
        self._end = time.monotonic() + _PATIENCE
        self._lost = False
        self._seen = Seen()

    def watch(self) -> Seen:
        ended = os.pidfd_open(self._child)
        try:
            while True:
                ready, _, _ = select.select(
                    [self._listener.fileno(), ended], [], [], max(0, self._end - time.monotonic())
                )
                if self._listener.fileno() in ready:
                    connection, _ = self._listener.accept()
                    with connection:
                        if not self._lost:
                            self._serve(connection)
                elif ready:
                    break
                else:
                    self._give_up()
        finally:
            os.close(ended)
        _, status = os.waitpid(self._child, 0)
        self._seen.code = os.waitstatus_to_exitcode(status)
        self._read_notes(block=True)
        return self._seen

    def _give_up(self) -> None:
        self._seen.complaints.append("it doesn't end")
        os.kill(self._child, signal.SIGKILL)
        self._end += _PATIENCE

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(_PATIENCE)
        reader = RequestReader(connection)
        within = ""
        try:
            while True:
                within = ""
                head = reader.head()
                within = head.target.rpartition("/")[2]
                for violation in violations(head, self._address):
                    self._seen.complaints.append(violation)
                if head.method == "GET":
                    reader.exactly(framing(head) or 0)  # type: ignore[arg-type]
                    if not self._event(connection):
                        return
                else:
                    _, request_id, endpoint = head.target.rsplit("/", 2)
                    self._seen.posts.append((request_id, f"{endpoint} {_text(head, reader)}"))
                    connection.sendall(answer(202, {"status": "OK"}).raw)
        except BadRequestError as error:
            self._seen.complaints.append(f"not HTTP: {error}")
        except TimeoutError:
            self._give_up()
        except OSError as error:
            self._seen.complaints += [f"{within} broke off: {error}"] * bool(within)
        except EOFError:
            if within and within != "next":
                self._seen.posts.append(("", f"half of a {within}"))

    def _event(self, connection: socket.socket) -> bool:
        self._seen.polls += 1
        number = self._seen.delivered
        if number < len(self._strike.paths):
            deadline = str(int((time.time() + FAR) * 1000))
            fields = [("Lambda-Runtime-Aws-Request-Id", f"r-{number}"), ("Lambda-Runtime-Deadline-Ms", deadline)]
            connection.sendall(answer(200, http(self._strike.paths[number]), fields).raw)
            self._seen.delivered += 1
            return True
        if self._strike.lost:
            self._lost = True
            return False
        self._end_idle()
        return True

    def _end_idle(self) -> None:
        """It has served everything and waits, unless its moment has come just now, or is to come."""
        ends = self._strike.signal in (signal.SIGTERM, signal.SIGINT)
        if self._moment and ends:
            for _ in range(200):
                self._read_notes(block=False)
                if self._seen.noted("struck"):
                    return
                select.select([self._notes], [], [], 0.005)
            self._seen.notes += "not struck\n"
        time.sleep(0.02)
        os.kill(self._child, self._strike.signal if ends else signal.SIGTERM)

    def _read_notes(self, block: bool) -> None:
        while block or select.select([self._notes], [], [], 0)[0]:
            data = os.read(self._notes, 65536)
            self._seen.notes += data.decode()
            if not data:
                return


def _text(head: Head, reader: RequestReader) -> str:
    """A response in a word or two."""
    size = framing(head)
    if isinstance(size, int):
        content = json.loads(reader.exactly(size))
        if head.target.endswith("/error"):
            return str(content["errorType"])
        return f"{content['statusCode']} {content['body']}" if "statusCode" in content else str(content)
    body = b"".join(reader.chunks())
    trailers = reader.trailers()
    prelude, delimiter, rest = body.partition(DELIMITER)
    text = f"{json.loads(prelude)['statusCode']} {rest.decode()}" if delimiter else body.decode()
    if undeclared(head, trailers) or len(trailers) not in (0, 2):
        return f"undeclared {trailers}"
    return text + " and trailers" * bool(trailers)
