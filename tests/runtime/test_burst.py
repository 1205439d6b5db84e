"""A burst on a Managed Instance: as many invocations at once as the environment allows, shared by its processes."""

from collections import Counter
from typing import cast

from tests.support.dev_process import Gate
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.runtime_process import Serve, every_driver, http, told

# Each invocation waits at the gate, without keeping the others of its process from it.
APP = """
import asyncio, json, os, socket

address = ("127.0.0.1", int(os.environ["GATE"]))
answer = json.dumps({"pid": os.getpid()}).encode()

async def app(scope, receive, send):
    assert scope["type"] == "http"
    reader, writer = await asyncio.open_connection(*address)
    await reader.read()
    writer.close()
    await writer.wait_closed()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": answer})

def wsgi(environ, start_response):
    with socket.create_connection(address) as line:
        line.recv(1)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [answer]
"""
SIZE = 16


def wait_for_polls(api: FakeRuntimeAPI, number: int) -> None:
    api.wait_until(lambda: len(api.received("next")) == number)


@every_driver
def test_a_burst_is_in_flight_together_and_shared(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    """From a standing start, where the first polls of the two processes alternate, and again."""
    with Gate() as gate:
        env = {"AWS_LAMBDA_MAX_CONCURRENCY": str(SIZE), "LAMBDA_HTTP_ADAPTER_PROCESSES": "2", "GATE": str(gate.port)}
        process = serve(APP, **env)
        served: dict[int, int] = {}
        for polled in (SIZE, 2 * SIZE):
            wait_for_polls(fake_runtime_api, polled)
            deliveries = [fake_runtime_api.invoke(http(f"/{n}")) for n in range(SIZE)]
            gate.arrive(SIZE)
            gate.open()
            posts = [delivery.wait() for delivery in deliveries]
            pids = Counter(cast("int", told(post)["pid"]) for post in posts)
            assert sorted(pids.values()) == [SIZE // 2, SIZE // 2]
            assert process.pid not in pids
            served |= {post.connection: cast("int", told(post)["pid"]) for post in posts}
        first = [served[poll.connection] for poll in fake_runtime_api.received("next")[: SIZE // 2]]
        assert len(set(first)) == 2, first
        assert process.running
