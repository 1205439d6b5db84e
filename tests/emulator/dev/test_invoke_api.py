"""The Invoke API of `dev`, asked by boto3."""

import base64
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambda_http_adapter._emulator.dev.history import RequestRecord
from tests.support.boto3_client import lambda_client
from tests.support.dev_process import APP, Dev, Gate, processes_of

HANDLER = "tests.support.event_handlers:handler"
LIMIT = 6 * 1024 * 1024 + 100

Result = dict[str, Any]


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    with Dev(HANDLER, "--timeout", "2", "--no-reload", cwd=tmp_path_factory.mktemp("function")) as dev:
        yield dev


def invoke(dev: Dev, event: object, **options: object) -> Result:
    """What boto3 returns, with the payload decoded."""
    result: Result = lambda_client(dev.url).invoke(
        **{"FunctionName": "dev", "Payload": json.dumps(event).encode(), **options}
    )
    body = result["Payload"].read()
    return {**result, "Payload": json.loads(body) if body else None}


def log_of(encoded: str) -> list[str]:
    return base64.b64decode(encoded).decode().splitlines()


# RequestResponse


def test_a_function_is_invoked(dev: Dev) -> None:
    result = invoke(dev, {"order": "☕"})
    request_id = result["ResponseMetadata"]["RequestId"]
    assert (result["StatusCode"], result["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in result
    assert "LogResult" not in result
    assert result["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/json"
    seen = result["Payload"]
    assert (seen["event"], seen["request_id"]) == ({"order": "☕"}, request_id)
    assert (seen["name"], seen["arn"]) == ("dev", "arn:aws:lambda:us-east-1:123456789012:function:dev")
    assert (seen["custom"], seen["identity"], seen["tenant"]) == (None, [None, None], None)
    line = dev.line("request", request_id=request_id)
    assert (line["method"], line["target"], line["status"]) == ("POST", "/2015-03-31/functions/dev/invocations", 200)


def test_the_event_arrives_byte_for_byte(dev: Dev) -> None:
    text = b' {"do":"bytes", "bytes":"\\u2615", "n": 1.10}\n'
    result = lambda_client(dev.url).invoke(FunctionName="dev", Payload=text)
    assert result["Payload"].read() == "☕".encode()
    assert result["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/octet-stream"


def test_without_a_payload_the_event_is_an_empty_object(dev: Dev) -> None:
    result = lambda_client(dev.url).invoke(FunctionName="dev")
    assert json.load(result["Payload"])["event"] == {}


def test_what_the_invoker_says_of_itself(dev: Dev) -> None:
    context = base64.b64encode(json.dumps({"custom": {"a": "é"}}, ensure_ascii=False).encode()).decode()
    result = invoke(dev, 1, FunctionName="dev:live", ClientContext=context, TenantId="blue")
    seen = result["Payload"]
    assert (seen["custom"], seen["tenant"]) == ({"a": "é"}, "blue")
    assert seen["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:dev:live"
    assert result["ExecutedVersion"] == "$LATEST"


def test_the_identity_and_the_trace_of_the_invoker(dev: Dev) -> None:
    headers = {"Cognito-Identity-Id": "a:1", "Cognito-Identity-Pool-Id": "a:2", "X-Amzn-Trace-Id": "Root=1-5759e988-1"}
    with dev.client() as client:
        seen = client.post("/2015-03-31/functions/dev/invocations", headers=headers, content="1").json()
    assert (seen["identity"], seen["trace"]) == (["a:1", "a:2"], "Root=1-5759e988-1")


def test_a_handler_that_raises(dev: Dev) -> None:
    result = invoke(dev, {"do": "raise"})
    assert (result["StatusCode"], result["FunctionError"]) == (200, "Unhandled")
    payload = result["Payload"]
    assert (payload["errorType"], payload["errorMessage"]) == ("ValueError", "no such luck")
    assert payload["requestId"] == result["ResponseMetadata"]["RequestId"]
    assert "event_handlers.py" in payload["stackTrace"][0]


@pytest.mark.parametrize(
    ("event", "error_type", "message"),
    [
        ({"do": "exit"}, "Runtime.ExitError", "RequestId: {} Error: Runtime exited with error: exit status 3"),
        ({"do": "hang"}, "Sandbox.Timedout", "RequestId: {} Error: Task timed out after 2.00 seconds"),
        (
            {"do": "large", "size": LIMIT + 1},
            "Function.ResponseSizeTooLarge",
            f"Response payload size exceeded maximum allowed payload size ({LIMIT} bytes).",
        ),
        (
            {"do": "stream", "pieces": ["x" * 1024] * 7, "times": 1024},
            "Function.ResponseSizeTooLarge",
            f"Response payload size exceeded maximum allowed payload size ({LIMIT} bytes).",
        ),
    ],
)
def test_a_function_that_is_ended(dev: Dev, event: object, error_type: str, message: str) -> None:
    result = invoke(dev, event)
    request_id = result["ResponseMetadata"]["RequestId"]
    assert (result["StatusCode"], result["FunctionError"]) == (200, "Unhandled")
    assert result["Payload"] == {"errorType": error_type, "errorMessage": message.format(request_id)}
    assert invoke(dev, 1)["Payload"]["event"] == 1


def test_a_large_result(dev: Dev) -> None:
    assert len(invoke(dev, {"do": "large", "size": LIMIT})["Payload"]) == LIMIT - 2


def test_a_handler_that_streams_to_a_buffered_invocation(dev: Dev) -> None:
    stream = {"do": "stream", "pieces": ['"a', 'b"']}
    assert invoke(dev, stream)["Payload"] == "ab"
    failed = invoke(dev, {**stream, "fail": "raise"})
    assert (failed["FunctionError"], failed["Payload"]["errorMessage"]) == ("Unhandled", "broken")


def test_the_tail_of_the_log(dev: Dev) -> None:
    result = invoke(dev, 1, LogType="Tail")
    request_id = result["ResponseMetadata"]["RequestId"]
    first, *_, end, report = log_of(result["LogResult"])
    assert first == f"START RequestId: {request_id} Version: $LATEST"
    assert end == f"END RequestId: {request_id}"
    assert re.match(rf"REPORT RequestId: {request_id}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory ", report)


def test_the_tail_of_the_log_has_the_functions_records(dev: Dev) -> None:
    result = invoke(dev, {"do": "stream", "pieces": [], "fail": "raise"}, LogType="Tail")
    log = log_of(result["LogResult"])
    assert any(line.startswith("[ERROR]") and "broken" in line for line in log[1:-2])


@pytest.mark.parametrize(
    ("event", "status"), [({"do": "exit"}, "Error Type: Runtime.ExitError"), ({"do": "hang"}, "Status: timeout")]
)
def test_the_log_of_a_function_that_is_ended(dev: Dev, event: object, status: str) -> None:
    result = invoke(dev, event, LogType="Tail")
    assert log_of(result["LogResult"])[-1].endswith(status)


def test_a_function_that_cannot_start(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("raise LookupError('no database')\n")
    with Dev("broken:handler", cwd=tmp_path) as dev:
        result = invoke(dev, 1, LogType="Tail")
        assert (result["FunctionError"], result["LogResult"]) == ("Unhandled", "")
        assert (result["Payload"]["errorType"], result["Payload"]["errorMessage"]) == (
            "Runtime.InitError",
            "no database",
        )


def test_only_the_end_of_the_log_is_kept() -> None:
    record = RequestRecord("POST", "/")
    for number in range(100_000):
        record.add_log(f"line {number} \ud800")
    assert len(record.log_tail) == 4096
    assert record.log_tail.endswith("line 99998 \ud800\nline 99999 \ud800\n")


# Refused


def test_the_apis_own_errors_as_boto3_raises_them(dev: Dev) -> None:
    client = lambda_client(dev.url)
    exceptions = client.exceptions
    for options, expected, status in (
        ({"FunctionName": "other"}, exceptions.ResourceNotFoundException, 404),
        ({"Payload": b"nope"}, exceptions.InvalidRequestContentException, 400),
        ({"FunctionName": "dev:1", "Qualifier": "2"}, exceptions.InvalidParameterValueException, 400),
        ({"Payload": b"1" * 6_291_457}, exceptions.RequestTooLargeException, 413),
        ({"Payload": b"1" * 1_048_577, "InvocationType": "Event"}, exceptions.RequestTooLargeException, 413),
    ):
        with pytest.raises(expected) as raised:
            client.invoke(**{"FunctionName": "dev", **options})
        response = raised.value.response
        assert response["ResponseMetadata"]["HTTPStatusCode"] == status
        assert response["Type"] == "User"
        assert response["Error"]["Message"]
        assert expected.__name__ in str(
            dev.line("request", request_id=response["ResponseMetadata"]["RequestId"])["note"]
        )


def test_no_sandbox_is_free(tmp_path: Path) -> None:
    with (
        Dev(HANDLER, "--concurrency", "1", cwd=tmp_path) as dev,
        Gate() as gate,
        ThreadPoolExecutor(1) as threads,
    ):
        busy = threads.submit(invoke, dev, {"do": "gate", "port": gate.port})
        gate.arrive()
        with pytest.raises(ClientError) as raised:
            invoke(dev, 1)
        response = raised.value.response
        assert response["Error"] == {"Code": "TooManyRequestsException", "Message": "Rate Exceeded."}
        assert (response["Reason"], response["retryAfterSeconds"]) == ("ConcurrentInvocationLimitExceeded", "1")
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 429
        gate.open()
        assert busy.result()["StatusCode"] == 200


def test_a_browser_cannot_invoke(dev: Dev) -> None:
    with dev.client() as client:
        for headers in ({"Origin": "http://shop.example"}, {"Sec-Fetch-Site": "cross-site"}):
            refused = client.post("/2015-03-31/functions/dev/invocations", headers=headers, content="1")
            assert (refused.status_code, refused.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")


# DryRun and Event


def test_a_dry_run_invokes_nothing(dev: Dev) -> None:
    result = invoke(dev, {"do": "raise"}, InvocationType="DryRun")
    assert (result["StatusCode"], result["Payload"]) == (204, None)
    line = dev.line("request", request_id=result["ResponseMetadata"]["RequestId"])
    assert (line["error"], line["status"]) == (None, 204)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        invoke(dev, 1, FunctionName="other", InvocationType="DryRun")


def test_an_event_is_accepted_at_once_and_runs_later(dev: Dev) -> None:
    with Gate() as gate:
        result = invoke(dev, {"do": "gate", "port": gate.port}, InvocationType="Event")
        assert (result["StatusCode"], result["Payload"]) == (202, None)
        gate.arrive()
        gate.open()
        line = dev.line("request", request_id=result["ResponseMetadata"]["RequestId"])
        assert (line["status"], line["note"], line["error"]) == (202, None, None)


def test_an_event_that_fails(dev: Dev) -> None:
    result = invoke(dev, {"do": "raise"}, InvocationType="Event")
    line = dev.line("request", request_id=result["ResponseMetadata"]["RequestId"])
    assert line["status"] == 202
    assert "no such luck" in str(line["error"])
    assert str(line["note"]).startswith("AWS would invoke it again")


def test_events_wait_for_a_free_sandbox(tmp_path: Path) -> None:
    with Dev(HANDLER, "--concurrency", "1", cwd=tmp_path) as dev, Gate() as gate:
        sent = [
            invoke(dev, {"do": "gate", "port": gate.port}, InvocationType="Event")["ResponseMetadata"]["RequestId"]
            for _ in range(3)
        ]
        for request_id in sent:
            gate.arrive()
            gate.open()
            assert dev.line("request", request_id=request_id)["error"] is None


def test_events_that_wait_at_the_end_start_nothing(tmp_path: Path) -> None:
    marker = {"TEST_MARKER": str(tmp_path)}
    with Dev(HANDLER, "--concurrency", "1", cwd=tmp_path, env=marker) as dev, Gate() as gate:
        for _ in range(2):
            invoke(dev, {"do": "gate", "port": gate.port}, InvocationType="Event")
        gate.arrive()
        assert dev.end() == 0
        while dev.following():
            pass
        assert processes_of(str(tmp_path)) == []
        assert sum('"type": "start"' in line for line in dev.seen) == 1
        assert "Lost the Runtime API" not in "".join(dev.seen)


# Streams


def stream(dev: Dev, event: object, **options: object) -> tuple[list[bytes], Result]:
    """The payload's chunks, and how the stream ended."""
    result = lambda_client(dev.url).invoke_with_response_stream(
        FunctionName="dev", Payload=json.dumps(event).encode(), **options
    )
    assert (result["StatusCode"], result["ExecutedVersion"]) == (200, "$LATEST")
    assert result["ResponseStreamContentType"] == "application/vnd.amazon.eventstream"
    *chunks, last = result["EventStream"]
    return [chunk["PayloadChunk"]["Payload"] for chunk in chunks], last["InvokeComplete"]


def test_a_stream(dev: Dev) -> None:
    chunks, end = stream(dev, {"do": "stream", "pieces": ["a", "b"]})
    assert (b"".join(chunks), end) == (b"ab", {})


def test_a_stream_arrives_as_it_is_made(dev: Dev) -> None:
    with Gate() as gate:
        event = json.dumps({"do": "stream", "pieces": ["a"], "port": gate.port}).encode()
        result = lambda_client(dev.url).invoke_with_response_stream(FunctionName="dev", Payload=event)
        events = iter(result["EventStream"])
        assert next(events) == {"PayloadChunk": {"Payload": b"a"}}
        gate.arrive()
        gate.open()
        assert list(events) == [{"InvokeComplete": {}}]


def test_a_large_stream(dev: Dev) -> None:
    chunks, end = stream(dev, {"do": "stream", "pieces": ["x" * 1024] * 20, "times": 1024})
    assert (sum(map(len, chunks)), end) == (20 * 1024 * 1024, {})


def test_a_result_that_is_no_stream(dev: Dev) -> None:
    chunks, end = stream(dev, {"do": "large", "size": 200_000})
    assert (len(b"".join(chunks)), end) == (200_000, {})
    assert len(chunks) > 1


def test_the_log_of_a_stream(dev: Dev) -> None:
    _, end = stream(dev, {"do": "stream", "pieces": ["a"]}, LogType="Tail")
    assert [line.partition(" ")[0] for line in log_of(end["LogResult"])] == ["START", "END", "REPORT"]


def test_a_stream_that_breaks_off(dev: Dev) -> None:
    chunks, end = stream(dev, {"do": "stream", "pieces": ["a"], "fail": "raise"})
    assert (chunks, end["ErrorCode"]) == ([b"a"], "Function.ValueError")
    assert json.loads(end["ErrorDetails"])["errorMessage"] == "broken"
    chunks, end = stream(dev, {"do": "stream", "pieces": ["a"], "fail": "exit"})
    assert chunks == [b"a"]
    assert end["ErrorCode"] in ("Runtime.ExitError", "Runtime.TruncatedResponse")


def test_a_stream_that_never_begins(dev: Dev) -> None:
    chunks, end = stream(dev, {"do": "raise"})
    assert (chunks, end["ErrorCode"]) == ([], "Unhandled")
    assert json.loads(end["ErrorDetails"])["errorType"] == "ValueError"


@pytest.mark.slow
def test_a_stream_that_is_too_large(tmp_path: Path) -> None:
    with Dev(HANDLER, "--timeout", "120", cwd=tmp_path) as dev:
        chunks, end = stream(dev, {"do": "stream", "pieces": ["x" * 1024] * 201, "times": 1024})
        assert end["ErrorCode"] == "Function.ResponseSizeTooLarge"
        assert sum(map(len, chunks)) <= 200 * 1024 * 1024


# Which functions


@pytest.mark.parametrize(
    ("app", "event", "result"),
    [
        ("handler:tests.support.event_handlers:handler", [1], [1]),
        ("tests.support.event_handlers:async_handler", "a", "a"),
        ("tests.support.event_handlers:typed_handler", {"id": 7, "items": ["tea"]}, {"first": "tea", "id": 7}),
        (APP, {"Records": []}, None),
    ],
)
def test_any_function_can_be_invoked(app: str, event: object, result: object, tmp_path: Path) -> None:
    with Dev(app, cwd=tmp_path) as dev:
        payload = invoke(dev, event)["Payload"]
        if result is None:
            assert payload["path"] == "/events"
        else:
            assert payload.get("event", payload) == result


def test_a_handler_behind_a_front_door(tmp_path: Path) -> None:
    with Dev("tests.support.event_handlers:http_handler", cwd=tmp_path) as dev:
        answer = dev.get("/tea")
        assert (answer.status_code, answer.text, answer.headers["x-path"]) == (418, "short and stout", "/tea")
    with Dev(HANDLER, cwd=tmp_path) as dev:
        answer = dev.get("/tea")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        assert answer.json()["event"]["rawPath"] == "/tea"


def test_the_functions_name(tmp_path: Path) -> None:
    with Dev(
        HANDLER, "--function-name", "worker", "--origin", "alb", cwd=tmp_path, env={"AWS_REGION": "eu-west-1"}
    ) as dev:
        seen = invoke(dev, 1, FunctionName="worker")["Payload"]
        assert (seen["name"], seen["arn"]) == ("worker", "arn:aws:lambda:eu-west-1:123456789012:function:worker")
        with pytest.raises(ClientError, match="is 'worker'"):
            invoke(dev, 1)


def test_how_to_invoke_it_is_said(tmp_path: Path) -> None:
    with Dev(HANDLER, cwd=tmp_path, json_lines=False) as dev:
        assert dev.following() == f"Invoke it: lambda-http-adapter invoke --event FILE --url {dev.url}\n"
    with Dev(HANDLER, "--function-name", "worker", cwd=tmp_path, json_lines=False) as dev:
        assert dev.following().endswith(f" --url {dev.url} --function-name worker\n")


def test_an_invocation_is_saved_and_replayed(tmp_path: Path) -> None:
    with Dev(HANDLER, "--save-events", "events", cwd=tmp_path) as dev:
        first = invoke(dev, [1, 2], FunctionName="dev:live")["ResponseMetadata"]["RequestId"]
        [file] = (tmp_path / "events").iterdir()
        assert file.name == "0001-POST-2015-03-31-functions-dev-3Alive-invocations.json"
        assert json.loads(file.read_text()) == [1, 2]
        dev.line("request", request_id=first)
        with dev.client() as client:
            assert client.post(f"/_lambda/replay/{first}").status_code == 202
        line = dev.line("request")
        assert line["status"] == 200
        assert line["request_id"] != first
        replay = dev.get(f"/_lambda/invocations/{line['request_id']}").json()
        assert (replay["replayOf"], replay["event"]) == (1, [1, 2])
        assert "/2015-03-31/functions/dev" in replay["curl"]


def test_the_page_shows_text_that_is_not_unicode(dev: Dev) -> None:
    invoked = lambda_client(dev.url).invoke(FunctionName="dev", Payload=b'"\\ud800 and so on"')
    shown = dev.get(f"/_lambda/invocations/{invoked['ResponseMetadata']['RequestId']}")
    assert shown.json()["event"] == "\ud800 and so on"
