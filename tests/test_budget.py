"""What an invocation may cost, in units that are the same on every machine.

A bound is the count and a tenth more. A change that breaks one has made every invocation longer: make it shorter again,
or raise the bound and say in the commit what the users get for it. How long things take is measured in benchmarks/.
"""

import json
import sys
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import events
from benchmarks.apps import asgi, wsgi
from benchmarks.apps.costs import Calls
from lambda_http_adapter import asgi_handler, wsgi_handler
from tests.support.child_process import Process, inherited_environment, python
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.paths import ROOT

# A measurement of coverage calls and loads things of its own.
ENVIRONMENT = {name: value for name, value in inherited_environment().items() if not name.startswith("COVERAGE_")} | {
    "PYTHONPATH": str(ROOT)
}
SERVE = {
    "asgi": "from lambda_http_adapter import run_asgi; from benchmarks.apps.costs import app; run_asgi(app)",
    "wsgi": "from lambda_http_adapter import run_wsgi; from benchmarks.apps.costs import wsgi_app; run_wsgi(wsgi_app)",
}
SIZE = 1_000_000


def served(colour: str, tmp_path: Path, *requests: bytes, streamed: bool = False) -> dict[str, object]:
    """The answer to the last of the requests, served one after the other without the packages of the fast extra."""
    program = f"import sys; sys.modules['pybase64'] = sys.modules['uvloop'] = None; {SERVE[colour]}"
    mode = {"LAMBDA_HTTP_ADAPTER_INVOKE_MODE": "response_stream" if streamed else "buffered"}
    with FakeRuntimeAPI() as api:
        deliveries = [api.invoke(request) for request in requests]
        environment = ENVIRONMENT | mode | {"AWS_LAMBDA_RUNTIME_API": api.address}
        with Process(python(code=program), environment, tmp_path) as process:
            reply = deliveries[-1].wait()
            api.close()
            process.wait()
    body = reply.body.partition(bytes(8))[2] if streamed else b64decode(json.loads(reply.body)["body"])
    costs = json.loads(body)
    assert isinstance(costs, dict)
    return costs


def modules_of_the_app_alone(tmp_path: Path) -> set[str]:
    program = "import benchmarks.apps.costs, sys; print(*sys.modules)"
    with Process(python(code=program), ENVIRONMENT, tmp_path) as process:
        assert process.wait() == 0
        return set(process.stdout.split())


def number(costs: dict[str, object], name: str) -> int:
    value = costs[name]
    assert isinstance(value, int)
    return value


HELLO = events.function_url("/items/42", "q=lambda")


@pytest.mark.parametrize(("colour", "bound"), [("asgi", 355), ("wsgi", 345)])
def test_calls_of_an_invocation(colour: str, bound: int, tmp_path: Path) -> None:
    assert number(served(colour, tmp_path, HELLO, HELLO, HELLO), "calls") <= bound


@pytest.mark.parametrize(
    ("colour", "streamed", "path", "bound"), [("asgi", False, "/", 125), ("wsgi", True, "/halves", 105)]
)
def test_own_functions_and_files_on_the_way_of_an_invocation(
    colour: str, streamed: bool, path: str, bound: int, tmp_path: Path
) -> None:
    request = events.function_url(path, "q=lambda")
    costs = served(colour, tmp_path, request, request, request, streamed=streamed)
    assert number(costs, "own calls") <= bound
    assert number(costs, "files") <= 14


@pytest.mark.parametrize("colour", ["asgi", "wsgi"])
def test_own_modules_of_a_function(colour: str, tmp_path: Path) -> None:
    modules = served(colour, tmp_path, HELLO)["modules"]
    assert isinstance(modules, list)
    assert len([name for name in modules if name.partition(".")[0] == "lambda_http_adapter"]) <= 32


@pytest.mark.parametrize(("colour", "bound"), [("asgi", 131), ("wsgi", 75)])
def test_modules_of_a_function(colour: str, bound: int, tmp_path: Path) -> None:
    modules = served(colour, tmp_path, HELLO)["modules"]
    assert isinstance(modules, list)
    assert len({*modules} - modules_of_the_app_alone(tmp_path)) <= bound


@pytest.mark.parametrize(("colour", "bound"), [("asgi", 4.1), ("wsgi", 4.1)])
def test_memory_of_a_large_answer(colour: str, bound: float, tmp_path: Path) -> None:
    """In multiples of the body: base64 makes 4/3 of it."""
    large = events.function_url(f"/binary/{SIZE}")
    assert number(served(colour, tmp_path, HELLO, large, HELLO), "peak") / SIZE <= bound


@pytest.mark.parametrize(("colour", "bound"), [("asgi", 4.5), ("wsgi", 4.5)])
def test_memory_of_a_large_request(colour: str, bound: float, tmp_path: Path) -> None:
    large = events.function_url("/", body=bytes(SIZE))
    assert number(served(colour, tmp_path, HELLO, large), "peak") / SIZE <= bound


def calls(handler: Callable[[object, object], object], event: object) -> int:
    handler(event, None)
    count = Calls()
    sys.setprofile(count)
    try:
        handler(event, None)
    finally:
        sys.setprofile(None)
    return count.count


@pytest.mark.parametrize(
    ("origin", "as_asgi", "as_wsgi"),
    [
        ("api_gateway_v1", 365, 370),
        ("api_gateway_v2", 240, 245),
        ("function_url", 245, 250),
        ("alb", 345, 350),
        ("lambda_edge", 225, 225),
    ],
)
def test_calls_of_a_translation(origin: str, as_asgi: int, as_wsgi: int) -> None:
    event = events.of_origin(origin)
    assert calls(asgi_handler(asgi.app), event) <= as_asgi
    assert calls(wsgi_handler(wsgi.app), event) <= as_wsgi
