"""Ends the processes of the sandboxes if `dev` is killed: after SIGKILL it can't do that itself."""

# A process of its own reads from a pipe whose writing end only `dev` has. The pipe ends with `dev`, whatever ended it,
# and then the watchdog kills the process groups that have been announced. A parent-death signal would be simpler, but
# macOS has none, and Linux sends it to the direct child only.
#
# A sandbox announces itself before it becomes the function's command, since `dev` learns its pid too late: it may be
# killed just before. Until then the sandbox has a writing end too, so the watchdog doesn't miss the announcement.

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_PATIENCE = 1.0  # seconds; somebody may have stopped the watchdog
_SCRIPT = [sys.executable, "-I", "-S", str(Path(__file__).with_name("watchdog_process.py"))]


class Watchdog:
    """The watchdog of one `dev`. Its process starts with the first sandbox."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe = -1

    @property
    def pipe(self) -> int:
        """The descriptor that ``watched`` writes to: a process that runs such a command has to inherit it."""
        self._start()
        return self._pipe

    def watched(self, command: Sequence[str]) -> list[str]:
        """``command``, announced to the watchdog. Run it in a session of its own."""
        return [*_SCRIPT, str(self.pipe), *command]

    def forget(self, pid: int) -> None:
        """The sandbox with that process has ended: the number may soon be another process's."""
        self._write(b"-%d\n" % pid)

    def close(self) -> None:
        """End the watchdog, which kills the sandboxes that are left: one that was just starting, for example."""
        if self._process is None:
            return
        os.close(self._pipe)
        self._pipe = -1
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _start(self) -> None:
        if self._process is not None:
            return
        read_end, self._pipe = os.pipe()
        # A session of its own: Ctrl-C doesn't reach it. It holds neither the terminal nor the directory.
        self._process = subprocess.Popen(
            _SCRIPT,
            stdin=read_end,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        os.close(read_end)

    def _write(self, message: bytes) -> None:
        # OSError: somebody has ended the watchdog.
        with contextlib.suppress(OSError):
            os.write(self._pipe, message)
