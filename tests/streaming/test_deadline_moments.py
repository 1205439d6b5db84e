"""A deadline that strikes at any moment ends a stream between two pieces of it, or before its head."""

import pytest

from tests.support.child_process import RunProcess
from tests.support.programs import DRIVERS, launch
from tests.support.soak_runtime_api import Fault
from tests.support.soak_streams import APP, HANDLERS, STREAMED, StreamSoak

LATE = Fault(path="/pieces/0.001", within=0.008)

moments = pytest.mark.parametrize("moments", [100, pytest.param(1_000, marks=pytest.mark.slow)])


def answered_strictly(api: StreamSoak, moments: int) -> None:
    api.wait(moments, timeout=300)
    assert api.complaints == []
    assert {len(posts) for posts in api.posts} == {1}


@pytest.mark.parametrize("driver", DRIVERS)
@moments
def test_of_an_app(run_process: RunProcess, driver: str, moments: int) -> None:
    with StreamSoak(moments, [LATE], 1) as api:
        options = "deadline_margin_ms=0"
        process = launch(run_process, driver, APP, options, AWS_LAMBDA_RUNTIME_API=api.address, **STREAMED)
        answered_strictly(api, moments)
        assert "deadline is near" in process.logs
        assert process.running


@pytest.mark.parametrize("handler", ["handler", "async_handler"])
@moments
def test_of_a_handler(run_process: RunProcess, handler: str, moments: int) -> None:
    with StreamSoak(moments, [LATE], 1, prelude=False) as api:
        call = f"import lambda_http_adapter\nlambda_http_adapter.run({handler}, deadline_margin_ms=0)"
        process = run_process(code=HANDLERS + call, env={"AWS_LAMBDA_RUNTIME_API": api.address})
        answered_strictly(api, moments)
        assert any(posts == ["response"] for posts in api.posts)
        assert process.running
