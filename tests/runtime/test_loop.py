"""One invocation after the other, and what ends the loop."""

import json
import re

import pytest

from tests.support.fake_runtime_api import Delivery, FakeRuntimeAPI
from tests.support.http_bytes import answer
from tests.support.recorded_request import Endpoint
from tests.support.runtime_process import APP, Serve, every_driver, failed, http, seen, told

NO_NONCE = {"Lambda-Runtime-Invocation-Id": None}


@every_driver
def test_many_invocations_on_one_connection(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, request: pytest.FixtureRequest
) -> None:
    deliveries = [fake_runtime_api.invoke(http(f"/{n}")) for n in range(3)]
    serve()
    answers = [told(delivery.wait()) for delivery in deliveries]
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 4)
    assert [told["path"] for told in answers] == ["/0", "/1", "/2"]
    assert [told["request_id"] for told in answers] == [delivery.request_id for delivery in deliveries]
    assert {told["driver"] for told in answers} == {request.node.callspec.params["serve"]}
    assert {told["nodelay"] for told in answers} == {1}
    assert seen(fake_runtime_api) == [(0, "next"), (0, "response")] * 3 + [(0, "next")]


@pytest.mark.covering
@every_driver
@pytest.mark.parametrize("fragment", [False, True], ids=["whole", "bytewise"])
def test_next_however_it_is_framed(fake_runtime_api: FakeRuntimeAPI, serve: Serve, fragment: bool) -> None:
    fake_runtime_api.fragment = fragment
    deliveries: list[Delivery] = []
    for fake_runtime_api.chunked in (False, True, True, False):
        deliveries.append(fake_runtime_api.invoke(http(f"/ü{len(deliveries)}")))
    serve()
    assert [told(delivery.wait())["path"] for delivery in deliveries] == ["/ü0", "/ü1", "/ü2", "/ü3"]


