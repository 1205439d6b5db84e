"""Powertools for AWS Lambda: its logs, metrics, subsegments, models and batches, in apps and handlers."""

import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2, SQSEvent, event_source
from aws_lambda_powertools.utilities.parser.models import (
    AlbModel,
    APIGatewayProxyEventModel,
    APIGatewayProxyEventV2Model,
    DynamoDBStreamModel,
    EventBridgeModel,
    KinesisDataStreamModel,
    LambdaFunctionUrlModel,
    S3Model,
    SnsModel,
    SqsModel,
)

from lambda_http_adapter import LambdaContext
from lambda_http_adapter._apps.handler import prepare
from lambda_http_adapter.errors import PayloadError
from tests.support.child_process import RunProcess
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.page_blocks import python_blocks
from tests.support.paths import EVENTS
from tests.support.runtime_process import http
from tests.support.xray_daemon import XRayDaemon, trace_header, trace_of

APP, HANDLER, BATCH = python_blocks("observability", "Powertools for AWS Lambda")
SQS = (EVENTS / "pass_through/sqs.json").read_bytes()


def lines(logs: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in logs.splitlines() if line.startswith("{")]


def test_an_app(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, xray_daemon: XRayDaemon) -> None:
    deliveries = [fake_runtime_api.invoke(http(method="GET"), headers=trace_header(number)) for number in range(2)]
    process = run_process(code=APP, env=xray_daemon.environment)
    for delivery in deliveries:
        assert b"taken" in delivery.wait().body
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 3)
    printed = lines(process.logs)
    assert [(line.get("message"), line.get("function_request_id"), line.get("orders")) for line in printed] == [
        ("an order", deliveries[0].request_id, None),
        (None, None, [1.0]),
        ("an order", deliveries[1].request_id, None),
        (None, None, [1.0]),
    ]
    assert process.logs.count("an order") == 2
    segments = [xray_daemon.segment() for _ in range(2)]
    assert [(segment["trace_id"], segment["parent_id"]) for segment in segments] == [trace_of(0), trace_of(1)]


def test_an_app_that_serves_several_at_once(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess) -> None:
    """Both are in the app before either writes its line: a key of one must not be in the other's."""
    meeting = "\nimport asyncio\nneighbours = asyncio.Barrier(2)\n"
    program = APP.replace("\n\n@app.get", f"{meeting}\n\n@app.get").replace(
        '    logger.info("an order")\n', '    await neighbours.wait()\n    logger.info("an order")\n'
    )
    assert program != APP.replace("\n\n@app.get", f"{meeting}\n\n@app.get")
    deliveries = [fake_runtime_api.invoke(http(method="GET")) for _ in range(2)]
    environment = {"AWS_LAMBDA_MAX_CONCURRENCY": "2", "AWS_LAMBDA_INITIALIZATION_TYPE": "lambda-managed-instances"}
    process = run_process(code=program, env=environment)
    for delivery in deliveries:
        assert b"taken" in delivery.wait().body
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 4)
    printed = lines(process.logs)
    ids = [line["function_request_id"] for line in printed if "function_request_id" in line]
    assert sorted(ids) == sorted(delivery.request_id for delivery in deliveries)
    assert sum(sum(line.get("orders", [])) for line in printed) == 2


def test_a_handler(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, xray_daemon: XRayDaemon) -> None:
    deliveries = [fake_runtime_api.invoke(SQS, headers=trace_header(number)) for number in range(2)]
    misfit = fake_runtime_api.invoke({"Records": [{"body": 7}]})
    process = run_process(code=HANDLER, env=xray_daemon.environment)
    assert [delivery.wait().body for delivery in deliveries] == [b"1", b"1"]
    assert cast("dict[str, str]", misfit.wait().json())["errorMessage"].startswith(
        "The event doesn't fit SqsModel: Records[0]."
    )
    logged = [line for line in lines(process.logs) if "message" in line]
    assert [(line["function_request_id"], line["cold_start"]) for line in logged] == [
        (deliveries[0].request_id, True),
        (deliveries[1].request_id, False),
    ]
    assert [line["orders"] for line in lines(process.logs) if "orders" in line] == [[1.0], [1.0]]
    segments = [xray_daemon.segment() for _ in range(2)]
    assert [(segment["name"], segment["trace_id"]) for segment in segments] == [
        ("## handler", trace_of(0)[0]),
        ("## handler", trace_of(1)[0]),
    ]


def test_a_batch_beside_an_app(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess) -> None:
    (record,) = json.loads(SQS)["Records"]
    bodies = {"good": '{"items": [1]}', "empty": '{"items": []}', "no JSON": "{"}
    records = [record | {"messageId": name, "body": body} for name, body in bodies.items()]
    delivery = fake_runtime_api.invoke({"Records": records})
    run_process(code=BATCH)
    failures = [{"itemIdentifier": "empty"}, {"itemIdentifier": "no JSON"}]
    assert delivery.wait().json() == {"batchItemFailures": failures}


MODELS: dict[str, type] = {
    "alb/plain": AlbModel,
    "api_gateway_v1/live": APIGatewayProxyEventModel,
    "api_gateway_v2/cookies": APIGatewayProxyEventV2Model,
    "function_url/cookie_header_wins": LambdaFunctionUrlModel,
    "pass_through/dynamodb_stream": DynamoDBStreamModel,
    "pass_through/eventbridge_custom": EventBridgeModel,
    "pass_through/kinesis": KinesisDataStreamModel,
    "pass_through/s3": S3Model,
    "pass_through/sns": SnsModel,
    "pass_through/sqs": SqsModel,
    "pass_through/sqs ": SQSEvent,
    "api_gateway_v2/live ": APIGatewayProxyEventV2,
}


def annotated(annotation: type) -> Callable[..., object]:
    def handler(event: object) -> object:
        return event

    handler.__annotations__["event"] = annotation
    return handler


def given(handler: Callable[..., object], payload: bytes) -> object:
    """What the handler is called with."""
    prepared = prepare(handler)
    return prepared.call(prepared.decode(payload), LambdaContext("1", 0, "arn"))


@pytest.mark.parametrize(("path", "annotation"), MODELS.items(), ids=lambda value: getattr(value, "__name__", value))
def test_an_annotation(path: str, annotation: type) -> None:
    payload = (EVENTS / f"{path.strip()}.json").read_bytes()
    assert type(given(annotated(annotation), payload)) is annotation


def test_a_data_class_reads_the_event() -> None:
    event = cast("SQSEvent", given(annotated(SQSEvent), SQS))
    assert event.raw_event == json.loads(SQS)
    assert [record.json_body for record in event.records] == [{"order": 7}]


@pytest.mark.parametrize("payload", [b"[]", b"7", b"null"])
def test_a_data_class_is_of_an_object(payload: bytes) -> None:
    with pytest.raises(PayloadError, match=r"^The event doesn't fit SQSEvent: it is .+, not an object\.$"):
        given(annotated(SQSEvent), payload)


def test_a_decorator_gets_the_dict_that_it_makes_a_data_class_of() -> None:
    @event_source(data_class=SQSEvent)
    def handler(event: SQSEvent, context: Any) -> object:  # noqa: ANN401  # Powertools has a class of its own
        return event

    event = given(handler, SQS)
    assert isinstance(event, SQSEvent)
    assert type(event.raw_event) is dict
