import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from signal import SIGTERM
from subprocess import TimeoutExpired
from typing import cast

import pytest
from hypothesis import settings

from tests.support.child_process import FUNCTION, Process, RunProcess, inherited_environment, python
from tests.support.cloudformation import CloudFormation
from tests.support.command_line import CommandLine
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.paths import EVENTS
from tests.support.runtime_interface_emulator import BINARY, Emulator, StartEmulator
from tests.support.stepped_app import SteppedProcess

pytest_plugins = ["tests.support.covering", "tests.support.measuring"]

settings.register_profile("unhurried", deadline=None)  # a busy machine is no finding
settings.load_profile("unhurried")


@pytest.fixture
def fake_runtime_api() -> Iterator[FakeRuntimeAPI]:
    with FakeRuntimeAPI() as api:
        yield api


@pytest.fixture
def run_process(fake_runtime_api: FakeRuntimeAPI, tmp_path: Path) -> Iterator[RunProcess]:
    with ExitStack() as processes:
        started: list[Process] = []

        def run(
            *arguments: str, code: str | None = None, env: Mapping[str, str] | None = None, cwd: Path | None = None
        ) -> Process:
            function = FUNCTION | {"AWS_LAMBDA_RUNTIME_API": fake_runtime_api.address}
            environment = {**inherited_environment(), **function, **(env or {})}
            process = Process(python(*arguments, code=code), environment, cwd or tmp_path)
            started.append(processes.enter_context(process))
            return process

        yield run
        # A process that has lost its Runtime API ends by itself and writes its coverage, a killed one doesn't.
        fake_runtime_api.close()
        for process in started:
            if process.running:
                process.signal(SIGTERM)  # several pollers would go on asking for a while
            with suppress(TimeoutExpired):
                process.wait(timeout=10)


@pytest.fixture
def command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(tmp_path, monkeypatch, capfd)


@pytest.fixture
def stepped_app(run_process: RunProcess, tmp_path: Path) -> Iterator[SteppedProcess]:
    """Closed before the processes: what still waits for a step may end."""
    stepped_app = SteppedProcess(tmp_path)
    yield stepped_app
    stepped_app.close()


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[StartEmulator]:
    if not BINARY.exists():
        pytest.skip(f"AWS's emulator is not at {BINARY}; scripts/install puts it there")
    with ExitStack() as emulators:

        def start(command: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Emulator:
            return emulators.enter_context(Emulator(command, env or {}, cwd or tmp_path))

        yield start


@pytest.fixture
def cloudformation() -> Iterator[CloudFormation]:
    with CloudFormation() as server:
        yield server


@pytest.fixture
def event() -> Callable[[str], dict[str, object]]:
    """`event("alb/get")` is tests/events/alb/get.json."""

    def load(name: str) -> dict[str, object]:
        return cast("dict[str, object]", json.loads((EVENTS / name).with_suffix(".json").read_bytes()))

    return load
