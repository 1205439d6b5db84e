import os
from collections.abc import Iterator

import pytest

from tests.support.child_process import Process, RunProcess
from tests.support.paths import ROOT
from tests.support.runtime_process import PLAIN
from tests.support.streamed_response import Serve
from tests.support.streaming_runtime_api import StreamingRuntimeAPI


@pytest.fixture
def fake_runtime_api() -> Iterator[StreamingRuntimeAPI]:
    with StreamingRuntimeAPI() as api:
        yield api


@pytest.fixture
def serve(run_process: RunProcess, request: pytest.FixtureRequest) -> Serve:
    driver = getattr(request, "param", "uvloop")

    def start(app: str | None = None, **env: str) -> Process:
        name = app or ("wsgi" if driver == "sockets" else "asgi")
        python_path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        return run_process(
            "run",
            name if ":" in name else f"tests.support.streaming_apps:{name}",
            code=PLAIN if driver == "asyncio" else None,
            env={
                "PYTHONPATH": python_path,
                "LAMBDA_HTTP_ADAPTER_INVOKE_MODE": "response_stream",
                "LAMBDA_HTTP_ADAPTER_LIFESPAN": "off",
                **env,
            },
        )

    return start
