"""Tenants and W3C traces: what Lambda tells of one invocation is never another's, however many run at once.

https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation-invoke.html
https://www.w3.org/TR/trace-context/
"""

import json
import sys
from base64 import b64encode
from collections import Counter
from pathlib import Path
from typing import cast

import pytest

from tests.support.child_process import Process, RunProcess
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.paths import EVENTS
from tests.support.programs import launch
from tests.support.recorded_request import RecordedRequest
from tests.support.runtime_interface_emulator import StartEmulator

# Each invocation waits for the others of its batch between two looks.
APP = """
import asyncio, json, logging, os, threading
import lambda_http_adapter
from lambda_http_adapter import current_context

N = int(os.environ.get("AWS_LAMBDA_MAX_CONCURRENCY", "1"))
gate, door = asyncio.Barrier(N), threading.Barrier(N)
log = logging.getLogger("app")

def look(context, headers):
    log.warning("looked", extra={"seen": context.tenant_id})
    here = current_context()
    return {
        "tenant": context.tenant_id,
        "tenant here": here.tenant_id,
        "w3c": context.w3c(),
        "w3c here": here.w3c(),
        "headers": headers,
    }

NAMES = ["x-amz-tenant-id", "traceparent", "tracestate"]

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return
    found = dict(scope["headers"])
    headers = [found.get(name.encode(), b"").decode() for name in NAMES]
    before = look(scope["aws.context"], headers)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b"[" + json.dumps(before).encode(), "more_body": True})
    await gate.wait()
    after = await asyncio.to_thread(look, scope["aws.context"], headers)
    await send({"type": "http.response.body", "body": b"," + json.dumps(after).encode() + b"]"})

def wsgi(environ, start_response):
    headers = [environ.get("HTTP_" + name.upper().replace("-", "_"), "") for name in NAMES]
    start_response("200 OK", [("Content-Type", "application/json")])
    yield b"[" + json.dumps(look(environ["aws.context"], headers)).encode()
    door.wait()
    yield b"," + json.dumps(look(environ["aws.context"], headers)).encode() + b"]"

def handler(event, context):
    before = look(context, None)
    door.wait()
    return {"statusCode": 200, "body": json.dumps([before, look(context, None)])}

async def async_handler(event, context):
    before = look(context, None)
    await gate.wait()
    return {"statusCode": 200, "body": json.dumps([before, await asyncio.to_thread(look, context, None)])}
"""
TENANT = "Lambda-Runtime-Aws-Tenant-Id"
TENANTS = ["blue", "red", None, "blue"]

# A REST API: Function URLs can't have tenants. The client's own header isn't what API Gateway told Lambda.
EVENT = json.loads((EVENTS / "api_gateway_v1" / "plain.json").read_bytes())
EVENT["headers"]["X-Amz-Tenant-Id"] = "forged"
EVENT["multiValueHeaders"]["X-Amz-Tenant-Id"] = ["forged"]


def start(run_process: RunProcess, driver: str, **env: str) -> Process:
    if driver in ("handler", "async_handler"):
        return run_process(code=f"{APP}\nlambda_http_adapter.run({driver})", env=env)
    return launch(run_process, driver, APP, **env)


def event(number: int) -> object:
    """With the trace that the client sends, which is the app's to read."""
    headers = EVENT["headers"] | {"traceparent": sent_by_client(number), "tracestate": "vendor=client"}
    return EVENT | {"headers": headers}


def told_by_lambda(number: int, tenant: str | None) -> dict[str, str | None]:
    """The headers of an invocation."""
    return {TENANT: tenant, "Lambda-Runtime-Client-Context": json.dumps({"w3c": w3c(number)}) if w3c(number) else None}


def w3c(number: int) -> dict[str, str]:
    """The trace context of the invoker; every third has none."""
    if number % 3 == 2:
        return {}
    trace = f"00-{number:032x}-b7ad6b7169203331-01"
    return {"traceparent": trace, "tracestate": f"vendor={number}", "baggage": f"number={number}"}


