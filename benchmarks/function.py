"""The process that is measured: its CPU core, and its CPU time and memory as the kernel counts them."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.child_process import FUNCTION, inherited_environment

from .sample import NotMeasuredError

ROOT = Path(__file__).parent.parent

# The Runtime API runs on one core, the measured process on another.
_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, FUNCTION_CORE = _CORES[0], _CORES[-1]


# Without the host's PYTHON… variables, such as PYTHONDONTWRITEBYTECODE.
_HOST = {name: value for name, value in inherited_environment().items() if not name.startswith("PYTHON")}
_ENVIRONMENT = _HOST | FUNCTION | {"PYTHONPATH": str(ROOT)}


class EndedError(NotMeasuredError):
    """The process ended before it had done its work."""


class Function:
    """``command`` as a process of its own, on a core of its own, with Lambda's environment variables.

    ``every_core``: on all of them, for programs that use several.
    """

    def __init__(self, command: Sequence[str], environment: dict[str, str], every_core: bool = False) -> None:
        self._output = tempfile.TemporaryFile()  # noqa: SIM115  # closed in __exit__
        self._process = subprocess.Popen(
            command,
            env=_ENVIRONMENT | environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_to_every_core if every_core else _to_its_core,  # noqa: PLW1509  # there are no threads here
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
        self._output.close()

    def check(self) -> None:
        """Raises EndedError with the last line of output if the process has ended."""
        if self._process.poll() is not None:
            raise EndedError(self.output.strip().rpartition("\n")[2] or f"exit code {self._process.returncode}")

    @property
    def output(self) -> str:
        descriptor = self._output.fileno()
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode(errors="backslashreplace")

    def wait(self) -> str:
        """The output of a process that ends by itself. Raises EndedError if it failed."""
        if self._process.wait():
            self.check()
        return self.output

    def cpu(self) -> float:
        """CPU time in seconds, of all threads and processes."""
        # clock_getcpuclockid(3): the clock id of another process is its inverted pid, followed by three bits of kind.
        return sum(time.clock_gettime((~pid << 3) | 2) for pid in self._pids())

    def resident(self) -> int:
        """Current memory in bytes; memory that processes share is counted once."""
        return sum(_kibibytes(f"/proc/{pid}/smaps_rollup", "Pss:") for pid in self._pids())

    def peak(self) -> int:
        """Peak memory in bytes since the start, or since ``forget_peak``: the sum of the processes' own."""
        return sum(_kibibytes(f"/proc/{pid}/status", "VmHWM:") for pid in self._pids())

    def held(self) -> tuple[int, int, int]:
        """Resident bytes, descriptors and threads of the process now."""
        process = Path(f"/proc/{self._process.pid}")
        descriptors, threads = (len(os.listdir(process / name)) for name in ("fd", "task"))
        return _kibibytes(f"{process}/status", "VmRSS:"), descriptors, threads

    def forget_peak(self) -> None:
        Path(f"/proc/{self._process.pid}/clear_refs").write_text("5")  # proc(5): resets the peak to the resident size

    def _pids(self) -> Iterator[int]:
        """The process and all processes that it has forked: its session."""
        session = self._process.pid
        for entry in os.listdir("/proc"):
            if entry.isdecimal():
                try:
                    if os.getsid(int(entry)) == session:
                        yield int(entry)
                except ProcessLookupError:
                    pass


def _to_its_core() -> None:
    os.sched_setaffinity(0, {FUNCTION_CORE})


def _to_every_core() -> None:
    os.sched_setaffinity(0, _CORES)


def _kibibytes(path: str, field: str) -> int:
    for line in Path(path).read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    raise ValueError(f"{path} has no {field}")
