"""A pseudo-terminal with a program in it."""

import os
import pty
import select
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from tests.support.child_process import inherited_environment
from tests.support.paths import ROOT

PATIENCE = 60

# The child makes the terminal its own, so that Ctrl-C reaches it.
_FOREGROUND = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""


class Terminal:
    """A program in a terminal: what its user types and sees."""

    def __init__(self, process: subprocess.Popen[bytes], keyboard: int, screen: int) -> None:
        self.process = process
        self._keyboard = keyboard
        self._screen = screen
        self._shown = b""

    @property
    def attributes(self) -> list[object]:
        return cast("list[object]", termios.tcgetattr(self._screen))

    def shows(self, text: str) -> bytes:
        """What has been shown as far as ``text``, which is given out once."""
        while text.encode() not in self._shown:
            ready, _, _ = select.select([self._keyboard], [], [], PATIENCE)
            assert ready, f"Not shown: {text!r}, but {self._shown!r}"
            self._shown += os.read(self._keyboard, 65536)
        before, found, self._shown = self._shown.partition(text.encode())
        return before + found

    def type(self, text: str) -> None:
        os.write(self._keyboard, text.encode())


@contextmanager
def terminal(*command: str, cwd: Path, env: Mapping[str, str] | None = None) -> Iterator[Terminal]:
    keyboard, screen = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _FOREGROUND, *command],
        cwd=cwd,
        env={**inherited_environment(), "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "200", **(env or {})},
        stdin=screen,
        stdout=screen,
        stderr=screen,
        start_new_session=True,
    )
    try:
        yield Terminal(process, keyboard, screen)
    finally:
        process.kill()
        process.wait()
        os.close(keyboard)
        os.close(screen)
