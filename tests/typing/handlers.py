"""What a type checker makes of the public signatures.

mypy reads it and nobody runs it. An ignore that hides nothing is an error too: that is how the wrong calls are held.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, assert_type

from werkzeug.wrappers import Request, Response

from lambda_http_adapter import LambdaContext, http_handler, lambda_request, run, run_asgi, run_http, run_wsgi
from lambda_http_adapter.events import (
    ALBTargetGroupEvent,
    APIGatewayProxyEvent,
    APIGatewayProxyEventV2,
    APIGatewayWebSocketEvent,
    CloudFrontRequestEvent,
    LambdaFunctionURLEvent,
    VPCLatticeEventV1,
    VPCLatticeEventV2,
)
from tests.support.small_apps import hello, wsgi_modules


@dataclass
class Order:
    id: int


# Handlers of events


def nothing() -> None: ...
def event_alone(event: Order) -> dict[str, int]: ...  # type: ignore[empty-body]
def both(event: APIGatewayProxyEventV2, context: LambdaContext) -> str: ...  # type: ignore[empty-body]
def go_order(context: LambdaContext, event: bytes) -> bytes: ...  # type: ignore[empty-body]
def with_default(event: Order, context: object, retries: int = 3) -> None: ...
async def coroutine(event: list[Order]) -> Order: ...  # type: ignore[empty-body]
def generator(event: Order) -> Iterator[bytes]: ...  # type: ignore[empty-body]
def three(a: int, b: int, c: int) -> None: ...
def keyword(event: Order, *, client: object) -> None: ...


async def async_generator() -> AsyncIterator[bytes]:
    yield b""


class Invoker:
    def invoke(self, payload: bytes, context: LambdaContext) -> bytes: ...  # type: ignore[empty-body]


class WrongInvoker:
    def invoke(self, payload: str) -> None: ...


class Called:
    def __call__(self, event: Order) -> None: ...


def handlers() -> None:
    run(nothing)
    run(event_alone)
    run(both)
    run(go_order)
    run(with_default)
    run(coroutine)
    run(generator)
    run(async_generator)
    run(Invoker())
    run(Called())
    run(lambda event, context: event)
    run(print)
    run(both, deadline_margin_ms=500, graceful_shutdown=False, on_shutdown=nothing)
    assert_type(run(nothing), None)

    run(three)  # type: ignore[arg-type]
    run(keyword)  # type: ignore[arg-type]
    run(WrongInvoker())  # type: ignore[arg-type]
    run(5)  # type: ignore[arg-type]
    run(both, base_path="/v1")  # type: ignore[arg-type]
    run(both, deadline_margin_ms="soon")  # type: ignore[arg-type]


# Layers


def timed(next_handler: Callable[..., object]) -> Callable[..., object]: ...  # type: ignore[empty-body]
def retried(next_handler: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]: ...  # type: ignore[empty-body]
def no_layer(event: Order) -> None: ...


def layers() -> None:
    run(both, layers=[timed])
    run(coroutine, layers=[timed, retried])
    run(coroutine, layers=(retried,))
    run(both, layers=timed)  # type: ignore[arg-type]
    run(both, layers=[no_layer])  # type: ignore[list-item]


# Handlers of requests


def text(request: Request) -> str: ...  # type: ignore[empty-body]
def document(request: Request) -> dict[str, int]: ...  # type: ignore[empty-body]
def with_status(request: Request) -> tuple[str, int]: ...  # type: ignore[empty-body]
def with_headers(request: Request) -> tuple[dict[str, str], int, dict[str, str]]: ...  # type: ignore[empty-body]
def response(request: Request) -> Response: ...  # type: ignore[empty-body]
def either(request: Request) -> str | Response | None: ...
def streamed(request: Request) -> Iterator[str]: ...  # type: ignore[empty-body]
async def awaited(request: Request) -> list[str]: ...  # type: ignore[empty-body]
def number(request: Request) -> int: ...  # type: ignore[empty-body]
def no_request() -> str: ...  # type: ignore[empty-body]
def of_event(event: Order) -> str: ...  # type: ignore[empty-body]
async def of_both(order: Order, request: Request) -> str: ...  # type: ignore[empty-body]


async def async_streamed(request: Request) -> AsyncIterator[str]:
    yield ""


def requests() -> None:
    run_http(text)
    run_http(document)
    run_http(with_status)
    run_http(with_headers)
    run_http(response)
    run_http(either)
    run_http(streamed)
    run_http(awaited)
    run_http(async_streamed)
    run_http(of_event)
    run_http(of_both)
    run_http(lambda request: wsgi_modules, invoke_mode="response_stream", base_path="/v1")
    assert_type(run_http(text), None)
    assert_type(http_handler(text), Callable[[Any, Any], Any])
    assert_type(http_handler(awaited)({}, None), Any)

    run_http(number)  # type: ignore[arg-type]
    run_http(no_request)  # type: ignore[arg-type]
    run_http(three)  # type: ignore[arg-type]
    run_http(text, invoke_mode="stream")  # type: ignore[arg-type]


def of_request(request: Request) -> str | None:
    aws = lambda_request(request)
    assert_type(aws.event, dict[str, Any])
    assert_type(aws.request_context, dict[str, Any])
    assert_type(aws.path_parameters, dict[str, str])
    return aws.authorizer and aws.authorizer.kind


def mixed() -> None:
    run_asgi(hello, on_event=coroutine)
    run_asgi(hello, on_event={"sqs": event_alone, "sns": coroutine})
    run_wsgi(wsgi_modules, on_event=Invoker())
    run_asgi(hello, on_event=three)  # type: ignore[arg-type]


# Events


def fields(
    v1: APIGatewayProxyEvent,
    v2: APIGatewayProxyEventV2,
    url: LambdaFunctionURLEvent,
    alb: ALBTargetGroupEvent,
    websocket: APIGatewayWebSocketEvent,
    lattice_1: VPCLatticeEventV1,
    lattice_2: VPCLatticeEventV2,
    edge: CloudFrontRequestEvent,
) -> None:
    assert_type(v1["httpMethod"], str)
    assert_type(v1["headers"], dict[str, str] | None)
    assert_type(v1["requestContext"]["identity"]["sourceIp"], str)
    assert_type(v1["requestContext"].get("authorizer"), dict[str, Any] | None)
    assert_type(v2["requestContext"]["http"]["method"], str)
    assert_type(v2.get("cookies"), list[str] | None)
    assert_type((v2["requestContext"].get("authorizer") or {}).get("lambda"), dict[str, Any] | None)
    assert_type(url["rawPath"], str)
    assert_type(alb["requestContext"]["elb"]["targetGroupArn"], str)
    assert_type(websocket["requestContext"]["eventType"], Literal["CONNECT", "MESSAGE", "DISCONNECT"])
    assert_type(lattice_1["raw_path"], str)
    assert_type(lattice_2["headers"]["accept"], list[str] | str)
    assert_type(edge["Records"][0]["cf"]["request"]["headers"]["host"][0]["value"], str)
    v2["routeKeys"]  # type: ignore[typeddict-item]
    _: dict[str, Any] = v2  # type: ignore[assignment]
