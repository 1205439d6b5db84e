"""``run`` and ``run_http`` as processes: on Lambda's Runtime API, outside of Lambda, and what they load."""

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from lambda_http_adapter import run, run_http
from lambda_http_adapter.errors import ConfigurationError
from tests.support.child_process import Process, RunProcess, inherited_environment, python
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.paths import ROOT
from tests.support.recorded_request import RecordedRequest
from tests.support.runtime_process import failed, http
from tests.support.server_process import free_port, server_process

colours = pytest.mark.parametrize("colour", ["def", "async def"])


def program(source: str, call: str = "run(handler)") -> str:
    return f"import sys\nfrom lambda_http_adapter import run, run_http\n{source}\n{call}"


def envelope(request: RecordedRequest) -> dict[str, object]:
    assert request.endpoint == "response", request
    return cast("dict[str, object]", request.json())


# On Lambda


@colours
def test_a_stream(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, colour: str) -> None:
    delivery = fake_runtime_api.invoke({})
    source = f"""
class Events:
    content_type = "text/event-stream"
    parts = iter([b"data: 1\\n\\n", b"data: 2\\n\\n"])
    def __iter__(self): return self
    def __next__(self): return next(self.parts)
{colour} handler(): return Events()"""
    run_process(code=program(source))
    request = delivery.wait()
    assert request.chunks == [b"data: 1\n\n", b"data: 2\n\n"]
    assert request.header("content-type") == "text/event-stream"
    assert request.header("lambda-runtime-function-response-mode") == "streaming"
    assert request.trailers == []


@colours
def test_a_stream_that_breaks_off(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, colour: str) -> None:
    delivery, good = fake_runtime_api.invoke({}), fake_runtime_api.invoke({})
    source = f"""
broken = True
{colour} handler():
    global broken
    yield b"part"
    if broken:
        broken = False
        raise OSError("no disk")"""
    process = run_process(code=program(source))
    request = delivery.wait()
    assert request.body == b"part"
    assert dict(request.trailers)["lambda-runtime-function-error-type"] == "Function.OSError"
    assert good.wait().trailers == []
    assert "The handler raised before its result was complete" in process.logs


@colours
def test_an_error(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, colour: str) -> None:
    bad, good = fake_runtime_api.invoke({"n": 0}), fake_runtime_api.invoke({"n": 1})
    process = run_process(code=program(f"{colour} handler(event): return 1 // event['n']"))
    error = failed(bad.wait())
    assert (error["errorType"], error["requestId"]) == ("ZeroDivisionError", bad.request_id)
    assert len(cast("list[str]", error["stackTrace"])) == 1
    assert good.wait().json() == 1
    assert process.logs.count("ZeroDivisionError") == 1


@colours
def test_layers(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, colour: str) -> None:
    delivery = fake_runtime_api.invoke({"name": "Ines"})
    wait = "await " if colour == "async def" else ""
    source = f"""
def layer(letter):
    def around(next_handler):
        {colour} handler(event, context):
            return letter + {wait}next_handler(event, context)
        return handler
    return around
{colour} handler(event): return event["name"]"""
    run_process(code=program(source, "run(handler, layers=[layer('a'), layer('b')])"))
    assert delivery.wait().json() == "abInes"


@colours
def test_several_at_once(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, colour: str) -> None:
    """That all of them are answered proves that they ran at once."""
    deliveries = [fake_runtime_api.invoke({"id": n}) for n in range(6)]
    source = "import asyncio, threading\ndoor, gate = threading.Barrier(3), asyncio.Barrier(3)\n"
    wait = "await gate.wait()" if colour == "async def" else "door.wait()"
    source += f"{colour} handler(event, context):\n    {wait}\n    return [event['id'], context.aws_request_id]"
    run_process(code=program(source), env={"AWS_LAMBDA_MAX_CONCURRENCY": "3"})
    answers = [delivery.wait().json() for delivery in deliveries]
    assert answers == [[n, delivery.request_id] for n, delivery in enumerate(deliveries)]


@colours
def test_hooks(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, colour: str) -> None:
    deliveries = [fake_runtime_api.invoke({}) for _ in range(2)]
    source = f"seen = []\n{colour} handler(): return seen"
    hook = "on_invocation_end=lambda context: seen.append(context.aws_request_id)"
    run_process(code=program(source, f"run(handler, {hook})"))
    assert [delivery.wait().json() for delivery in deliveries] == [[], [deliveries[0].request_id]]


