import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.child_process import Process, RunProcess
from tests.support.lambda_log import Pipe
from tests.support.runtime_process import APP, PLAIN, Serve


@pytest.fixture
def serve(run_process: RunProcess, tmp_path: Path, request: pytest.FixtureRequest) -> Serve:
    driver = getattr(request, "param", "uvloop")
    code = PLAIN if driver == "asyncio" else None
    default = "app:wsgi" if driver == "sockets" else "app:app"

    def start(source: str = APP, app: str | None = None, **env: str) -> Process:
        (tmp_path / "app.py").write_text(source)
        return run_process("run", app or default, code=code, env=env)

    return start


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    with contextlib.closing(Pipe()) as pipe:
        yield pipe
