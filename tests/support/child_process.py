"""A child process with Lambda's environment and none of the host's."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

_NOT_INHERITED = (
    "AWS_",
    "LAMBDA_",
    "_HANDLER",
    "_X_AMZN",
    "_LAMBDA",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
)

FUNCTION = {
    "AWS_LAMBDA_FUNCTION_NAME": "greeter",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/greeter",
    "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/31/[$LATEST]0123456789abcdef0123456789abcdef",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_REGION": "eu-west-1",
    # Most tests count calls and connections, and the extension that brings SIGTERM makes its own.
    "LAMBDA_HTTP_ADAPTER_GRACEFUL_SHUTDOWN": "false",
    # Most tests of Managed Instances look at one process.
    "LAMBDA_HTTP_ADAPTER_PROCESSES": "1",
}


def inherited_environment() -> dict[str, str]:
    """The host's environment without what would change how the child behaves."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith(_NOT_INHERITED)}


class Process:
    """The output goes to files, so that the child never waits for a reader."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], directory: Path) -> None:
        with ExitStack() as files:
            self._stdout = files.enter_context(tempfile.TemporaryFile())
            self._stderr = files.enter_context(tempfile.TemporaryFile())
            self._process = subprocess.Popen(
                command,
                env=environment,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=self._stdout,
                stderr=self._stderr,
                start_new_session=True,
            )
            self._files = files.pop_all()
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for name, output in (("stdout", self.stdout), ("stderr", self.stderr)):
            print(f"--- {name} of {self._process.args!r}, exit code {self._process.returncode}\n{output}")
        self._files.close()

    @property
    def stdout(self) -> str:
        return _text(self._stdout.fileno())

    @property
    def stderr(self) -> str:
        return _text(self._stderr.fileno())

    @property
    def logs(self) -> str:
        return self.stdout + self.stderr

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def wait(self, timeout: float = 20) -> int:
        """The exit code."""
        return self._process.wait(timeout)


class RunProcess(Protocol):
    """`python -m lambda_http_adapter …`, or `python -c <code> …`, pointed at the fake Runtime API."""

    def __call__(
        self, *arguments: str, code: str | None = None, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> Process: ...


def python(*arguments: str, code: str | None = None) -> list[str]:
    return [sys.executable, *(("-m", "lambda_http_adapter") if code is None else ("-c", code)), *arguments]


def _text(descriptor: int) -> str:
    """What has been written so far. The child shares the file's position: reading must not move it."""
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode(errors="backslashreplace")
