"""What ASGI apps send instead of bytes, or beside them; and Starlette's ways of answering, which use it."""

from pathlib import Path

import pytest

from tests.support.runtime_process import on_asyncio
from tests.support.stepped_app import SteppedProcess
from tests.support.streamed_response import Serve, function_url, streamed
from tests.support.streaming_runtime_api import StreamingRuntimeAPI

RAW, STARLETTE = "tests.support.streaming_asgi_apps:raw", "tests.support.streaming_asgi_apps:starlette"
CONTENT = b"0123456789" * 100_000


@pytest.fixture(autouse=True)
def file(tmp_path: Path) -> None:
    (tmp_path / "file.bin").write_bytes(CONTENT)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("pathsend", CONTENT),
        ("pathsend_after_a_part", b"part" + CONTENT),
        ("zerocopy", CONTENT),
        ("zerocopy_offset", CONTENT[990_000:]),
        ("zerocopy_count", b"01234"),
        ("zerocopy_in_parts", b"56789|01223"),
        ("views", b"23405x"),
        ("ignored", b"part"),
    ],
)
def test_messages(fake_runtime_api: StreamingRuntimeAPI, serve: Serve, path: str, body: bytes) -> None:
    delivery = fake_runtime_api.invoke(function_url(f"/{path}"))
    process = serve(RAW)
    answer = streamed(delivery.wait())
    assert (answer.prelude["statusCode"], answer.body, answer.trailers) == (200, body, [])
    assert process.logs == ""


@on_asyncio
def test_a_file_goes_out_in_blocks(fake_runtime_api: StreamingRuntimeAPI, serve: Serve) -> None:
    delivery = fake_runtime_api.invoke(function_url("/pathsend"))
    serve(RAW)
    assert [len(chunk) for chunk in delivery.wait().chunks[1:]] == [262_144] * 3 + [213_568]


def test_a_file_that_is_not_there_is_a_clean_500(fake_runtime_api: StreamingRuntimeAPI, serve: Serve) -> None:
    delivery = fake_runtime_api.invoke(function_url("/pathsend_of_nothing"))
    process = serve(RAW)
    answer = streamed(delivery.wait())
    assert (answer.prelude["statusCode"], answer.body) == (500, b"Internal Server Error")
    assert "FileNotFoundError" in process.logs


def test_what_is_ignored_is_noted_once_each(fake_runtime_api: StreamingRuntimeAPI, serve: Serve) -> None:
    delivery = fake_runtime_api.invoke(function_url("/ignored"))
    process = serve(RAW, AWS_LAMBDA_LOG_LEVEL="DEBUG")
    assert streamed(delivery.wait()).body == b"part"
    for kind in ("early_hint", "trailers", "debug"):
        assert process.logs.count(f"Ignored 'http.response.{kind}'") == 1


# Starlette


def test_file_response(fake_runtime_api: StreamingRuntimeAPI, serve: Serve) -> None:
    delivery = fake_runtime_api.invoke(function_url("/file"))
    serve(STARLETTE)
    prelude, body, trailers = streamed(delivery.wait())
    headers = prelude["headers"]
    assert isinstance(headers, dict)
    assert (body, trailers) == (CONTENT, [])
    assert headers["content-disposition"] == 'attachment; filename="a.bin"'
    assert headers["accept-ranges"] == "bytes"
    assert "content-length" not in headers


def test_part_of_a_file_response(fake_runtime_api: StreamingRuntimeAPI, serve: Serve) -> None:
    event = function_url("/file")
    event["headers"] = {"host": "abc.lambda-url.eu-west-1.on.aws", "range": "bytes=15-19"}
    delivery = fake_runtime_api.invoke(event)
    serve(STARLETTE)
    prelude, body, _ = streamed(delivery.wait())
    assert (prelude["statusCode"], body) == (206, b"56789")
    assert dict(prelude["headers"])["content-range"] == "bytes 15-19/1000000"  # type: ignore[call-overload]


def test_head_of_a_file_response(fake_runtime_api: StreamingRuntimeAPI, serve: Serve) -> None:
    delivery = fake_runtime_api.invoke(function_url("/file", "HEAD"))
    serve(STARLETTE)
    assert streamed(delivery.wait()).body == b""


@on_asyncio
def test_streaming_response_and_its_background_task(
    fake_runtime_api: StreamingRuntimeAPI, serve: Serve, stepped_app: SteppedProcess
) -> None:
    """The response is whole before the task has begun; the next invocation is asked for when it is done."""
    delivery = fake_runtime_api.invoke(function_url("/stream"))
    process = serve(STARLETTE)
    answer = streamed(delivery.wait())
    assert (answer.body, answer.trailers) == ("grüße and bytes".encode(), [])
    assert (process.stderr, len(fake_runtime_api.received("next"))) == ("", 1)
    stepped_app.allow()
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 2)
    assert process.stderr == "afterwards\n"


@pytest.mark.parametrize(
    ("path", "prelude"),
    [
        ("/empty", {"statusCode": 200, "headers": {"content-length": "0"}}),
        ("/redirect", {"statusCode": 307, "headers": {"content-length": "0", "location": "/file"}}),
        ("/no_content", {"statusCode": 204, "headers": {}}),
        ("/not_modified", {"statusCode": 304, "headers": {"etag": '"x"'}}),
    ],
)
def test_responses_without_a_body(
    fake_runtime_api: StreamingRuntimeAPI, serve: Serve, path: str, prelude: dict[str, object]
) -> None:
    delivery = fake_runtime_api.invoke(function_url(path))
    serve(STARLETTE)
    assert streamed(delivery.wait()) == (prelude, b"", [])
