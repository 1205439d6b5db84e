"""A stream is never held, whatever its length: measured in the bytes that the serving process grows by."""

import json
import sys

import pytest

from tests.support.proc import proc
from tests.support.runtime_process import every_colour
from tests.support.streamed_response import Serve, function_url
from tests.support.streaming_runtime_api import Latest, StreamingRuntimeAPI

MEGABYTE = 2**20


def grown(fake_runtime_api: StreamingRuntimeAPI, serve: Serve, name: str, megabytes: int) -> int:
    proc("self/status")  # which the app reads
    fake_runtime_api.forgets = True
    delivery = fake_runtime_api.invoke(function_url(f"/{name}/{megabytes}"))
    serve()
    request = delivery.wait(timeout=100)
    assert isinstance(request.chunks, Latest)
    assert request.chunks.size > megabytes * MEGABYTE
    assert request.trailers == []
    measured: int = json.loads(request.chunks[0])["grown"]
    print(f"{name}: {megabytes} MiB, grown by {measured:,} bytes")
    return measured


@every_colour
def test_a_gigabyte(fake_runtime_api: StreamingRuntimeAPI, serve: Serve) -> None:
    assert grown(fake_runtime_api, serve, "blocks", 1024) < 8 * MEGABYTE


@every_colour
def test_a_large_chunk_is_not_copied(
    fake_runtime_api: StreamingRuntimeAPI, serve: Serve, request: pytest.FixtureRequest
) -> None:
    # Before Python 3.12 asyncio's own transport copies, twice, what the socket doesn't take at once.
    copies = 2 if request.node.callspec.params["serve"] == "asyncio" and sys.version_info < (3, 12) else 0
    assert grown(fake_runtime_api, serve, "one_block", 64) < (64 * copies + 8) * MEGABYTE
