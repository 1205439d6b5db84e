"""What a Lambda authorizer is sent, as AWS documents it, and what becomes of its result."""

from typing import Any, cast

import pytest

from lambda_http_adapter._emulator.doors.caller import Caller
from lambda_http_adapter._emulator.doors.client import ClientRequest
from lambda_http_adapter._emulator.doors.door import DOORS, Door
from lambda_http_adapter._emulator.doors.lambda_authorizer import (
    BrokenResultError,
    DeniedError,
    IdentitySource,
    Payload,
    authorized_context,
    authorizer_event,
    parse_identity_sources,
    payloads_of,
)
from lambda_http_adapter.errors import ConfigurationError
from lambda_http_adapter.origins import RequestOrigin
from tests.emulator.doors.test_caller import found

API = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5"
REQUEST = ClientRequest(
    "POST",
    "/items/a%20b",
    "q=1&q=2&r=",
    [(b"authorization", b"t"), (b"cookie", b"a=1; b=2")],
    b"body",
    "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
)
REST_FIELDS = {
    "type",
    "methodArn",
    "resource",
    "path",
    "httpMethod",
    "headers",
    "multiValueHeaders",
    "queryStringParameters",
    "multiValueQueryStringParameters",
    "pathParameters",
    "stageVariables",
    "requestContext",
}
V1_FIELDS = REST_FIELDS - {"multiValueHeaders", "multiValueQueryStringParameters"}
V1_FIELDS |= {"version", "identitySource", "authorizationToken"}
V2_FIELDS = {
    "version",
    "type",
    "routeArn",
    "identitySource",
    "routeKey",
    "rawPath",
    "rawQueryString",
    "cookies",
    "headers",
    "queryStringParameters",
    "requestContext",
    "stageVariables",
}


@pytest.mark.parametrize(
    ("name", "payload", "fields", "some"),
    [
        ("rest", "token", {"type", "methodArn", "authorizationToken"}, {"type": "TOKEN", "authorizationToken": "t"}),
        (
            "rest",
            "request",
            REST_FIELDS,
            {
                "type": "REQUEST",
                "methodArn": f"{API}/prod/POST/items/a%20b",
                "path": "/items/a%20b",
                "headers.Authorization": "t",
                "pathParameters.proxy": "items/a%20b",
                "stageVariables.v": "1",
                "requestContext.resourceId": "al6gqb",
            },
        ),
        (
            "http-api",
            "1.0",
            V1_FIELDS,
            {
                "version": "1.0",
                "type": "REQUEST",
                "methodArn": f"{API}/$default/POST/items/a%20b",
                "identitySource": "t,k",
                "authorizationToken": "t,k",
                "pathParameters": {},
                "stageVariables.v": "1",
                "requestContext.resourceId": "$default",
            },
        ),
        (
            "http-api",
            "2.0",
            V2_FIELDS,
            {
                "version": "2.0",
                "type": "REQUEST",
                "routeArn": f"{API}/$default/POST/items/a%20b",
                "identitySource": ["t", "k"],
                "rawPath": "/items/a b",
                "stageVariables.v": "1",
                "requestContext.http.method": "POST",
            },
        ),
        # The payload of an HTTP API's authorizer doesn't depend on the integration's.
        ("http-api-v1", "1.0", V1_FIELDS, {"version": "1.0"}),
        ("http-api-v1", "2.0", V2_FIELDS, {"version": "2.0"}),
    ],
)
def test_the_authorizer_s_event(name: str, payload: Payload, fields: set[str], some: dict[str, object]) -> None:
    caller = Caller(stage_variables={"v": "1"})
    event = authorizer_event(DOORS[name], REQUEST, payload, ["t", "k"], caller)
    assert event.keys() == fields
    assert {path: found(event, path) for path in some} == some


@pytest.mark.parametrize(("payload", "name"), [("request", "rest"), ("1.0", "http-api"), ("2.0", "http-api")])
def test_the_event_of_a_bare_request(payload: Payload, name: str) -> None:
    event = authorizer_event(DOORS[name], ClientRequest(), payload, [], Caller())
    if payload == "2.0":
        assert event["identitySource"] is None
        assert "cookies" not in event
    else:
        maps = ("queryStringParameters", "pathParameters", "stageVariables")
        assert [event[field] for field in maps] == [{}, {}, {}]


@pytest.mark.parametrize(
    ("door", "path", "host", "arn"),
    [
        (DOORS["rest"].mounted("live", ""), "/live/items", REQUEST.host, f"{API}/live/GET/items"),
        (DOORS["rest"].mounted("live", "/v1"), "/v1/items", "api.example.com", f"{API}/live/GET/items"),
        (DOORS["http-api"].mounted("live", ""), "/live/", REQUEST.host, f"{API}/live/GET/"),
        (DOORS["http-api"].mounted(None, "/v1"), "/v1", "api.example.com", f"{API}/$default/GET/"),
    ],
)
def test_the_method_s_arn_has_the_path_in_the_api(door: Door, path: str, host: str, arn: str) -> None:
    (payload, *_) = payloads_of(door)
    event = authorizer_event(door, ClientRequest(path=path, host=host), payload, ["t"], Caller())
    assert (event.get("methodArn") or event.get("routeArn")) == arn


