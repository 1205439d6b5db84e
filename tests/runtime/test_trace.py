"""What an invocation brings besides its event, wherever in the app somebody asks for it."""

import json
import re
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

import pytest

from tests.support.child_process import RunProcess
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.paths import ROOT
from tests.support.programs import launch
from tests.support.runtime_process import Serve, every_colour, every_program, failed, http, told

TELL = """
import asyncio, contextvars, json, os, threading
from lambda_http_adapter._values.context import current_context

def fields(context):
    client = context.client_context
    return {
        "request_id": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "tenant": context.tenant_id,
        "trace": context.xray_trace_id,
        "custom": client and client.custom,
        "env": client and client.env,
        "app_title": client and client.client and client.client.app_title,
        "identity": list(context.identity),
        "w3c": context.w3c(),
        "memory": context.memory_limit_in_mb,
        "name": context.function_name,
    }

def deep():
    return fields(current_context())

async def app(scope, receive, send):
    assert scope["type"] == "http"
    answer = {
        "given": fields(scope["aws.context"]),
        "task": await asyncio.create_task(asyncio.sleep(0, deep())),
        "thread": await asyncio.to_thread(deep),
        "header": [value.decode() for name, value in scope["headers"] if name == b"x-amzn-trace-id"],
        "environment": os.environ.get("_X_AMZN_TRACE_ID"),
    }
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

def wsgi(environ, start_response):
    found = []
    copy = contextvars.copy_context()
    thread = threading.Thread(target=copy.run, args=[lambda: found.append(deep())])
    thread.start()
    thread.join()
    answer = {
        "given": fields(environ["aws.context"]),
        "task": deep(),
        "thread": found[0],
        "header": [environ[name] for name in ["HTTP_X_AMZN_TRACE_ID"] if name in environ],
        "environment": os.environ.get("_X_AMZN_TRACE_ID"),
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]
"""

CLIENT_CONTEXT = {
    "custom": {"k": "ü"},
    "env": {"locale": "de"},
    "client": {"app_title": "shop", "installation_id": "i-1"},
    "w3c": {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate": 1, "other": "x"},
}
FULL: dict[str, str | None] = {
    "Lambda-Runtime-Aws-Tenant-Id": "blue",
    "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1;Lineage=a:0",
    "Lambda-Runtime-Client-Context": json.dumps(CLIENT_CONTEXT, ensure_ascii=False).encode().decode("latin-1"),
    "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId":"eu-west-1:1","cognitoIdentityPoolId":"eu-west-1:2"}',
}
BARE: dict[str, str | None] = {
    "Lambda-Runtime-Trace-Id": None,
    "Lambda-Runtime-Client-Context": "",
    "Lambda-Runtime-Cognito-Identity": "",
}

concurrencies = pytest.mark.parametrize("concurrency", ["1", "2"])