def sent_by_client(number: int) -> str:
    return f"00-{number + 1000:032x}-00f067aa0ba902b7-01"


def looks(request: RecordedRequest) -> list[dict[str, object]]:
    """What the app has seen, before and behind the others."""
    assert request.endpoint == "response", request
    prelude, streamed, body = request.body.partition(b"\0" * 8)
    text = body if streamed else cast("dict[str, str]", json.loads(prelude))["body"]
    return cast("list[dict[str, object]]", json.loads(text))


slow = pytest.mark.slow
WAYS = [
    ("uvloop", "buffered"),
    ("uvloop", "response_stream"),
    pytest.param("asyncio", "response_stream", marks=slow),
    ("sockets", "buffered"),
    ("sockets", "response_stream"),
    ("handler", "buffered"),
    ("async_handler", "buffered"),
]


@pytest.mark.parametrize("concurrency", [pytest.param(1, marks=slow), 4])
@pytest.mark.parametrize("rival_keys", [pytest.param(False, marks=slow), True])
@pytest.mark.parametrize(("driver", "mode"), WAYS)
def test_what_lambda_tells_of_an_invocation_is_never_another_s(
    fake_runtime_api: FakeRuntimeAPI,
    run_process: RunProcess,
    driver: str,
    mode: str,
    rival_keys: bool,
    concurrency: int,
) -> None:
    tenants = TENANTS * 2
    deliveries = [
        fake_runtime_api.invoke(event(number), headers=told_by_lambda(number, tenant))
        for number, tenant in enumerate(tenants)
    ]
    env = {
        "AWS_LAMBDA_MAX_CONCURRENCY": str(concurrency),
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "LAMBDA_HTTP_ADAPTER_INVOKE_MODE": mode,
        "LAMBDA_HTTP_ADAPTER_RIVAL_KEYS": str(rival_keys),
    }
    process = start(run_process, driver, **env)
    of_request = {}
    for number, (tenant, delivery) in enumerate(zip(tenants, deliveries, strict=True)):
        of_request[delivery.request_id] = tenant
        header = tenant if rival_keys and tenant else ""
        expected = {
            "tenant": tenant,
            "tenant here": tenant,
            "w3c": w3c(number),
            "w3c here": w3c(number),
            "headers": None if "handler" in driver else [header, sent_by_client(number), "vendor=client"],
        }
        assert looks(delivery.wait()) == [expected] * 2
    lines = [json.loads(line) for line in process.stdout.splitlines()]
    logged = [
        (line["requestId"], line.get("tenantId"), line.get("seen")) for line in lines if "looked" in line["message"]
    ]
    assert Counter(logged) == Counter([(name, tenant, tenant) for name, tenant in of_request.items()] * 2)


@pytest.mark.parametrize("colour", ["app", "wsgi", "handler"])
def test_what_an_invoke_tells(emulator: StartEmulator, tmp_path: Path, colour: str) -> None:
    """Under AWS's own emulator, which takes both where the Invoke API does."""
    (tmp_path / "app.py").write_text(APP)
    command = [sys.executable, "-m", "lambda_http_adapter", "run", f"app:{colour}"]
    env = {"PYTHONPATH": str(tmp_path), "LAMBDA_HTTP_ADAPTER_RIVAL_KEYS": "true"}
    function = emulator(command, env)
    for number, tenant in enumerate(("blue", "red", None)):
        client_context = b64encode(json.dumps({"w3c": w3c(number)}).encode()).decode()
        told = {"X-Amz-Client-Context": client_context} | ({"X-Amz-Tenant-Id": tenant} if tenant else {})
        status, answer = function.invoke(event(number), told)
        assert status == 200
        expected = {
            "tenant": tenant,
            "tenant here": tenant,
            "w3c": w3c(number),
            "w3c here": w3c(number),
            "headers": None if colour == "handler" else [tenant or "", sent_by_client(number), "vendor=client"],
        }
        assert json.loads(json.loads(answer)["body"]) == [expected] * 2
