"""A reply whose bytes can't be made fails its invocation, and the loop goes on."""

import pytest

from tests.support.child_process import RunProcess
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.runtime_process import failed

# What the event names is sent with a content type that no HTTP head can hold.
SOURCE = """
import lambda_http_adapter

class Named(bytes):
    content_type = "text/\\u2603"

class Stream:
    content_type = "text/\\u2603"

    def __init__(self):
        self.parts = iter([b"one", b"two"])

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.parts)

{colour} handler(event):
    return {{"whole": Named(b"{{}}"), "stream": Stream(), "good": b"good"}}[event]

lambda_http_adapter.run(handler)
"""


@pytest.mark.covering
@pytest.mark.parametrize("colour", ["def", "async def"])
@pytest.mark.parametrize("concurrency", ["1", "4"])
@pytest.mark.parametrize("result", ["whole", "stream"])
def test_a_content_type_that_no_head_can_hold(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, colour: str, concurrency: str, result: str
) -> None:
    bad = [fake_runtime_api.invoke(result) for _ in range(int(concurrency))]
    process = run_process(code=SOURCE.format(colour=colour), env={"AWS_LAMBDA_MAX_CONCURRENCY": concurrency})
    for delivery in bad:
        assert str(failed(delivery.wait())["errorMessage"]).startswith("Expected a media type as content_type")
    assert fake_runtime_api.invoke("good").wait().body == b"good"
    assert process.running