@every_colour
@concurrencies
def test_all_there_may_be(fake_runtime_api: FakeRuntimeAPI, serve: Serve, concurrency: str) -> None:
    delivery = fake_runtime_api.invoke(http(), headers=FULL)
    serve(TELL, AWS_LAMBDA_MAX_CONCURRENCY=concurrency)
    answer = told(delivery.wait())
    assert answer["given"] == {
        "request_id": delivery.request_id,
        "arn": "arn:aws:lambda:eu-west-1:123456789012:function:greeter",
        "tenant": "blue",
        "trace": FULL["Lambda-Runtime-Trace-Id"],
        "custom": {"k": "ü"},
        "env": {"locale": "de"},
        "app_title": "shop",
        "identity": ["eu-west-1:1", "eu-west-1:2"],
        "w3c": {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
        "memory": "512",
        "name": "greeter",
    }
    assert answer["task"] == answer["thread"] == answer["given"]
    assert answer["header"] == [FULL["Lambda-Runtime-Trace-Id"]]
    assert answer["environment"] == (FULL["Lambda-Runtime-Trace-Id"] if concurrency == "1" else None)


@pytest.mark.covering
@every_colour
@concurrencies
def test_as_little_as_there_may_be(fake_runtime_api: FakeRuntimeAPI, serve: Serve, concurrency: str) -> None:
    """What one invocation brought is gone with it."""
    deliveries = [fake_runtime_api.invoke(http(), headers=headers) for headers in (FULL, FULL, BARE, BARE)]
    serve(TELL, AWS_LAMBDA_MAX_CONCURRENCY=concurrency)
    for delivery in deliveries[2:]:
        answer = told(delivery.wait())
        given = cast("dict[str, object]", answer["given"])
        assert given["request_id"] == delivery.request_id
        assert [given[name] for name in ("tenant", "trace", "custom", "env", "app_title")] == [None] * 5
        assert (given["identity"], given["w3c"]) == ([None, None], {})
        assert answer["task"] == answer["thread"] == given
        assert (answer["header"], answer["environment"]) == ([], None)


@every_colour
def test_the_trace_of_the_function_replaces_that_of_the_front_door(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve
) -> None:
    event = http()
    event["headers"] = {"host": "abc", "x-amzn-trace-id": "Root=1-front;Self=1-door"}
    traced, untraced = fake_runtime_api.invoke(event, headers=FULL), fake_runtime_api.invoke(event, headers=BARE)
    serve(TELL)
    assert told(traced.wait())["header"] == [FULL["Lambda-Runtime-Trace-Id"]]
    assert told(untraced.wait())["header"] == ["Root=1-front;Self=1-door"]


@pytest.mark.covering
@every_program
@concurrencies
def test_outside_of_an_invocation_there_is_no_context(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, concurrency: str
) -> None:
    delivery = fake_runtime_api.invoke(http())
    source = TELL + "\nprint('init', current_context(), flush=True)\n"
    options = "on_shutdown=lambda: print('shutdown', current_context(), flush=True)"
    process = launch(run_process, driver, source, options, AWS_LAMBDA_MAX_CONCURRENCY=concurrency)
    told(delivery.wait())
    fake_runtime_api.wait_until(
        lambda: len([x for x in fake_runtime_api.received("next") if x.answer is None]) == int(concurrency)
    )
    process.signal(signal.SIGTERM)
    assert process.wait() == 0
    assert process.stdout.splitlines() == ["init None", "shutdown None"]


@pytest.mark.covering
@every_colour
@concurrencies
def test_a_context_that_can_not_be_read_is_not_the_one_before(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, concurrency: str
) -> None:
    """Not in the log either, where its records would be another invocation's."""
    good = [fake_runtime_api.invoke(http()) for _ in range(int(concurrency))]
    process = serve(TELL, AWS_LAMBDA_LOG_FORMAT="JSON", AWS_LAMBDA_MAX_CONCURRENCY=concurrency)
    for delivery in good:
        told(delivery.wait())
    bad = fake_runtime_api.invoke(http(), headers={"Lambda-Runtime-Deadline-Ms": "soon"})
    assert failed(bad.wait())["requestId"] == bad.request_id
    assert bad.request_id in process.logs
    for delivery in good:
        assert delivery.request_id not in process.logs


FASTAPI = """
import threading
from fastapi import FastAPI
from lambda_http_adapter._values.context import current_context

door = threading.Barrier(4)
app = FastAPI()

@app.post("/sync/{n}")
def sync_endpoint(n: int):
    door.wait()
    return {"n": n, "context": current_context().aws_request_id}
"""


def test_endpoints_in_a_thread_pool_have_theirs(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    deliveries = [fake_runtime_api.invoke(http(f"/sync/{n}")) for n in range(8)]
    serve(FASTAPI, AWS_LAMBDA_MAX_CONCURRENCY="4")
    for n, delivery in enumerate(deliveries):
        assert told(delivery.wait()) == {"n": n, "context": delivery.request_id}


class Table(BaseHTTPRequestHandler):
    """A service of AWS's that answers with the trace it was called with."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        answer = json.dumps({"TableNames": [self.headers.get("X-Amzn-Trace-Id", "none")]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Table) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


CALLS = """
import asyncio, json, os, threading
import boto3

keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "eu-west-1"}
client = boto3.client("dynamodb", endpoint_url=os.environ["SERVICE"], **keys)
SNIPPET
door = threading.Barrier(3)

def call():
    door.wait()
    return json.dumps({"seen": client.list_tables()["TableNames"]}).encode()

async def app(scope, receive, send):
    assert scope["type"] == "http"
    answer = await asyncio.to_thread(call)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": answer})

def wsgi(environ, start_response):
    answer = call()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [answer]
"""


@every_colour
def test_calls_of_an_aws_client_have_the_trace_of_their_invocation(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, service: str
) -> None:
    """With what docs/runtime.md says about it. By itself botocore reads the environment only."""
    page = (ROOT / "docs" / "runtime.md").read_text()
    (snippet,) = [block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "before-call" in block]
    traces = ["Root=1-a;Parent=b;Sampled=1", "Root=1-c", None]
    deliveries = [fake_runtime_api.invoke(http(), headers={"Lambda-Runtime-Trace-Id": trace}) for trace in traces]
    serve(CALLS.replace("SNIPPET", snippet), AWS_LAMBDA_MAX_CONCURRENCY="3", SERVICE=service)
    assert [told(delivery.wait())["seen"] for delivery in deliveries] == [[trace or "none"] for trace in traces]
