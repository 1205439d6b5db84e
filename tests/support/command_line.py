"""Command lines that start no process, typed in this one."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import pytest

from lambda_http_adapter.cli import main
from tests.support.child_process import inherited_environment

_PATIENCE = 35  # seconds


class Result(NamedTuple):
    code: int
    stdout: str
    stderr: str


class CommandLine:
    """`lambda-http-adapter` in ``directory``. An app would be imported into the test's process: no test names one."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self._directory = directory
        self._monkeypatch = monkeypatch
        self._capture = capture

    def __call__(self, *arguments: str) -> Result:
        """What the command prints, and its exit code. Raises TimeoutError if it serves instead of ending."""
        self._capture.readouterr()
        with self._monkeypatch.context() as process, _time_limit(_PATIENCE):
            process.chdir(self._directory)
            process.setattr(sys, "path", [*sys.path])
            for name in os.environ.keys() - inherited_environment().keys():
                process.delenv(name)
            code = _exit_code(*arguments)
        return Result(code, *self._capture.readouterr())


def _exit_code(*arguments: str) -> int:
    try:
        main(arguments)
    except SystemExit as left:
        if isinstance(left.code, str):  # as the interpreter does
            print(left.code, file=sys.stderr)
            return 1
        return int(left.code or 0)
    return 0


@contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    def end(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
