"""The watchdog's own process and the beginning of each sandbox's. This file runs by itself, without the package:

- without arguments: read the announcements on stdin; when they end, kill the process groups that are left;
- ``<descriptor> <command> …``: announce this process there, then become the command.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable


def watch(announcements: Iterable[bytes]) -> None:
    """``+pid`` adds a process group, ``-pid`` removes it."""
    import signal  # expensive: ``announce`` delays the start of every sandbox

    groups: set[int] = set()
    for line in announcements:
        pid = int(line[1:])
        if line.startswith(b"+"):
            groups.add(pid)
        else:
            groups.discard(pid)
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
        except OSError:
            pass  # it has ended by itself


def announce(pipe: int, command: list[str]) -> None:
    try:
        os.write(pipe, b"+%d\n" % os.getpid())
    except BrokenPipeError:
        pass  # somebody has ended the watchdog
    os.set_inheritable(pipe, False)
    os.execvp(command[0], command)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        watch(sys.stdin.buffer)
    else:
        announce(int(sys.argv[1]), sys.argv[2:])
