"""What the kernel says about processes and connections, which tests read on Linux only."""

import sys
from pathlib import Path

import pytest


def proc(name: str) -> Path:
    """``/proc/<name>``. On another system it skips the test that asks."""
    if sys.platform != "linux":
        pytest.skip("reads /proc, which only Linux has")
    return Path("/proc", name)
