"""How a streamed response ends: whole, failed half-way, refused before it began. The connection outlives them all."""

import json
from base64 import b64decode

import pytest

from tests.support.fake_runtime_api import Delivery
from tests.support.runtime_process import every_colour, failed
from tests.support.streamed_response import Serve, function_url, rest_api, streamed
from tests.support.streaming_runtime_api import StreamingRuntimeAPI

pytestmark = every_colour

ERROR_TYPE, ERROR_BODY = "lambda-runtime-function-error-type", "lambda-runtime-function-error-body"


def goes_on(fake_runtime_api: StreamingRuntimeAPI, good: Delivery) -> None:
    """The next invocation is served on the same connection."""
    assert streamed(good.wait()).body == b"12345"
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 3)
    assert {request.connection for request in fake_runtime_api.requests} == {0}


def test_a_failure_half_way_is_told_in_trailers(fake_runtime_api: StreamingRuntimeAPI, serve: Serve) -> None:
    bad, good = fake_runtime_api.invoke(function_url("/breaks/late")), fake_runtime_api.invoke(function_url("/digits"))
    process = serve()
    answer = streamed(bad.wait())
    assert (answer.prelude["statusCode"], answer.body) == (200, b"half a")
    trailers = dict(answer.trailers)
    assert list(trailers) == [ERROR_TYPE, ERROR_BODY]
    assert trailers[ERROR_TYPE] == "Function.LookupError"
    error = json.loads(b64decode(trailers[ERROR_BODY], validate=True))
    assert set(error) == {"errorMessage", "errorType", "requestId", "stackTrace"}
    assert (error["errorMessage"], error["errorType"]) == ("no ü", "LookupError")
    assert "in breaks" in error["stackTrace"][-1]
    goes_on(fake_runtime_api, good)
    assert "LookupError: no ü" in process.logs


def test_the_error_in_trailers_names_its_request(fake_runtime_api: StreamingRuntimeAPI, serve: Serve) -> None:
    delivery = fake_runtime_api.invoke(function_url("/breaks/late"))
    serve()
    trailers = dict(delivery.wait().trailers)
    assert json.loads(b64decode(trailers[ERROR_BODY]))["requestId"] == delivery.request_id


def test_trailers_are_short_enough_for_who_reads_them(fake_runtime_api: StreamingRuntimeAPI, serve: Serve) -> None:
    """AWS's own emulator answers 400 to more than 4 KB."""
    bad, good = (
        fake_runtime_api.invoke(function_url("/breaks/at_length")),
        fake_runtime_api.invoke(function_url("/digits")),
    )
    serve()
    trailers = bad.wait().trailers
    assert sum(len(name) + len(value) for name, value in trailers) < 4000
    error = json.loads(b64decode(dict(trailers)[ERROR_BODY], validate=True))
    assert error["errorMessage"].startswith("no ü" * 50)
    goes_on(fake_runtime_api, good)


def test_a_failure_before_the_first_byte_is_answered_500(fake_runtime_api: StreamingRuntimeAPI, serve: Serve) -> None:
    bad, good = fake_runtime_api.invoke(function_url("/breaks/early")), fake_runtime_api.invoke(function_url("/digits"))
    process = serve()
    assert streamed(bad.wait()) == (
        {"statusCode": 500, "headers": {"content-type": "text/plain; charset=utf-8"}},
        b"Internal Server Error",
        [],
    )
    goes_on(fake_runtime_api, good)
    assert "LookupError: no ü" in process.logs


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_empty_body(fake_runtime_api: StreamingRuntimeAPI, serve: Serve, method: str) -> None:
    """The head is there, and the end."""
    empty, good = (
        fake_runtime_api.invoke(function_url("/nothing", method)),
        fake_runtime_api.invoke(function_url("/digits")),
    )
    serve()
    request = empty.wait()
    assert streamed(request).body == b""
    assert len(request.chunks) == 1
    goes_on(fake_runtime_api, good)


@pytest.mark.parametrize(("path", "method", "status"), [("/digits", "HEAD", 200), ("/status/204", "GET", 204)])
def test_what_has_no_body_gets_none(
    fake_runtime_api: StreamingRuntimeAPI, serve: Serve, path: str, method: str, status: int
) -> None:
    bodiless, good = (
        fake_runtime_api.invoke(function_url(path, method)),
        fake_runtime_api.invoke(function_url("/digits")),
    )
    serve()
    answer = streamed(bodiless.wait())
    assert (answer.prelude["statusCode"], answer.body, answer.trailers) == (status, b"", [])
    goes_on(fake_runtime_api, good)


def test_a_status_that_fails_the_invocation(fake_runtime_api: StreamingRuntimeAPI, serve: Serve) -> None:
    bad, good = fake_runtime_api.invoke(function_url("/status/503")), fake_runtime_api.invoke(function_url("/digits"))
    serve(LAMBDA_HTTP_ADAPTER_FAIL_ON_STATUS="500,502-504")
    error = failed(bad.wait())
    assert (error["errorType"], error["requestId"]) == ("FailedStatusError", bad.request_id)
    assert "503" in str(error["errorMessage"])
    goes_on(fake_runtime_api, good)


def test_an_app_whose_head_is_refused_is_told(fake_runtime_api: StreamingRuntimeAPI, serve: Serve) -> None:
    bad, good = (
        fake_runtime_api.invoke(function_url("/endless/10")),
        fake_runtime_api.invoke(function_url("/status/201")),
    )
    process = serve(LAMBDA_HTTP_ADAPTER_FAIL_ON_STATUS="200")
    assert failed(bad.wait())["errorType"] == "FailedStatusError"
    goes_on(fake_runtime_api, good)
    assert process.stderr == "closed\n"


def test_a_head_that_api_gateway_does_not_take(fake_runtime_api: StreamingRuntimeAPI, serve: Serve) -> None:
    large, good = fake_runtime_api.invoke(rest_api("/large_head/16384")), fake_runtime_api.invoke(rest_api("/digits"))
    process = serve()
    error = failed(large.wait())
    sentence = r"The head of the streamed response is 16,"
    assert (error["errorType"], str(error["errorMessage"])[: len(sentence)]) == ("AppError", sentence)
    assert "16,376" in str(error["errorMessage"])
    assert sentence in process.logs
    goes_on(fake_runtime_api, good)


def test_a_function_url_takes_any_head(fake_runtime_api: StreamingRuntimeAPI, serve: Serve) -> None:
    delivery = fake_runtime_api.invoke(function_url("/large_head/100000"))
    serve()
    headers = streamed(delivery.wait()).prelude["headers"]
    assert isinstance(headers, dict)
    assert len(headers["x-large"]) == 100_000


def test_a_rest_api_gets_the_keys_it_knows(fake_runtime_api: StreamingRuntimeAPI, serve: Serve) -> None:
    delivery = fake_runtime_api.invoke(rest_api("/digits"))
    serve()
    assert streamed(delivery.wait()) == (
        {
            "statusCode": 200,
            "multiValueHeaders": {
                "content-type": ["text/event-stream"],
                "cache-control": ["no-store"],
                "set-cookie": ["a=1"],
            },
        },
        b"12345",
        [],
    )
