"""Each recipe started as Lambda would start it, with a request through its front door."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple, cast

import pytest

from tests.support.child_process import FUNCTION, Process, inherited_environment
from tests.support.dev_process import Dev
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.http_bytes import answer
from tests.support.paths import EVENTS
from tests.support.recipes import APP, TEMPLATES, Start, dev_options, start
from tests.support.runtime_interface_emulator import StartEmulator
from tests.support.runtime_process import http

VIEWER = "198.51.100.7"


class Case(NamedTuple):
    """A request, and what the app says of it. Its README says which front door `dev` plays."""

    origin: str
    path: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    url: str | None = None  # default: that of the request
    client: str = "127.0.0.1"


CASES = {
    "zip_handler": Case("api_gateway_v2"),
    "zip_streaming": Case("function_url"),
    "container_slim": Case("function_url"),
    "container_aws_base": Case("function_url"),
    "provided_al2023": Case("function_url"),
    "cloudfront": Case(
        "function_url",
        headers=(("x-forwarded-host", "www.example.com"), ("x-forwarded-for", VIEWER)),
        url="http://www.example.com/",
        client=VIEWER,
    ),
    "http_api_domain": Case(
        "api_gateway_v2",
        path="/notes/",
        headers=(("host", "api.localhost"),),
        url="http://api.localhost/notes/",
    ),
    "rest_streaming": Case("api_gateway_v1", path="/live/"),
    "alb": Case("alb"),
    "managed_instances": Case("function_url"),
    "snapstart_zip": Case("function_url"),
    "snapstart_container": Case("function_url"),
    "queue_and_http": Case("api_gateway_v2"),
}
# The same command behind the same front door as another recipe's, or in a test of its own below.
SLOW = {"container_aws_base", "managed_instances", "snapstart_zip", "snapstart_container", "queue_and_http"}


def test_each_recipe_is_started() -> None:
    assert sorted(CASES) == TEMPLATES


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[str], Dev]]:
    """Start a recipe behind the front door of its case."""
    with ExitStack() as processes:

        def serve(name: str) -> Dev:
            dev = processes.enter_context(Dev("--only-runtime-api", *dev_options(name), cwd=tmp_path))
            processes.enter_context(process(start(name, tmp_path / "task"), dev.variables))
            return dev

        yield serve


@contextmanager
def process(started: Start, env: Mapping[str, str]) -> Iterator[None]:
    environment = {**inherited_environment(), **FUNCTION, **env, **started.env}
    with Process(started.command, environment, started.directory):
        yield


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in CASES]
)
def test_a_request_through_its_front_door(name: str, serve: Callable[[str], Dev]) -> None:
    case = CASES[name]
    dev, headers = serve(name), dict(case.headers)
    with dev.client() as client:
        said = client.get(case.path, headers=headers).json()
        assert said.pop("environment")
        assert said == {"origin": case.origin, "url": case.url or f"{dev.url}{case.path}", "client": case.client}

        if "--stream" not in dev_options(name):
            words = client.get(f"{case.path}words?text=one+two&pace=0", headers=headers)
            assert words.text == "data: one\n\ndata: two\n\n"
            return
        with client.stream("GET", f"{case.path}words?text=one+two&pace=10", headers=headers, timeout=5) as streamed:
            assert next(streamed.iter_lines()) == "data: one"


def test_several_requests_at_once_on_managed_instances(serve: Callable[[str], Dev]) -> None:
    """All wait for each other's first word: one after the other they would take longer than the client waits."""
    dev = serve("managed_instances")
    with dev.client() as client, ExitStack() as streams:
        for _ in range(8):
            stream = client.stream("GET", "/words?text=one+two&pace=10", timeout=5)
            assert next(streams.enter_context(stream).iter_lines()) == "data: one"


@pytest.mark.parametrize("name", ["snapstart_zip", "snapstart_container"])
def test_a_copy_of_the_snapshot_is_renewed_before_its_first_request(
    name: str, fake_runtime_api: FakeRuntimeAPI, tmp_path: Path
) -> None:
    env = {"AWS_LAMBDA_RUNTIME_API": fake_runtime_api.address, "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
    with process(start(name, tmp_path / "task"), env):
        fake_runtime_api.wait_until(lambda: fake_runtime_api.received("restore/next"))
        fake_runtime_api.script("restore/next", answer(200))
        # A hook that isn't answered with 2xx would be a restore/error.
        refused = fake_runtime_api.invoke(http("/after-restore")).wait()
        assert [request.endpoint for request in fake_runtime_api.requests][:2] == ["restore/next", "next"]
    assert prelude(refused.body)["statusCode"] == 403


def prelude(body: bytes) -> dict[str, object]:
    return cast("dict[str, object]", json.loads(body.partition(bytes(8))[0]))


def test_the_hook_renews_what_copies_would_share(tmp_path: Path) -> None:
    code = """
import asyncio, httpx, snapstart
async def main():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(snapstart.app), base_url="http://app") as client:
        before = (await client.get("/")).json()["environment"]
        assert (await client.post("/after-restore")).is_success
        assert (await client.get("/")).json()["environment"] != before
asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", code], cwd=APP, check=True)


def test_one_function_answers_requests_and_takes_messages(emulator: StartEmulator, tmp_path: Path) -> None:
    started = start("queue_and_http", tmp_path / "task")
    function = emulator(started.command, started.env, started.directory)
    status, result = function.invoke(http(method="GET"))
    assert (status, json.loads(result)["statusCode"]) == (200, 200)

    event = json.loads((EVENTS / "pass_through" / "sqs.json").read_text())
    bodies = {"good": '{"quantity": 2, "item": "tea"}', "not JSON": "{", "no item": '{"quantity": 2}'}
    event["Records"] = [event["Records"][0] | {"messageId": name, "body": body} for name, body in bodies.items()]
    failures = [{"itemIdentifier": "not JSON"}, {"itemIdentifier": "no item"}]
    assert json.loads(function.invoke(event)[1]) == {"batchItemFailures": failures}
    assert "2 × tea" in function.logs
