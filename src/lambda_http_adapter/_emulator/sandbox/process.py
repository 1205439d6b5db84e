"""What the kernel says of a sandbox's process."""

from __future__ import annotations

import signal
from pathlib import Path


def exit_message(code: int) -> str:
    """As Lambda words it."""
    if code < 0:
        name, _, _ = str(signal.strsignal(-code)).partition(":")  # macOS adds the number: "Killed: 9"
        return f"Runtime exited with error: signal: {name.lower()}"
    if code > 0:
        return f"Runtime exited with error: exit status {code}"
    return "Runtime exited without providing a reason"


def peak_memory(pid: int) -> int:
    """In MB, from the kernel; 0 if there is no figure (macOS, or the process has ended)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    _, _, rest = status.partition("VmHWM:")
    return int(rest.split()[0]) // 1024 if rest else 0
