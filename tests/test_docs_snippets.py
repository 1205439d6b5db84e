"""The short Python blocks of documents that have no test of their own. Each runs, with the names that the page has
introduced or leaves to the reader.

`asgi_handler` and `wsgi_handler` stand for `run_asgi` and `run_wsgi`: they take the same options and return.
"""

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.wrappers import Request

from lambda_http_adapter import asgi_handler, http_handler, wsgi_handler
from lambda_http_adapter._types import Environ, StartResponse
from lambda_http_adapter.testing import make_event
from tests.support.child_process import RunProcess
from tests.support.dev_process import Dev
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.http_bytes import answer
from tests.support.invocation import CONTEXT
from tests.support.page_blocks import page_blocks
from tests.support.paths import ROOT
from tests.support.websocket_client import connected, http_url


def blocks(page: str) -> list[str]:
    return [block.text for block in page_blocks(page) if block.language == "python"]


@pytest.mark.parametrize(
    ("page", "count"),
    [
        ("docs/django.md", 3),
        ("docs/emulator.md", 2),
        ("docs/handlers.md", 6),
        ("docs/index.md", 1),
        ("docs/observability.md", 9),  # tests/observability runs them, section by section
        ("docs/reference/events.md", 1),
        ("docs/runtime.md", 3),
        ("examples/queue_and_api/README.md", 1),
    ],
)
def test_no_block_has_been_added_without_a_test(page: str, count: int) -> None:
    assert len(blocks(page)) == count


def names_of(block: str, **given: object) -> dict[str, Any]:
    """What ``block`` defines, and what it was ``given``."""
    names: dict[str, Any] = {"__name__": "page", **given}
    exec(block, names)
    return names


