"""`deadline_margin_ms`: the app is ended before Lambda ends the environment, and the environment lives on."""

import json
import time
from base64 import b64decode

import pytest

from tests.support.fake_runtime_api import Delivery
from tests.support.http_bytes import answer
from tests.support.runtime_process import every_colour, on_sockets
from tests.support.stepped_app import SteppedProcess
from tests.support.streamed_response import Serve, buffered, function_url, streamed
from tests.support.streaming_runtime_api import StreamingRuntimeAPI

MARGIN = {"LAMBDA_HTTP_ADAPTER_DEADLINE_MARGIN_MS": "10000"}


def invoke_once_it_asks(fake_runtime_api: StreamingRuntimeAPI, path: str, seconds: float = 0.5) -> Delivery:
    """An event that leaves the app so much time, margin apart; the start of the process shall not count."""
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next"))
    deadline = int((time.time() + seconds + 10) * 1000)
    return fake_runtime_api.invoke(function_url(path), headers={"Lambda-Runtime-Deadline-Ms": str(deadline)})


@pytest.fixture
def waiter(request: pytest.FixtureRequest) -> str:
    return "wsgi" if request.node.callspec.params["serve"] == "sockets" else "patient"


SAID = {"wsgi": "finally\n", "patient": "CancelledError\nfinally\n"}
HEAD = {"statusCode": 504, "headers": {"content-type": "text/plain; charset=utf-8"}}


@pytest.mark.covering
@every_colour
@pytest.mark.parametrize("mode", ["response_stream", "buffered"])
def test_504_before_the_head(fake_runtime_api: StreamingRuntimeAPI, serve: Serve, waiter: str, mode: str) -> None:
    process = serve(waiter, **MARGIN, LAMBDA_HTTP_ADAPTER_INVOKE_MODE=mode)
    late = invoke_once_it_asks(fake_runtime_api, "/waits/early")
    good = fake_runtime_api.invoke(function_url("/digits"))
    if mode == "buffered":
        assert buffered(late.wait()) == {**HEAD, "body": "Gateway Timeout", "isBase64Encoded": False}
        assert buffered(good.wait())["body"] == "12345"
    else:
        assert streamed(late.wait()) == (HEAD, b"Gateway Timeout", [])
        assert streamed(good.wait()).body == b"12345"
    assert process.stderr == SAID[waiter]
    assert process.stdout.count("deadline is near") == 1
    assert "Traceback" not in process.stdout


@every_colour
def test_a_trailer_after_it(fake_runtime_api: StreamingRuntimeAPI, serve: Serve, waiter: str) -> None:
    process = serve(waiter, **MARGIN)
    late = invoke_once_it_asks(fake_runtime_api, "/waits/late")
    good = fake_runtime_api.invoke(function_url("/digits"))
    answer = streamed(late.wait())
    trailers = dict(answer.trailers)
    assert (answer.prelude["statusCode"], answer.body) == (200, b"half a")
    assert trailers["lambda-runtime-function-error-type"] == "Function.AppError"
    error = json.loads(b64decode(trailers["lambda-runtime-function-error-body"]))
    assert "deadline is near" in error["errorMessage"]
    assert streamed(good.wait()).body == b"12345"
    assert process.stderr == SAID[waiter]
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 3)
    assert {request.connection for request in fake_runtime_api.requests} == {0}


@every_colour
def test_time_enough(fake_runtime_api: StreamingRuntimeAPI, serve: Serve) -> None:
    process = serve(**MARGIN)
    deliveries = [fake_runtime_api.invoke(function_url("/digits")) for _ in range(3)]
    assert [streamed(delivery.wait()).body for delivery in deliveries] == [b"12345"] * 3
    assert process.logs == ""


@every_colour
def test_without_the_option_a_deadline_is_lambdas_business(fake_runtime_api: StreamingRuntimeAPI, serve: Serve) -> None:
    delivery = fake_runtime_api.invoke(function_url("/digits"), headers={"Lambda-Runtime-Deadline-Ms": "1767225600000"})
    process = serve()
    assert streamed(delivery.wait()).body == b"12345"
    assert process.logs == ""


@on_sockets
def test_a_chunk_on_its_way_is_finished(
    fake_runtime_api: StreamingRuntimeAPI, serve: Serve, stepped_app: SteppedProcess
) -> None:
    """The alarm strikes while the reader holds up a chunk: it can only be followed by trailers when it is whole.

    The process has another thread. The kernel gives the signal to it where the first one has it blocked.
    """
    with fake_runtime_api.hold("response"):
        serve(**MARGIN)
        late = invoke_once_it_asks(fake_runtime_api, "/outlives/16")
        stepped_app.until_one_is_taken()
    request = late.wait()
    assert len(request.chunks[1]) == 16 * 2**20
    assert [name for name, _ in request.trailers] == [
        "lambda-runtime-function-error-type",
        "lambda-runtime-function-error-body",
    ]


@pytest.mark.covering
@pytest.mark.parametrize("mode", ["response_stream", "buffered"])
@pytest.mark.parametrize(
    ("serve", "app", "path"),
    [
        ("uvloop", "protests", "/early"),
        ("uvloop", "protests", "/late"),
        ("uvloop", "ignores", "/early"),
        ("uvloop", "ignores", "/late"),
        ("uvloop", "ignores", "/returns"),
        ("sockets", "protests_as_well", "/early"),
        ("sockets", "protests_as_well", "/late"),
    ],
    indirect=["serve"],
)
def test_what_an_app_does_about_its_deadline_is_told_as_the_deadline(
    fake_runtime_api: StreamingRuntimeAPI, serve: Serve, app: str, path: str, mode: str
) -> None:
    process = serve(app, **MARGIN, LAMBDA_HTTP_ADAPTER_INVOKE_MODE=mode)
    request = invoke_once_it_asks(fake_runtime_api, path).wait()
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 2)
    if mode == "buffered":
        assert buffered(request)["statusCode"] == 504
    elif path == "/early":
        assert streamed(request) == (HEAD, b"Gateway Timeout", [])
    else:
        assert dict(streamed(request).trailers)["lambda-runtime-function-error-type"] == "Function.AppError"
    assert process.logs.count("[ERROR]") == process.logs.count("deadline is near") == 1
    assert "Traceback" not in process.logs


@every_colour
def test_a_deadline_of_a_response_that_is_refused_already(
    fake_runtime_api: StreamingRuntimeAPI, serve: Serve, waiter: str
) -> None:
    """The log has the deadline and the reason why the response was refused, not that nobody reads the trailers."""
    refusal = answer(413, {"errorType": "RequestEntityTooLarge"}, then="close")
    fake_runtime_api.answer_early(refusal, after=2)
    process = serve(waiter, **MARGIN)
    invoke_once_it_asks(fake_runtime_api, "/waits/late")
    assert streamed(fake_runtime_api.invoke(function_url("/digits")).wait()).body == b"12345"
    assert "RequestEntityTooLarge" in process.logs
    assert "BrokenPipeError" not in process.logs
    assert "Traceback" not in process.logs
