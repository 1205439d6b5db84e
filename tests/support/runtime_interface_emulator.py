"""AWS's Runtime Interface Emulator around a command: the real Runtime API, as far as it can be made to do things."""

import http.client
import json
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import TimeoutExpired
from types import TracebackType
from typing import Protocol, Self

from tests.support.child_process import Process, inherited_environment
from tests.support.server_process import free_ports

BINARY = Path(sys.prefix) / "emulator" / "aws-lambda-rie"
_INVOCATIONS = "/2015-03-31/functions/function/invocations"


class Emulator:
    """The command is started at the first invoke, and again at the next one after it has died."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], cwd: Path) -> None:
        if len(command) < 2:
            raise ValueError("the emulator takes a single argument for a handler and looks for /var/runtime/bootstrap")
        # The emulator can't be given port 0: it would not tell which one it took.
        runtime_api, self._port = free_ports(2)
        self._one_at_a_time = threading.Lock()  # the second of two concurrent invokes brings the emulator down
        self._process = Process(
            [
                str(BINARY),
                *("--log-level", "info"),
                *("--runtime-api-address", f"127.0.0.1:{runtime_api}"),
                *("--runtime-interface-emulator-address", f"127.0.0.1:{self._port}"),
                *command,
            ],
            {**inherited_environment(), **env},
            cwd,
        )

    def __enter__(self) -> Self:
        try:
            with self._shown_on_failure():
                self._wait_until_it_listens()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The runtime has a process group of its own. Without its Runtime API it ends by itself, coverage written.
        self._process.signal(signal.SIGKILL)
        self._process.wait()
        _end_session(self._process.pid)
        self._process.__exit__(kind, error, trace)

    def invoke(self, event: object, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        """Status and body; an event that is bytes is sent as it is. A function's error comes with status 200."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        with self._shown_on_failure(), self._one_at_a_time:
            try:
                connection.request("POST", _INVOCATIONS, body, dict(headers or {}))
                response = connection.getresponse()
                return response.status, response.read()
            finally:
                connection.close()

    def terminate(self) -> None:
        """What Lambda does at the end of an environment: SIGTERM before SIGKILL if an extension has registered."""
        self._process.signal(signal.SIGTERM)
        self._process.wait()

    @property
    def logs(self) -> str:
        """What the emulator and the function have written."""
        return self._process.logs

    def _wait_until_it_listens(self) -> None:
        for _ in range(1_000):
            try:
                return socket.create_connection(("127.0.0.1", self._port)).close()
            except ConnectionRefusedError:
                with suppress(TimeoutExpired):
                    self._process.wait(timeout=0.02)
                    break
        raise AssertionError("The emulator does not listen")

    @contextmanager
    def _shown_on_failure(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            error.add_note(self.logs)
            raise


class StartEmulator(Protocol):
    def __call__(
        self, command: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> Emulator: ...


def _end_session(session: int) -> None:
    for process in _members(session):
        with suppress(ProcessLookupError):
            descriptor = os.pidfd_open(process)
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            if not poll.poll(5_000):
                os.kill(process, signal.SIGKILL)
            os.close(descriptor)


def _members(session: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        with suppress(ProcessLookupError):
            if entry.name.isdigit() and os.getsid(int(entry.name)) == session:
                yield int(entry.name)