def hello(environ: Environ, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK", [])
    return [b"hello"]


# docs/django.md


def test_django_s_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings, *_ = blocks("docs/django.md")
    for name in ("SECRET_KEY", "DATABASE_HOST", "DATABASE_NAME", "DATABASE_USER", "DATABASE_PASSWORD"):
        monkeypatch.setenv(name, name.lower())
    monkeypatch.setenv("ALLOWED_HOSTS", "a.example,b.example")
    middleware = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
    names = names_of(settings, os=os, BASE_DIR=Path("site"), MIDDLEWARE=middleware)
    assert names["ALLOWED_HOSTS"] == ["a.example", "b.example"]
    assert names["DATABASES"]["default"]["HOST"] == "database_host"
    assert names["STATIC_ROOT"] == Path("site/staticfiles")
    assert [name.rpartition(".")[2] for name in names["MIDDLEWARE"]] == [
        "SecurityMiddleware",
        "WhiteNoiseMiddleware",
        "CommonMiddleware",
    ]


def test_django_s_commands_beside_the_site() -> None:
    _, block, _ = blocks("docs/django.md")
    names = names_of(
        block, get_wsgi_application=lambda: hello, wsgi_handler=wsgi_handler, manage=lambda event: event["manage"]
    )
    assert names["handler"]({"manage": ["migrate"]}, CONTEXT) == ["migrate"]
    assert names["handler"](make_event("GET", "/"), CONTEXT)["body"] == "hello"


def test_django_s_reports_hide_the_event(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import LazySettings

    settings = LazySettings()  # those of the process belong to other tests
    settings.configure()
    monkeypatch.setattr("django.views.debug.settings", settings)
    environs: list[Environ] = []

    def record(environ: Environ, start_response: StartResponse) -> list[bytes]:
        environs.append(environ)
        return hello(environ, start_response)

    wsgi_handler(record)(make_event("POST", "/", headers={"cookie": "session=secret"}, content=b"secret"), CONTEXT)
    *_, block = blocks("docs/django.md")
    reporter_filter = names_of(block)["ReporterFilter"]()
    shown = {name: reporter_filter.cleanse_setting(name, value) for name, value in environs[0].items()}
    assert shown["REQUEST_METHOD"] == "POST"
    assert "secret" not in str(shown)


# docs/emulator.md

ECHO = "def handler(event, context):\n    return event\n"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "checks it", "AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


def test_boto3_invokes_the_function(credentials: None, tmp_path: Path) -> None:
    _, block = blocks("docs/emulator.md")
    (tmp_path / "function.py").write_text(ECHO)
    with Dev("function:handler", cwd=tmp_path) as dev:
        names = names_of(block.replace("http://127.0.0.1:8000", dev.url))
        assert json.load(names["result"]["Payload"]) == {"order": 7}
        assert names["result"]["LogResult"]


def test_boto3_sends_a_client_a_message(credentials: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    boto3 = pytest.importorskip("boto3")
    block, _ = blocks("docs/emulator.md")
    (tmp_path / "function.py").write_text(
        "def handler(event, context):\n"
        "    return {'statusCode': 200, 'body': event['requestContext']['connectionId']}\n"
    )
    with Dev("function:handler", "--origin", "websocket", "--route-response", cwd=tmp_path) as dev:
        monkeypatch.setenv("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", http_url(dev))
        with connected(dev) as client:
            client.send("who am I?")
            names_of(block, boto3=boto3, connection_id=client.recv(10))
            assert client.recv(10) == "hello"


# docs/handlers.md


def test_a_layer_is_around_a_handler(run_process: RunProcess, fake_runtime_api: FakeRuntimeAPI, tmp_path: Path) -> None:
    handler, layer, *_ = blocks("docs/handlers.md")
    (tmp_path / "orders.py").write_text(handler)
    delivery = fake_runtime_api.invoke(b'{"id": 1, "items": ["a", "b"]}')
    process = run_process(code=f"from orders import handler, run\n{layer}", cwd=tmp_path)
    assert delivery.wait().json() == {"items": 2}
    fake_runtime_api.close()
    process.wait()
    assert " s\n" in process.logs


def test_a_function_of_a_request() -> None:
    handler, _, function, body, *_ = blocks("docs/handlers.md")
    serve = http_handler(names_of(function)["handler"])
    event = make_event("GET", "/?name=Ines")
    assert serve(event, CONTEXT)["body"] == "Hello Ines"
    order = names_of(handler)["Order"]
    serve = http_handler(names_of(body, Request=Request, Order=order)["handler"])
    event = make_event("POST", "/orders", json={"id": 1, "items": ["a"]})
    assert json.loads(serve(event, CONTEXT)["body"]) == {"path": "/orders", "items": 1}


def test_handlers_beside_an_app() -> None:
    *_, block, _ = blocks("docs/handlers.md")
    made: list[Any] = []
    names_of(
        block,
        app=hello,
        run_asgi=lambda app, **options: made.append(asgi_handler(app, **options)),
        run_wsgi=lambda app, **options: made.append(wsgi_handler(app, **options)),
        handle_messages=lambda event: "messages",
        tidy_up=lambda event: "tidied",
        handle_anything_else=lambda event: "anything",
    )
    schedule = {"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}
    assert [handler(schedule, CONTEXT) for handler in made] == ["tidied", "anything"]


def test_a_custom_resource() -> None:
    *_, block = blocks("docs/handlers.md")
    names = names_of(block, app=hello, run_asgi=asgi_handler, fill=len)
    create = {"RequestType": "Create", "ResourceProperties": {"Table": "orders"}}
    assert names["seed"](create) == {"PhysicalResourceId": "seed", "Data": {"Rows": 6}}
    assert names["seed"]({"RequestType": "Delete"}) == {}


# docs/index.md


def test_the_first_app_of_the_site_is_served_as_it_is(
    run_process: RunProcess, fake_runtime_api: FakeRuntimeAPI, tmp_path: Path
) -> None:
    (app,) = blocks("docs/index.md")
    (tmp_path / "main.py").write_text(app)
    delivery = fake_runtime_api.invoke(json.dumps(make_event("GET", "/")).encode())
    run_process("run", "main:app", cwd=tmp_path)
    result: Any = delivery.wait().json()
    assert json.loads(result["body"]) == {"hello": "world"}


# docs/reference/events.md


def test_a_field_of_a_typed_event() -> None:
    (block,) = blocks("docs/reference/events.md")
    event = make_event("GET", "/", origin="http-api", client="192.0.2.7")
    assert names_of(block)["handler"](event, CONTEXT) == "192.0.2.7"


# docs/runtime.md, whose first block tests/runtime/test_trace.py runs


def test_telemetry_is_flushed_in_a_hook() -> None:
    _, block, _ = blocks("docs/runtime.md")
    made: list[Any] = []
    flushed: list[object] = []

    def flush(timeout: int) -> None:
        flushed.append(timeout)

    names_of(
        block,
        app=hello,
        run_asgi=lambda app, **options: made.append(asgi_handler(app, **options)),
        tracer_provider=SimpleNamespace(force_flush=lambda: flushed.append("spans")),
        sentry_sdk=SimpleNamespace(flush=flush),
    )
    for handler in made:
        handler(make_event("GET", "/"), CONTEXT)
    assert flushed == ["spans", 2]


SNAPSHOT = """
from types import SimpleNamespace

from lambda_http_adapter import run_wsgi as run_asgi

def app(environ, start_response):
    start_response("200 OK", [])
    return [b"hello"]

database = SimpleNamespace(disconnect=lambda: print("disconnected"), connect=lambda: print("connected"))
"""


def test_connections_are_renewed_around_a_snapshot(run_process: RunProcess, fake_runtime_api: FakeRuntimeAPI) -> None:
    *_, block = blocks("docs/runtime.md")
    fake_runtime_api.script("restore/next", answer(200))
    delivery = fake_runtime_api.invoke(json.dumps(make_event("GET", "/")).encode())
    process = run_process(code=SNAPSHOT + block, env={"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"})
    delivery.wait()
    fake_runtime_api.close()
    process.wait()
    assert process.stdout.splitlines()[:2] == ["disconnected", "connected"]


# examples/queue_and_api/README.md


def test_the_page_quotes_the_app() -> None:
    (line,) = blocks("examples/queue_and_api/README.md")
    assert line in (ROOT / "examples" / "queue_and_api" / "app.py").read_text()