def test_outside_the_api_nobody_is_authorized() -> None:
    with pytest.raises(ValueError, match="Expected a path below '/v1'"):
        authorizer_event(DOORS["http-api"].mounted(None, "/v1"), REQUEST, "2.0", [], Caller())


def test_front_doors_without_a_lambda_authorizer() -> None:
    for door in (*DOORS.values(), Door(RequestOrigin.websocket)):
        expected = {"rest": ("token", "request"), "http-api": ("2.0", "1.0"), "http-api-v1": ("2.0", "1.0")}
        (name,) = [name for name in DOORS if DOORS[name] == door] or ["websocket"]
        assert payloads_of(door) == expected.get(name, ())


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("$request.header.Authorization", ["t"]),
        ("method.request.header.authorization, $request.querystring.q", ["t", "1"]),
        ("$request.querystring.r", [""]),
        ("$request.querystring.Q", [""]),
        ("$request.header.x-key", [""]),
        ("", []),
    ],
)
def test_identity_sources(text: str, values: list[str]) -> None:
    assert [source.value(REQUEST) for source in parse_identity_sources(text)] == values


@pytest.mark.parametrize(
    "text", ["Authorization", "$request.header.", "$request.body.x", "$context.routeKey", "header.X"]
)
def test_an_unknown_identity_source(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is not an identity source; expected"):
        parse_identity_sources(f"$request.header.A,{text}")
    assert parse_identity_sources("$request.header.A") == (IdentitySource("header", "A"),)


# The result

ARN = f"{API}/prod/GET/items"


def policy(effect: str = "Allow", resource: str = "*", **fields: object) -> dict[str, Any]:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {"principalId": "user-7", "policyDocument": {"Statement": [statement]}, **fields}


@pytest.mark.parametrize(
    ("payload", "result", "context"),
    [
        ("token", policy(), {"principalId": "user-7"}),
        ("request", policy(context={"level": 3, "admin": True}), {"principalId": "user-7", "level": 3, "admin": True}),
        ("token", policy(context=None), {"principalId": "user-7"}),
        ("1.0", policy(context={"roles": ["a"]}), {"roles": ["a"]}),
        ("2.0", policy(context={"roles": ["a"]}), {"roles": ["a"]}),
        ("2.0", {"isAuthorized": True, "context": {"roles": {"a": 1}}}, {"roles": {"a": 1}}),
        ("2.0", {"isAuthorized": True}, {}),
    ],
)
def test_an_authorized_request(payload: Payload, result: object, context: dict[str, object]) -> None:
    assert authorized_context(result, payload, ARN) == context


@pytest.mark.parametrize(
    ("payload", "result", "explicit"),
    [
        ("token", policy("Deny"), True),
        ("token", policy(resource=ARN.replace("GET", "POST")), False),
        ("1.0", policy("Deny"), True),
        ("2.0", policy(resource=f"{API}/other/*"), False),
        ("2.0", {"isAuthorized": False}, True),
    ],
)
def test_a_denied_request(payload: Payload, result: object, explicit: bool) -> None:
    with pytest.raises(DeniedError) as denied:
        authorized_context(result, payload, ARN)
    assert denied.value.explicit is explicit


@pytest.mark.parametrize(
    ("payload", "result", "problem"),
    [
        ("token", None, "expected an object from the authorizer, got None"),
        ("token", "Allow", "expected an object from the authorizer, got 'Allow'"),
        ("token", {"isAuthorized": True}, "expected a string as the authorizer's principalId, got None"),
        ("1.0", {"isAuthorized": True}, "expected a string as the authorizer's principalId, got None"),
        ("2.0", {}, "expected a string as the authorizer's principalId, got None"),
        ("token", policy() | {"principalId": 7}, "expected a string as the authorizer's principalId, got 7"),
        ("token", {"principalId": "a"}, "expected an object as policyDocument, got None"),
        ("token", policy("Perhaps"), "expected Allow or Deny as Effect, got 'Perhaps'"),
        ("token", policy(context=[1]), "expected an object as the authorizer's context, got [1]"),
        (
            "request",
            policy(context={"roles": []}),
            "expected a string, number or boolean as 'roles' in the context, got []",
        ),
        ("2.0", {"isAuthorized": 1, **policy()}, "expected true or false as isAuthorized, got 1"),
        ("2.0", {"isAuthorized": True, "context": "x"}, "expected an object as the authorizer's context, got 'x'"),
    ],
)
def test_a_broken_result(payload: str, result: object, problem: str) -> None:
    with pytest.raises(BrokenResultError) as broken:
        authorized_context(result, cast("Payload", payload), ARN)
    assert str(broken.value) == problem
