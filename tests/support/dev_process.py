"""`lambda-http-adapter dev` as a process, and what it says line by line."""

import json
import os
import queue
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Self

import httpx

from tests.support.child_process import inherited_environment
from tests.support.paths import ROOT
from tests.support.proc import proc

PATIENCE = 35
APP = "tests.support.misbehaving_app:app"
EXAMPLE = ROOT / "examples/fastapi_app"

Line = dict[str, object]


class Dev:
    """Started on a free port. Without `json_lines` there is no ``variables``."""

    def __init__(
        self,
        *arguments: str,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        json_lines: bool = True,
        command: Sequence[str] = (sys.executable, "-m", "lambda_http_adapter", "dev"),
    ) -> None:
        output = ["--json"] if json_lines else []
        self._json = json_lines
        self._process = subprocess.Popen(
            [*command, *output, "--port", "0", *arguments],
            cwd=cwd,
            env={**inherited_environment(), "PYTHONPATH": str(ROOT), **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self.seen: list[str] = []
        self._skipped: list[str] = []
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def _read(self, output: IO[str]) -> None:
        for line in output:
            self._lines.put(line)
        self._lines.put(None)

    def __enter__(self) -> Self:
        try:
            if not self._json:
                self.url = self.text("Serving ").partition(" at ")[2].partition("/ · ")[0]
                return self
            ready = self.line("ready")
        except BaseException:
            self.__exit__()
            raise
        self.url, self.mount = str(ready["url"]), str(ready["mount"])
        variables = ready["variables"]
        assert isinstance(variables, dict)
        self.variables: dict[str, str] = variables
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(PATIENCE)
        finally:
            self._process.kill()
            self._reader.join(PATIENCE)
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            self._process.stdout.close()
            while not self._lines.empty():
                self.seen.append(self._lines.get() or "")
            print("".join(self.seen))

    def line(self, kind: str, **fields: object) -> Line:
        """The first of that type that says so and has not been given out, in whatever order they come."""

        def matches(text: str) -> bool:
            line = _parsed(text)
            return line.get("type") == kind and fields.items() <= line.items()

        return _parsed(self._find(matches, f"{kind} {fields}"))

    def text(self, part: str) -> str:
        """The same for a line that holds ``part``."""
        return self._find(lambda text: part in text, part)

    def _find(self, matches: Callable[[str], bool], what: str) -> str:
        for index, text in enumerate(self._skipped):
            if matches(text):
                return self._skipped.pop(index)
        while (read := self._next()) is not None:
            if matches(read):
                return read
            self._skipped.append(read)
        raise AssertionError(f"It ended without a line {what}:\n{''.join(self.seen)}")

    def following(self) -> str:
        return self._next() or ""

    def _next(self) -> str | None:
        text = self._lines.get(timeout=PATIENCE)
        self.seen.append(text or "")
        return text

    @property
    def pid(self) -> int:
        return self._process.pid

    def say(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(text)
        self._process.stdin.flush()

    def end(self, number: int = signal.SIGINT) -> int:
        """The exit code after a signal."""
        self._process.send_signal(number)
        return self._process.wait(PATIENCE)

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=self.url, timeout=PATIENCE, trust_env=False) as client:
            yield client

    def get(self, path: str, **headers: str) -> httpx.Response:
        with self.client() as client:
            return client.get(path, headers=headers)


def _parsed(text: str) -> Line:
    """What isn't JSON is the app's or a traceback."""
    try:
        line = json.loads(text)
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}


class Gate:
    """Where the app waits until the test lets it go on: a connection for each that waits."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._server.settimeout(PATIENCE)
        self._waiting: list[socket.socket] = []
        self.port: int = self._server.getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.open()
        self._server.close()

    def arrive(self, count: int = 1) -> None:
        """Wait until so many more are there."""
        for _ in range(count):
            self._waiting.append(self._server.accept()[0])

    def open(self) -> None:
        for connection in self._waiting:
            connection.close()
        self._waiting.clear()


def processes_of(marker: str) -> list[int]:
    """Those that have ``marker`` in their environment."""
    found = []
    for directory in proc("").iterdir():
        if directory.name.isdecimal():
            try:
                if marker.encode() in (directory / "environ").read_bytes():
                    found.append(int(directory.name))
            except OSError:
                continue
    return found


def wait_until_gone(marker: str) -> None:
    """Wait for the end of every process that has ``marker`` in its environment."""
    while pids := processes_of(marker):
        for pid in pids:
            with suppress(ProcessLookupError):
                _wait_for_end(pid)


def _wait_for_end(pid: int) -> None:
    descriptor = os.pidfd_open(pid)
    try:
        ended, _, _ = select.select([descriptor], [], [], PATIENCE)
    finally:
        os.close(descriptor)
    command = proc(f"{pid}/cmdline")
    assert ended, f"Process {pid} is left: {command.read_bytes()!r}, {state_of(pid)}"


def state_of(pid: int) -> str:
    """The kernel's letter for it: T where it is stopped."""
    return proc(f"{pid}/stat").read_text().rpartition(")")[2].split()[0]
