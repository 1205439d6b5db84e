"""The events of real front doors, made again from the request that curl sent them."""

import json
from collections.abc import Callable

import pytest

from lambda_http_adapter._emulator.doors.client import ClientRequest
from lambda_http_adapter._emulator.doors.events import make_event
from lambda_http_adapter._values.request import LambdaEvent
from lambda_http_adapter.origins import RequestOrigin

REQUEST = ClientRequest(
    "POST",
    "/capture/space%20value",
    "repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb&literalPlus=a+b&encodedPlus=a%2Bb&empty=",
    [
        (b"user-agent", b"curl/8.7.1"),
        (b"accept", b"*/*"),
        (b"content-type", b"application/json"),
        (b"cookie", b"session=abc123; theme=dark"),
        (b"x-voker-probe", b"first"),
        (b"x-voker-probe", b"second"),
        (b"content-length", b"66"),
    ],
    '{"message":"hello from the public internet","unicode":"lambda-λ"}'.encode(),
    client="198.51.100.18",
)
# Of the account, the moment and the deployment.
VOLATILE = {
    "accountId",
    "apiId",
    "domainName",
    "domainPrefix",
    "extendedRequestId",
    "requestId",
    "requestTime",
    "requestTimeEpoch",
    "resourceId",
    "targetGroupArn",
    "time",
    "timeEpoch",
    "Host",
    "host",
    "X-Amzn-Trace-Id",
    "x-amzn-trace-id",
}


def steady(value: object) -> object:
    """Without what changes with every request, and without the empty fields that the recorder has put in."""
    if isinstance(value, dict):
        fields = {name: steady(item) for name, item in value.items() if name not in VOLATILE}
        if "empty" not in fields:
            fields = {name: item for name, item in fields.items() if item not in (None, "", {})}
        return fields
    return value


RECORDED = {
    RequestOrigin.api_gateway_v1: lambda: make_event(
        RequestOrigin.api_gateway_v1, REQUEST._replace(path="/live" + REQUEST.path), stage="live"
    ),
    RequestOrigin.api_gateway_v2: lambda: make_event(RequestOrigin.api_gateway_v2, REQUEST),
    RequestOrigin.function_url: lambda: make_event(RequestOrigin.function_url, REQUEST),
    RequestOrigin.alb: lambda: make_event(RequestOrigin.alb, REQUEST._replace(scheme="http"), multi_value=True),
}


@pytest.mark.parametrize("origin", RECORDED)
def test_the_recorded_event(event: Callable[[str], LambdaEvent], origin: RequestOrigin) -> None:
    made = RECORDED[origin]()
    assert steady(made) == steady(event(f"{origin}/live"))
    names = [set(json.dumps(source).split('"')) & VOLATILE for source in (made, event(f"{origin}/live"))]
    assert names[0] == names[1]
