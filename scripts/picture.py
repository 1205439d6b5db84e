"""Draws what a terminal shows of `dev` and a few requests, as an SVG."""

import fcntl
import io
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from rich.console import Console
from rich.text import Text

COMMAND = "lambda-http-adapter dev --origin rest --stage live"
EXAMPLE = Path(__file__).parent.parent / "examples" / "fastapi_app"
COLUMNS, LINES = 100, 40
PATIENCE = 60


class Screen:
    """What a program has written to its terminal."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._written = b""

    def wait_for(self, pattern: bytes) -> re.Match[bytes]:
        """Read until ``pattern`` is there. Raises OSError if the program ends before."""
        while True:
            found = re.search(pattern, self._written)
            if found is not None:
                return found
            self._written += os.read(self._descriptor, 65536)

    @property
    def text(self) -> str:
        return self._written.decode().replace("\r\n", "\n")


@contextmanager
def running(command: str, temporary: str) -> Iterator[Screen]:
    """``command`` in a terminal, with the example as its directory."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "TMPDIR": temporary}
    process = subprocess.Popen(
        command.split(),
        cwd=EXAMPLE,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Screen(ours)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        os.close(ours)


def session() -> str:
    """What is on the screen after some requests, one of which fails: its database is gone."""
    with tempfile.TemporaryDirectory() as temporary, running(f"{COMMAND} --port 0", temporary) as screen:
        url = screen.wait_for(rb"http://127\.0\.0\.1:\d+/live")[0].decode()
        screen.wait_for(rb"/_lambda")
        with httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False) as client:
            client.get("/")
            client.post("/notes", json={"text": "buy coffee"})
            screen.wait_for(rb"POST /live/notes 201[^\n]*\n")
            Path(temporary, "fastapi_notes.sqlite3").unlink()
            client.get("/notes")
            screen.wait_for(rb"OperationalError[^\n]*\n")
            client.get("/lambda")
            screen.wait_for(rb"GET /live/lambda 200[^\n]*\n")
        return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8000", screen.text)


def main() -> None:
    (target,) = sys.argv[1:]
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(f"$ {COMMAND}", style="bold", highlight=False)
    console.print(Text.from_ansi(session()))
    console.save_svg(target, title="lambda-http-adapter dev")


if __name__ == "__main__":
    main()
