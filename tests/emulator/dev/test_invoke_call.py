"""What a request to the Invoke API says, and what the API refuses."""

import json
from base64 import b64encode
from typing import Any

import pytest

from lambda_http_adapter._emulator.dev.invoke_call import InvokeCall, RefusedCallError, is_invoke_path, read_call
from lambda_http_adapter._emulator.doors.client import ClientRequest

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:worker"
MB = 1024 * 1024


def call(name: str = "worker", query: str = "", body: bytes = b"{}", **headers: str) -> InvokeCall:
    fields = [(key.replace("_", "-").encode(), value.encode()) for key, value in headers.items()]
    path = f"/2015-03-31/functions/{name}/invocations"
    return read_call(ClientRequest("POST", path, query, fields, body), ARN)


def refusal(*arguments: Any, **headers: Any) -> tuple[int, str, dict[str, str]]:  # noqa: ANN401
    with pytest.raises(RefusedCallError) as raised:
        call(*arguments, **headers)
    response = raised.value.response("r-1")
    fields = dict(response.headers)
    assert fields[b"content-type"] == b"application/json"
    assert fields[b"x-amzn-requestid"] == b"r-1"
    return response.status, fields[b"x-amzn-errortype"].decode(), json.loads(response.body)


@pytest.mark.parametrize(
    ("path", "is_own"),
    [
        ("/2015-03-31/functions/dev/invocations", True),
        ("/2021-11-15/functions/dev/response-streaming-invocations", True),
        ("/2015-03-31/functions/a%2Fb%3A1/invocations", True),
        ("/2015-03-31/functions/dev/response-streaming-invocations", False),
        ("/2021-11-15/functions/dev/invocations", False),
        ("/2015-03-31/functions/dev", False),
        ("/2015-03-31/functions/a/b/invocations", False),
        ("/2015-03-31/functions//invocations", False),
        ("/app/2015-03-31/functions/dev/invocations", False),
        ("/2015-03-31/functions/dev/invocations/1", False),
    ],
)
def test_the_paths_of_the_api(path: str, is_own: bool) -> None:
    assert is_invoke_path(path) is is_own


INVOKED_ARN = "Lambda-Runtime-Invoked-Function-Arn"


@pytest.mark.parametrize(
    ("name", "query", "qualifier"),
    [
        ("worker", "", None),
        ("worker%3Alive", "", "live"),
        ("worker:live", "Qualifier=live", "live"),
        ("worker", "Qualifier=%24LATEST", "$LATEST"),
        ("worker", "Qualifier=7", "7"),
        ("worker:$LATEST.PUBLISHED", "", "$LATEST.PUBLISHED"),
        ("123456789012:function:worker", "", None),
        ("123456789012:worker:7", "", "7"),
        ("arn:aws:lambda:eu-west-1:123456789012:function:worker", "", None),
        ("arn:aws-us-gov:lambda:us-gov-west-1:210987654321:function:worker:live", "", "live"),
        ("function:worker", "", None),
    ],
)
def test_names_and_qualifiers(name: str, query: str, qualifier: str | None) -> None:
    expected = {} if qualifier is None else {INVOKED_ARN: f"{ARN}:{qualifier}"}
    assert call(name, query).headers == expected


@pytest.mark.parametrize("name", ["other", "worke", "workers", "arn:aws:lambda:eu-west-1:123456789012:function:other"])
def test_another_function(name: str) -> None:
    status, error_type, content = refusal(name)
    assert (status, error_type) == (404, "ResourceNotFoundException")
    assert content["Type"] == "User"
    assert content["Message"].startswith("Function not found: arn:aws:lambda:eu-west-1:123456789012:function:")
    assert content["Message"].endswith("'worker'.")


@pytest.mark.parametrize(
    ("arguments", "headers", "part"),
    [
        (["a b"], {}, "'a b' is not the name or the ARN"),
        (["%0d%0aX"], {}, "is not the name"),
        (["arn:aws:s3:::worker"], {}, "is not the name"),
        (["x" * 65], {}, "is not the name"),
        (["worker", "Qualifier=a%20b"], {}, "'a b' is not a version or an alias"),
        (["worker:1", "Qualifier=2"], {}, "The derived qualifier from the function name does not match"),
        ([], {"x_amz_invocation_type": "Sync"}, "expected one of RequestResponse, Event, DryRun"),
        ([], {"x_amz_log_type": "All"}, "expected one of None, Tail"),
        ([], {"x_amz_client_context": "e" * 3584}, "the limit is 3583"),
    ],
)
def test_wrong_parameters(arguments: list[str], headers: dict[str, str], part: str) -> None:
    status, error_type, content = refusal(*arguments, **headers)
    assert (status, error_type) == (400, "InvalidParameterValueException")
    assert part in content["message"]


