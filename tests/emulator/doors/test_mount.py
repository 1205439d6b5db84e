"""Wherever an API is mounted, the app's own path is the same, and what its links begin with is the client's."""

from collections.abc import Callable
from functools import partial
from typing import cast
from urllib.parse import unquote

import pytest
from hypothesis import given

from lambda_http_adapter._emulator.doors.client import ClientRequest
from lambda_http_adapter._emulator.doors.events import make_event
from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.request import LambdaEvent
from lambda_http_adapter.origins import ORIGINS, HTTPRequest, RequestOrigin, detect
from tests.support.client_requests import EACH_DOOR, PATHS

V1, V2 = RequestOrigin.api_gateway_v1, RequestOrigin.api_gateway_v2
URL, ALB = RequestOrigin.function_url, RequestOrigin.alb
EXECUTE_API = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
DOMAIN = "api.example.com"

Make = Callable[[ClientRequest], LambdaEvent]
_http = partial(make_event, V1, payload="http_api")

# What stands in front of the app's path, the host, the front door, and what the operator has configured.
MOUNTS: dict[str, tuple[str, str, Make, Config]] = {
    "REST API, execute-api": ("/live", EXECUTE_API, partial(make_event, V1, stage="live"), Config()),
    "REST API, custom domain": ("", DOMAIN, partial(make_event, V1, stage="live"), Config()),
    "REST API, mapping": (
        "/shop/v1",
        DOMAIN,
        partial(make_event, V1, stage="live", base_path="/shop/v1"),
        Config(base_path="/shop/v1"),
    ),
    "HTTP API 1.0, execute-api": ("/live", EXECUTE_API, partial(_http, stage="live"), Config()),
    "HTTP API 1.0, custom domain": ("", DOMAIN, partial(_http, stage="live"), Config()),
    "HTTP API 1.0, mapping": (
        "/shop/v1",
        DOMAIN,
        partial(_http, stage="live", base_path="/shop/v1"),
        Config(base_path="/shop/v1"),
    ),
    "HTTP API 2.0, execute-api": ("/live", EXECUTE_API, partial(make_event, V2, stage="live"), Config()),
    "HTTP API 2.0, custom domain": ("", DOMAIN, partial(make_event, V2, stage="live"), Config()),
    # Nothing in the event tells of this mapping: the operator must.
    "HTTP API 2.0, mapping": (
        "/shop/v1",
        DOMAIN,
        partial(make_event, V2, base_path="/shop/v1"),
        Config(root_path="/shop/v1"),
    ),
    "HTTP API 2.0, mapping to a stage": (
        "/shop/v1",
        DOMAIN,
        partial(make_event, V2, stage="live", base_path="/shop/v1"),
        Config(root_path="/shop/v1"),
    ),
    "REST API, emulated": (
        "/live",
        "localhost:8000",
        partial(make_event, V1, stage="live", domain_name=EXECUTE_API),
        Config(),
    ),
    "Function URL": ("/shop", "shop.example.com", partial(make_event, URL), Config(base_path="/shop")),
    "ALB": ("/shop", "shop.example.com", partial(make_event, ALB), Config(base_path="/shop")),
}


def decoded(event: LambdaEvent, config: Config | None = None) -> HTTPRequest:
    return detect(event, ORIGINS).decode(event, config or Config())


@pytest.mark.parametrize("name", MOUNTS)
@EACH_DOOR
@given(path=PATHS.filter(lambda path: not path.startswith("//")))
def test_mounts(name: str, path: str) -> None:
    mount, host, make, config = MOUNTS[name]
    request = decoded(make(ClientRequest(path=mount + path, host=host)), config)
    assert (request.root_path, request.path) == (mount, mount + unquote(path))


VPCE = "vpce-0b6e8a5c1d2f3a4b5"


@pytest.mark.parametrize(
    ("host", "api"),
    [
        ("r1e2s3t4a5.execute-api.eu-central-1.amazonaws.com", "r1e2s3t4a5"),
        ("r1e2s3t4a5.execute-api.eu-central-1.api.aws:8000", "r1e2s3t4a5"),
        ("r1e2s3t4a5.execute-api.cn-north-1.amazonaws.com.cn", "r1e2s3t4a5"),
        (f"r1e2s3t4a5-{VPCE}.execute-api.eu-central-1.amazonaws.com", "r1e2s3t4a5"),
        (f"{VPCE}-abcd1234.execute-api.eu-central-1.vpce.amazonaws.com", "a1b2c3d4e5"),  # x-apigw-api-id says which
    ],
)
def test_each_name_of_an_api_has_its_stage_and_its_id(host: str, api: str) -> None:
    event = make_event(V1, ClientRequest(path="/live/items", host=host), stage="live")
    context = cast("dict[str, str]", event["requestContext"])
    assert (context["apiId"], context["domainName"]) == (api, host.partition(":")[0])
    request = decoded(event)
    assert (request.root_path, request.path, request.server[0]) == ("/live", "/live/items", host.partition(":")[0])


@pytest.mark.parametrize("path", ["/", "/liver", "/other/live", "/LIVE"])
def test_outside_of_the_stage_there_is_no_event(path: str) -> None:
    for origin in (V1, V2):
        with pytest.raises(ValueError, match="Expected a path below '/live'"):
            make_event(origin, ClientRequest(path=path), stage="live")


def test_the_stage_alone() -> None:
    rest = decoded(make_event(V1, ClientRequest(path="/live"), stage="live"))
    http = decoded(make_event(V2, ClientRequest(path="/live"), stage="live"))
    assert (rest.root_path, rest.path) == ("/live", "/live/")  # a REST API's root is "/" whatever the client wrote
    assert (http.root_path, http.path) == ("/live", "/live")