HTTP = """
{colour} handler(request):
    if request.path == "/stream":
        return (part for part in ["one ", "two"])
    return {{"path": request.path, "length": len(request.data)}}, 201"""


@colours
def test_a_request(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, colour: str) -> None:
    deliveries = [fake_runtime_api.invoke(http("/orders", "body")), fake_runtime_api.invoke(http("/stream"))]
    run_process(code=program(HTTP.format(colour=colour), "run_http(handler)"))
    first, second = (envelope(delivery.wait()) for delivery in deliveries)
    assert (first["statusCode"], first["body"]) == (201, '{"path":"/orders","length":4}')
    assert (second["statusCode"], second["isBase64Encoded"]) == (200, True)


@colours
def test_a_streamed_response(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, colour: str) -> None:
    delivery = fake_runtime_api.invoke(http("/stream"))
    run_process(code=program(HTTP.format(colour=colour), "run_http(handler, invoke_mode='response_stream')"))
    prelude, *parts = delivery.wait().chunks
    assert json.loads(prelude.rstrip(b"\0")) == {"statusCode": 200, "headers": {"content-type": OCTETS}}
    assert parts == [b"one ", b"two"]


OCTETS = "application/octet-stream"


@pytest.mark.parametrize(
    ("source", "call", "message"),
    [
        ("handler = 5", "run(handler)", "Expected a function, or an object with invoke(payload, context), got 5."),
        ("def handler(): ...", "run(handler, layers=[5])", "'int' object is not callable"),
        ("def handler(): ...", "run(handler, timeout=5)", "Unknown option 'timeout'; expected one of: "),
        (
            "async def hook(context): ...\ndef handler(): ...",
            "run(handler, on_invocation_end=hook)",
            "The option on_invocation_end is a coroutine function; ",
        ),
        ("handler = 5", "run_http(handler)", "Expected a function of a werkzeug Request, got 5."),
        (
            "def handler(a, b): ...",
            "run_http(handler)",
            "handler() takes 2 arguments; a handler of requests takes a werkzeug Request, the body as an "
            "annotated type, or both.",
        ),
        ("def handler(request): ...", "run_http(handler, timeout=5)", "Unknown option 'timeout'; expected one of: "),
    ],
)
def test_what_lambda_is_told_of_what_can_not_be_run(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, source: str, call: str, message: str
) -> None:
    process = run_process(code=program(source, call))
    assert process.wait() == 1
    (report,) = fake_runtime_api.requests
    assert report.endpoint == "init/error"
    assert cast("dict[str, str]", report.json())["errorMessage"].startswith(message)


@pytest.mark.parametrize(
    ("name", "event", "body"),
    [
        ("main:view", http("/a"), '"/a"'),
        ("http:main:named_otherwise", http("/a"), '"/a"'),
        ("main:coroutine", http("/a"), '"/a"'),
    ],
)
def test_the_command_line(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, tmp_path: Path, name: str, event: object, body: str
) -> None:
    (tmp_path / "main.py").write_text(
        "def view(request): return f'\"{request.path}\"'\n"
        "def named_otherwise(r): return view(r)\n"
        "async def coroutine(request): return view(request)\n"
    )
    delivery = fake_runtime_api.invoke(event)
    run_process("run", name)
    assert envelope(delivery.wait())["body"] == body


# Outside Lambda


@pytest.mark.parametrize(("colour", "server"), [("def", "werkzeug"), ("async def", "uvicorn")])
def test_requests_are_served(colour: str, server: str, tmp_path: Path) -> None:
    port = free_port()
    code = program(HTTP.format(colour=colour), "run_http(handler)")
    with server_process(python(code=code), {"PORT": str(port)}, tmp_path, port):
        response = httpx.post(f"http://127.0.0.1:{port}/orders", content=b"body")
        streamed = httpx.get(f"http://127.0.0.1:{port}/stream")
    assert response.headers["server"].lower().startswith(server)
    assert (response.status_code, response.json()) == (201, {"path": "/orders", "length": 4})
    assert streamed.text == "one two"


