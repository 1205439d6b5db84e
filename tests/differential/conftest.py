"""Zappa and Chalice have dependencies that ours must not have: an environment of their own."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.differential.observed import Handler
from tests.differential.projects import ServeWithZappa
from tests.support.environments import environment
from tests.support.handler_process import HandlerProcess


@pytest.fixture(scope="session")
def rivals_bin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment with Zappa and Chalice, in the versions that their pages name."""
    directory = tmp_path_factory.mktemp("rivals") / "environment"
    return environment(directory, "zappa==0.63.0", "chalice==1.34.0", "flask==3.1.3", "fastapi==0.165.0")


@pytest.fixture
def serve_with_zappa(rivals_bin: Path) -> Iterator[ServeWithZappa]:
    """Zappa's handler in a directory, with the settings that Zappa makes of the zappa_settings.json there."""
    with ExitStack() as processes:

        def serve(directory: Path) -> Handler:
            command = [str(rivals_bin / "zappa"), "save-python-settings-file", "production"]
            subprocess.run(command, cwd=directory, check=True)
            process = HandlerProcess(directory, "zappa.handler.lambda_handler", str(rivals_bin / "python"))
            return processes.enter_context(process)

        yield serve
