"""An app whose invocations wait for each other: that all of them are answered proves that they ran at once."""

from tests.support.fake_runtime_api import Delivery, FakeRuntimeAPI
from tests.support.recorded_request import RecordedRequest
from tests.support.runtime_process import http

TRACE = "Lambda-Runtime-Trace-Id"

# Behind the barrier, which has no meaning for "/alone", each does what its request's body says, in Python.
BARRIER_APP = """
import asyncio, contextvars, json, os, threading
from lambda_http_adapter._values.context import current_context

N = int(os.environ.get("AWS_LAMBDA_MAX_CONCURRENCY", "1"))
gate, door = asyncio.Barrier(N), threading.Barrier(N)
lock = threading.Lock()
active = most = 0

def enter(step):
    global active, most
    with lock:
        active += step
        most = max(most, active)

def tell(path, context, header, in_thread):
    return json.dumps({
        "path": path,
        "scope": context.aws_request_id,
        "here": current_context().aws_request_id,
        "in_thread": in_thread.aws_request_id,
        "trace": context.xray_trace_id,
        "header": header,
        "environment": os.environ.get("_X_AMZN_TRACE_ID"),
        "most": most,
    }).encode()

async def app(scope, receive, send):
    assert scope["type"] == "http"
    enter(1)
    try:
        if scope["path"] != "/alone":
            await gate.wait()
        exec((await receive())["body"])
        header = dict(scope["headers"]).get(b"x-amzn-trace-id", b"").decode()
        answer = tell(scope["path"], scope["aws.context"], header, await asyncio.to_thread(current_context))
    finally:
        enter(-1)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": answer})

def wsgi(environ, start_response):
    enter(1)
    try:
        if environ["PATH_INFO"] != "/alone":
            door.wait()
        exec(environ["wsgi.input"].read())
        found = []
        copy = contextvars.copy_context()
        thread = threading.Thread(target=copy.run, args=[lambda: found.append(current_context())])
        thread.start()
        thread.join()
        header = environ.get("HTTP_X_AMZN_TRACE_ID", "")
        answer = tell(environ["PATH_INFO"], environ["aws.context"], header, found[0])
    finally:
        enter(-1)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [answer]
"""


def invoke_several(api: FakeRuntimeAPI, number: int, body: str = "") -> list[Delivery]:
    """So many invocations, each with its own path and trace id."""
    return [api.invoke(http(f"/{n}", body), headers={TRACE: f"Root=1-{n}"}) for n in range(number)]


def answered(deliveries: list[Delivery]) -> list[RecordedRequest]:
    return [delivery.wait() for delivery in deliveries]