@pytest.mark.parametrize(
    ("body", "event"),
    [(b"", {}), (b"{}", {}), (b"null", None), (b"[1.0]", [1.0]), ('"☕"'.encode(), "☕"), (b" 1\n", 1)],
)
def test_payloads(body: bytes, event: object) -> None:
    read = call(body=body)
    assert read.event == event
    assert read.payload == body or (not body and read.payload == b"{}")


@pytest.mark.parametrize(
    "body", [b"nope", b"{'a': 1}", b"NaN", b"[Infinity]", b"\xff", '""'.encode("utf-16"), b"{} {}", b"[" * 200_000]
)
def test_a_payload_that_is_not_json(body: bytes) -> None:
    status, error_type, content = refusal(body=body)
    assert (status, error_type) == (400, "InvalidRequestContentException")
    assert content["message"].startswith("Could not parse request body into json: ")


def test_the_payload_limit_of_an_event() -> None:
    assert call(body=b"1" + b" " * (MB - 1), x_amz_invocation_type="Event").event == 1
    status, error_type, content = refusal(body=b"1" + b" " * MB, x_amz_invocation_type="Event")
    assert (status, error_type) == (413, "RequestTooLargeException")
    part = "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)"
    assert content["message"] == part


def encoded(data: str) -> str:
    return b64encode(data.encode()).decode()


def test_what_the_function_learns_of_its_invoker() -> None:
    context = encoded('{"custom": {"a":\r\n"é"}}')
    identity = '{"cognitoIdentityId": "eu-west-1:1", "cognitoIdentityPoolId": "eu-west-1:2"}'
    headers = call(
        x_amz_client_context=context,
        cognito_identity_id="eu-west-1:1",
        cognito_identity_pool_id="eu-west-1:2",
        x_amz_tenant_id="blue",
        x_amzn_trace_id="Root=1-2-3",
    ).headers
    assert headers == {
        "Lambda-Runtime-Client-Context": '{"custom": {"a":  "é"}}'.encode().decode("latin-1"),
        "Lambda-Runtime-Cognito-Identity": identity,
        "Lambda-Runtime-Aws-Tenant-Id": "blue",
        "Lambda-Runtime-Trace-Id": "Root=1-2-3",
    }


def test_a_client_context_is_for_synchronous_invocations() -> None:
    assert call(x_amz_client_context=encoded("{}"), x_amz_invocation_type="Event").headers == {}


@pytest.mark.parametrize("context", ["%%%", encoded("nope"), encoded("[]"), b64encode(b"\xff").decode()])
def test_a_wrong_client_context(context: str) -> None:
    status, error_type, content = refusal(x_amz_client_context=context)
    assert (status, error_type) == (400, "InvalidRequestContentException")
    assert content["message"] == "Client context must be a valid Base64-encoded JSON object."


@pytest.mark.parametrize("header", [{"origin": "null"}, {"sec_fetch_site": "same-origin"}])
def test_a_browser_is_refused(header: dict[str, str]) -> None:
    assert refusal(**header)[:2] == (403, "AccessDeniedException")


def test_other_methods_are_refused() -> None:
    with pytest.raises(RefusedCallError) as raised:
        read_call(ClientRequest("GET", "/2015-03-31/functions/worker/invocations"), ARN)
    assert raised.value.response("r-1").status == 404


def test_a_stream_is_no_event() -> None:
    path = "/2021-11-15/functions/worker/response-streaming-invocations"
    assert read_call(ClientRequest("POST", path), ARN).streamed
    with pytest.raises(RefusedCallError, match="expected one of RequestResponse, DryRun"):
        read_call(ClientRequest("POST", path, headers=[(b"x-amz-invocation-type", b"Event")]), ARN)
