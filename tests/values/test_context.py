"""The context object: what Lambda's own Python runtime gives a handler."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from lambda_http_adapter import LambdaContext, current_context
from lambda_http_adapter._values.client_context import Client, ClientContext, CognitoIdentity
from lambda_http_adapter._values.context import enter_invocation

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:greeter"
TOMORROW = int(time.time() * 1000) + 86_400_000  # the suite may run for longer than a few minutes


def test_what_an_invocation_brings() -> None:
    client = ClientContext(custom={"a": 1}, env={"locale": "de"}, client=Client(installation_id="i-1"))
    identity = CognitoIdentity("eu-west-1:1", "eu-west-1:2")
    context = LambdaContext("r-1", 0, ARN, client_context=client, identity=identity, tenant_id="blue")
    assert context.aws_request_id == "r-1"
    assert context.invoked_function_arn == ARN
    assert context.client_context is client
    assert context.identity is identity
    assert context.tenant_id == "blue"


def test_what_an_invocation_may_lack() -> None:
    context = LambdaContext("r-1", 0, ARN)
    assert context.client_context is None
    assert context.tenant_id is None
    assert context.identity == (None, None)


@pytest.mark.parametrize(
    ("attribute", "variable", "value"),
    [
        ("function_name", "AWS_LAMBDA_FUNCTION_NAME", "greeter"),
        ("function_version", "AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("memory_limit_in_mb", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ("log_group_name", "AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/greeter"),
        ("log_stream_name", "AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/31/[$LATEST]0123456789abcdef"),
    ],
)
def test_what_the_environment_brings(
    attribute: str, variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = LambdaContext("r-1", 0, ARN)
    monkeypatch.delenv(variable, raising=False)
    assert getattr(context, attribute) is None
    monkeypatch.setenv(variable, value)
    assert getattr(context, attribute) == value


@pytest.mark.parametrize(
    ("deadline_ms", "least", "most"), [(0, 0, 0), (1, 0, 0), (TOMORROW, 1, 86_400_000)], ids=["0", "past", "future"]
)
def test_remaining_time(deadline_ms: int, least: int, most: int) -> None:
    remaining = LambdaContext("r-1", deadline_ms, ARN).get_remaining_time_in_millis()
    assert isinstance(remaining, int)
    assert least <= remaining <= most


def test_what_an_earlier_invocation_has_left_running_keeps_its_context() -> None:
    first, second, third = (LambdaContext(request_id, 0, ARN) for request_id in ("r-1", "r-2", "r-3"))

    def invocations() -> None:
        enter_invocation(first, alone=True)
        left = copy_context()
        enter_invocation(second, alone=True)
        with ThreadPoolExecutor(1) as threads:
            assert threads.submit(current_context).result() is second  # a thread without a copy
            assert left.run(current_context) is first
            enter_invocation(third, alone=False)
            assert current_context() is third
            assert threads.submit(current_context).result() is None

    try:
        copy_context().run(invocations)
    finally:
        enter_invocation(None, alone=False)


def test_each_reader_of_the_trace_context_has_a_copy() -> None:
    context = LambdaContext("r-1", 0, ARN, w3c={"traceparent": "00-1-2-01"})
    context.w3c().clear()
    assert context.w3c() == {"traceparent": "00-1-2-01"}


@pytest.mark.parametrize(("message", "written"), [("a\n", "a\n"), ("b", "b"), (5, "5"), (None, "None")])
def test_log_writes_what_it_is_given(message: object, written: str, capsys: pytest.CaptureFixture[str]) -> None:
    LambdaContext("r-1", 0, ARN).log(message)
    assert capsys.readouterr() == (written, "")


def test_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "greeter")
    assert repr(LambdaContext("r-1", 0, ARN)) == "LambdaContext(aws_request_id='r-1', function_name='greeter')"


def test_the_names_of_the_managed_runtime() -> None:
    theirs = pytest.importorskip("awslambdaric.lambda_context", reason="is published for Linux alone")
    pairs: list[tuple[object, object]] = [
        (theirs.LambdaContext("r-1", None, None, 0, ARN), LambdaContext("r-1", 0, ARN)),
        (theirs.ClientContext(), ClientContext()),
        (theirs.Client(), Client()),
        (theirs.CognitoIdentity(), CognitoIdentity()),
    ]
    for their, our in pairs:
        assert {name for name in dir(their) if not name.startswith("_")} <= set(dir(our))