@every_driver
def test_large_both_ways(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    body = json.dumps({"a": "x" * 5_000_000})
    delivery = fake_runtime_api.invoke(http("/echo", body))
    serve()
    assert told(delivery.wait()) == json.loads(body)


def test_the_user_agent_is_a_name_and_a_version(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    delivery = fake_runtime_api.invoke(http())
    serve()
    delivery.wait()
    for request in fake_runtime_api.requests:
        assert re.fullmatch(r"lambda-http-adapter/[0-9][\w.+]*", request.header("user-agent") or "")


@every_driver
def test_the_invocation_id_is_echoed(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    """A retry has the request id of what it retries; only the invocation id tells their answers apart."""
    events = [http(), b"not json", http()]
    for nonce, event in zip(["n-1", "n-2", "n-3"], events, strict=True):
        fake_runtime_api.invoke(event, request_id="r", headers={"Lambda-Runtime-Invocation-Id": nonce})
    serve()
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 4)
    posts = [request for request in fake_runtime_api.requests if request.request_id == "r"]
    assert [(post.endpoint, post.header("lambda-runtime-invocation-id")) for post in posts] == [
        ("response", "n-1"),
        ("error", "n-2"),
        ("response", "n-3"),
    ]


def test_no_invocation_id_no_echo(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    deliveries = [fake_runtime_api.invoke(event, headers=NO_NONCE) for event in (http(), b"not json")]
    serve()
    for delivery in deliveries:
        assert "lambda-runtime-invocation-id" not in [name for name, _ in delivery.wait().headers]


@every_driver
def test_204_is_asked_again(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    fake_runtime_api.script("next", answer(204), answer(204))
    delivery = fake_runtime_api.invoke(http())
    serve()
    delivery.wait()
    assert seen(fake_runtime_api)[:4] == [(0, "next"), (0, "next"), (0, "next"), (0, "response")]


NOT_SERVED: list[tuple[object, str]] = [
    (b"not json", "EventError"),
    (b"", "EventError"),
    (b"\xff\xfe", "EventError"),
    (b"[" * 100_000, "EventError"),
    ([], "UnknownOriginError"),
    ({"hello": "world"}, "UnknownOriginError"),
]


def test_an_event_that_is_not_served_fails_its_invocation_alone(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    process = serve(LAMBDA_HTTP_ADAPTER_PASS_THROUGH_PATH="")
    for event, error_type in NOT_SERVED:
        bad, good = fake_runtime_api.invoke(event), fake_runtime_api.invoke(http("/next"))
        request = bad.wait()
        error = failed(request)
        assert set(error) == {"errorMessage", "errorType", "requestId", "stackTrace"}
        assert (error["errorType"], error["requestId"]) == (error_type, bad.request_id)
        assert request.header("content-type") == "application/json"
        assert request.header("lambda-runtime-function-error-type") == f"Function.{error_type}"
        cause = json.loads(request.header("lambda-runtime-function-xray-error-cause") or "")
        assert (cause["exceptions"][0]["type"], cause["paths"]) == (error_type, [])
        assert told(good.wait())["path"] == "/next"
        assert bad.request_id in process.logs


UNREADABLE: list[dict[str, str | None]] = [
    {"Lambda-Runtime-Client-Context": "{'custom'"},
    {"Lambda-Runtime-Client-Context": "[1]"},
    {"Lambda-Runtime-Cognito-Identity": "{"},
    {"Lambda-Runtime-Deadline-Ms": None},
    {"Lambda-Runtime-Deadline-Ms": "soon"},
]


def test_a_context_that_can_not_be_read_fails_its_invocation_alone(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve
) -> None:
    serve()
    for headers in UNREADABLE:
        bad, good = fake_runtime_api.invoke(http(), headers=headers), fake_runtime_api.invoke(http("/next"))
        request = bad.wait()
        assert failed(request)["errorType"] == "Runtime.LambdaContextUnmarshalError"
        assert request.header("lambda-runtime-function-error-type") == "Runtime.LambdaContextUnmarshalError"
        assert told(good.wait())["path"] == "/next"


def test_the_context_reaches_the_app(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    serve()
    for text, custom in [(None, None), ("", None), ("  ", None), ('{"custom":{"k":"v"}}', {"k": "v"})]:
        answer = told(fake_runtime_api.invoke(http(), headers={"Lambda-Runtime-Client-Context": text}).wait())
        assert answer["custom"] == custom
        assert isinstance(answer["remaining"], int)
        assert 0 < answer["remaining"] <= 60_000


SETTLED: list[tuple[object, Endpoint, int, str]] = [
    (http(), "response", 410, "InvokeTimeout"),
    (http(), "response", 413, "RequestEntityTooLarge"),
    (b"not json", "error", 410, "InvocationOver"),
    (b"not json", "error", 413, "ErrorTooLarge"),
]


@every_driver
def test_an_answer_the_platform_has_settled_is_logged_and_the_loop_goes_on(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve
) -> None:
    process = serve()
    for event, endpoint, status, error_type in SETTLED:
        fake_runtime_api.script(endpoint, answer(status, {"errorMessage": "…", "errorType": error_type}))
        settled, good = fake_runtime_api.invoke(event), fake_runtime_api.invoke(http("/next"))
        assert settled.wait().endpoint == endpoint
        assert told(good.wait())["path"] == "/next"
        assert error_type in process.logs
        assert [request.request_id for request in fake_runtime_api.requests].count(settled.request_id) == 1


@pytest.mark.covering
@pytest.mark.parametrize("serve", ["asyncio", "sockets"], indirect=True)
@pytest.mark.parametrize(("event", "endpoint"), [(http(), "response"), (b"not json", "error")])
@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_refused_answer_ends_the_process(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, event: object, endpoint: Endpoint, status: int
) -> None:
    """Asking for the next invocation would bring the same event again, at once and for ever."""
    fake_runtime_api.script(endpoint, answer(status, {"errorMessage": "…", "errorType": "Refused"}))
    fake_runtime_api.invoke(event)
    process = serve()
    assert process.wait() == 1
    assert seen(fake_runtime_api) == [(0, "next"), (0, endpoint)]
    assert re.search(rf"{status}.*Refused", process.logs)


@pytest.mark.parametrize(
    ("raw", "fact"),
    [
        (answer(500, {"errorType": "InternalServerError"}).raw, "500.*InternalServerError"),
        (answer(403, {"errorType": "InvalidStateTransition"}).raw, "403.*InvalidStateTransition"),
        (answer(200, {}).raw, "Lambda-Runtime-Aws-Request-Id"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "not HTTP"),
    ],
)
def test_an_answer_to_next_that_ends_the_process(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, raw: bytes, fact: str
) -> None:
    fake_runtime_api.next_raw(raw)
    process = serve()
    assert process.wait() == 1
    assert seen(fake_runtime_api) == [(0, "next")]
    assert re.search(fact, process.logs)


def test_proxies_are_not_for_the_runtime_api(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    delivery = fake_runtime_api.invoke(http())
    nowhere = "http://127.0.0.1:1"
    serve(HTTP_PROXY=nowhere, http_proxy=nowhere, HTTPS_PROXY=nowhere, ALL_PROXY=nowhere, all_proxy=nowhere)
    told(delivery.wait())


def test_the_lifespan_surrounds_all_invocations(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    source = (
        APP.replace("async def app", "async def inner")
        + """
async def app(scope, receive, send):
    if scope["type"] == "http":
        return await inner(scope, receive, send)
    for phase in ("startup", "shutdown"):
        await receive()
        print(phase, flush=True)
        await send({"type": f"lifespan.{phase}.complete"})
"""
    )
    process = serve(source)
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next"))
    assert process.stdout == "startup\n"
    for delivery in [fake_runtime_api.invoke(http()), fake_runtime_api.invoke(http())]:
        told(delivery.wait())
    assert process.stdout == "startup\n"
    fake_runtime_api.close()
    assert process.wait() == 1
    assert [line for line in process.stdout.splitlines() if "Lost the Runtime API" not in line] == [
        "startup",
        "shutdown",
    ]


@every_driver
def test_no_runtime_api_no_process(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    fake_runtime_api.close()
    process = serve()
    assert process.wait() == 1
    assert fake_runtime_api.address in process.logs


@every_driver
def test_the_end_of_the_runtime_api_is_the_end_of_the_process(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    delivery = fake_runtime_api.invoke(http())
    process = serve()
    delivery.wait()
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 2)
    fake_runtime_api.close()
    assert process.wait() == 1
    assert fake_runtime_api.address in process.logs