def greet(event: object) -> None: ...


@pytest.mark.parametrize(
    ("handler", "name"),
    [(greet, f"handler:{__name__}:greet"), (lambda: None, f"handler:{__name__}:handler")],
)
def test_events_come_from_lambda_alone(handler: object, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_RUNTIME_API", raising=False)
    with pytest.raises(ConfigurationError) as raised:
        run(cast("Any", handler))
    assert str(raised.value) == (
        "Not on AWS Lambda (AWS_LAMBDA_RUNTIME_API is not set), and only Lambda sends events. To run this "
        f"function here as Lambda would, behind HTTP, `lambda-http-adapter dev {name}`; to send it a recorded event, "
        f"`lambda-http-adapter replay event.json --app {name}`. In a test, call the handler itself."
    )


def test_a_handler_of_a_script_is_named_by_the_file(tmp_path: Path) -> None:
    (tmp_path / "greeter.py").write_text(
        "from lambda_http_adapter import run\ndef hello(event): return event\nif __name__ == '__main__': run(hello)\n"
    )
    with Process([sys.executable, "greeter.py"], inherited_environment(), tmp_path) as process:
        assert process.wait() == 1
        assert "`lambda-http-adapter replay event.json --app handler:greeter:hello`" in process.stderr
    (tmp_path / "event.json").write_text('{"name": "Ada"}')
    command = python("replay", "event.json", "--app", "handler:greeter:hello")
    with Process(command, inherited_environment(), tmp_path) as process:
        assert process.wait() == 0
        assert process.stdout == '{"name":"Ada"}'


def test_what_is_no_handler_is_told_here_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_RUNTIME_API", raising=False)
    with pytest.raises(ConfigurationError, match=r"^Expected a function of a werkzeug Request, got 5\.$"):
        run_http(cast("Any", 5))


# What is loaded

PACKAGE = "lambda_http_adapter."
# A measurement of coverage loads modules of its own.
ENVIRONMENT = {name: value for name, value in inherited_environment().items() if not name.startswith("COVERAGE_")}


def loaded(source: str, call: str, tmp_path: Path) -> set[str]:
    """The modules that are there while an event is handled."""
    with FakeRuntimeAPI() as api:
        delivery = api.invoke(http())
        environment = ENVIRONMENT | {"AWS_LAMBDA_RUNTIME_API": api.address, "PYTHONPATH": str(ROOT)}
        with Process(python(code=program(source, call)), environment, tmp_path) as process:
            answer = delivery.wait().json()
            api.close()
            process.wait()
    return set(json.loads(answer["body"]) if isinstance(answer, dict) else cast("list[str]", answer))


def families(modules: set[str], *names: str) -> list[str]:
    return sorted(name for name in names if any(f"{module}.".startswith(f"{name}.") for module in modules))


OF_HTTP = ("_apps.asgi", "_apps.wsgi", "_apps.http", "_apps.exchange", "_delivery.encoders", "origins")
HTTP_MODULES = [PACKAGE + name for name in OF_HTTP]
HEAVY = ["asgiref", "httpx", "msgspec", "pydantic", "starlette", "uvicorn", "lambda_http_adapter._types"]


@pytest.mark.parametrize(
    ("source", "call", "absent"),
    [
        ("def handler(): return sorted(sys.modules)", "run(handler)", [*HTTP_MODULES, *HEAVY, "asyncio", "werkzeug"]),
        ("async def handler(): return sorted(sys.modules)", "run(handler)", [*HTTP_MODULES, *HEAVY, "werkzeug"]),
        (
            "def handler(request): return sorted(sys.modules)",
            "run_http(handler)",
            [*HEAVY, "asyncio", f"{PACKAGE}_apps.asgi"],
        ),
        ("async def handler(request): return sorted(sys.modules)", "run_http(handler)", HEAVY),
    ],
    ids=["sync", "async", "http", "async http"],
)
def test_only_what_is_used_is_loaded(source: str, call: str, absent: list[str], tmp_path: Path) -> None:
    modules = loaded(source, call, tmp_path)
    assert f"{PACKAGE}_runtime.run" in modules
    assert all(map(find_spec, absent))  # a module that was renamed would be absent for that alone
    assert families(modules, *absent) == []
