"""What a test says of the caller, the route and the stage stands in the event as each front door writes it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx
import httpx2
import pytest

from lambda_http_adapter import LambdaContext, current_context, lambda_request
from lambda_http_adapter._emulator.doors.door import DOORS
from lambda_http_adapter._types import Environ, StartResponse
from lambda_http_adapter._values.lambda_request import Authorizer, LambdaRequest
from lambda_http_adapter.errors import ConfigurationError
from lambda_http_adapter.testing import FrontDoor, LambdaTransport, make_event
from tests.support.in_process_clients import BASE, GET, Ask, every_client

ARN = "arn:aws:iam::210987654321:user/ines"
ROLE = "arn:aws:sts::210987654321:assumed-role/orders-client/session-7"
USER: dict[str, object] = {
    "accessKey": "AKIAIOSFODNN7EXAMPLE",
    "accountId": "210987654321",
    "callerId": "AIDACKCEVSQ6C2EXAMPLE",
    "cognitoIdentity": None,
    "principalOrgId": None,
    "userArn": ARN,
    "userId": "AIDACKCEVSQ6C2EXAMPLE",
}
IDENTITY = {
    "accessKey": "AKIAIOSFODNN7EXAMPLE",
    "accountId": "210987654321",
    "caller": "AIDACKCEVSQ6C2EXAMPLE",
    "principalOrgId": None,
    "user": "AIDACKCEVSQ6C2EXAMPLE",
    "userArn": ARN,
}
CLAIMS = {
    "sub": "user-7",
    "exp": 1783714745,
    "email_verified": True,
    "groups": ["staff", "admins"],
    "realm_access": {"roles": ["b", "a"], "id": 7, "realm": None},
    "mixed": [1, None, True],
}
HTTP_API_CLAIMS: dict[str, object] = {
    "sub": "user-7",
    "exp": "1783714745",
    "email_verified": "true",
    "groups": "[staff admins]",
    "realm_access": "map[id:7 realm:<nil> roles:[b a]]",
    "mixed": "[1 <nil> true]",
}
REST_CLAIMS = HTTP_API_CLAIMS | {
    "groups": "staff,admins",
    "realm_access": '{"roles":["b","a"],"id":7,"realm":null}',
    "mixed": "1,null,true",
}
JWT = {"jwt": {"claims": CLAIMS, "scopes": ["orders:write"]}}
HTTP_API_JWT = {"claims": HTTP_API_CLAIMS, "scopes": ["orders:write"]}
LAMBDA: dict[str, dict[str, object]] = {"lambda": {"tenant": "acme", "level": 3, "admin": True}}
ADDED: dict[str, object] = {"principalId": "user", "integrationLatency": 12}
TEXTS = ADDED | {"tenant": "acme", "level": "3", "admin": "true"}
COGNITO = {"identityId": "us-east-1:1", "identityPoolId": "us-east-1:2", "amr": ["authenticated", "graph.example"]}


class Seen:
    """A WSGI app that keeps what `lambda_request` returns, and the context."""

    def __init__(self) -> None:
        self.requests: list[LambdaRequest] = []
        self.contexts: list[LambdaContext | None] = []

    def __call__(self, environ: Environ, start_response: StartResponse) -> list[bytes]:
        self.requests.append(lambda_request(environ))
        self.contexts.append(current_context())
        start_response("204 No Content", [])
        return []


class Case(NamedTuple):
    """`fields` are dotted paths into the event."""

    origin: FrontDoor
    options: dict[str, Any]
    fields: dict[str, object]
    authorizer: Authorizer | None = None


CASES = [
    Case(
        "http-api",
        {"authorizer": JWT},
        {"requestContext.authorizer": {"jwt": HTTP_API_JWT}},
        Authorizer("jwt", HTTP_API_CLAIMS, ["orders:write"]),
    ),
    Case(
        "http-api",
        {"authorizer": LAMBDA},
        {"requestContext.authorizer": LAMBDA},
        Authorizer("lambda", LAMBDA["lambda"], []),
    ),
    Case(
        "http-api",
        {"authorizer": {"iam": {"userArn": ARN}}},
        {"requestContext.authorizer": {"iam": USER}},
        Authorizer("iam", USER, []),
    ),
    Case(
        "http-api",
        {"authorizer": {"iam": {"userArn": ARN, "accountId": "000000000001"}}},
        {"requestContext.authorizer": {"iam": USER | {"accountId": "000000000001"}}},
    ),
    Case("http-api", {}, {"requestContext.authorizer": ...}),
    Case(
        "http-api-v1",
        {"authorizer": JWT},
        {"requestContext.authorizer": HTTP_API_JWT},
        Authorizer("jwt", HTTP_API_CLAIMS, ["orders:write"]),
    ),
    Case(
        "http-api-v1",
        {"authorizer": LAMBDA},
        {"requestContext.authorizer": LAMBDA["lambda"]},
        Authorizer("lambda", LAMBDA["lambda"], []),
    ),
    Case(
        "http-api-v1",
        {"authorizer": {"iam": {"userArn": ARN}}},
        {f"requestContext.identity.{name}": value for name, value in IDENTITY.items()},
    ),
    Case(
        "rest",
        {"authorizer": {"jwt": {"claims": CLAIMS}}},
        {"requestContext.authorizer": {"claims": REST_CLAIMS}},
        Authorizer("jwt", REST_CLAIMS, []),
    ),
    Case("rest", {"authorizer": LAMBDA}, {"requestContext.authorizer": TEXTS}, Authorizer("lambda", TEXTS, [])),
    Case(
        "rest",
        {"authorizer": {"lambda": {"principalId": "user-7"}}},
        {"requestContext.authorizer": ADDED | {"principalId": "user-7"}},
        Authorizer("lambda", ADDED | {"principalId": "user-7"}, []),
    ),
    Case(
        "rest",
        {"authorizer": {"iam": {"userArn": ARN}}},
        {f"requestContext.identity.{name}": value for name, value in IDENTITY.items()},
    ),
    Case(
        "rest",
        {"authorizer": {"iam": {"cognitoIdentity": COGNITO}}},
        {
            "requestContext.identity.cognitoIdentityId": "us-east-1:1",
            "requestContext.identity.cognitoIdentityPoolId": "us-east-1:2",
            "requestContext.identity.cognitoAuthenticationType": "authenticated",
            "requestContext.identity.accountId": "123456789012",
        },
    ),
    Case("rest", {}, {"requestContext.authorizer": ...}),
    Case(
        "function-url",
        {"authorizer": {"iam": {"userArn": ARN}}},
        {"requestContext.authorizer": {"iam": USER}, "requestContext.accountId": "210987654321"},
        Authorizer("iam", USER, []),
    ),
    Case("function-url", {}, {"requestContext.authorizer": ..., "requestContext.accountId": "anonymous"}),
    Case(
        "vpc-lattice",
        {"authorizer": {"iam": {"userArn": ROLE, "principalOrgId": "o-1"}}},
        {
            "requestContext.identity.type": "AWS_IAM",
            "requestContext.identity.principal": ROLE,
            "requestContext.identity.principalOrgID": "o-1",
            "requestContext.identity.sessionName": "session-7",
        },
    ),
    Case(
        "vpc-lattice",
        {"authorizer": {"iam": {"userArn": ARN}}},
        {"requestContext.identity.principal": ARN, "requestContext.identity.sessionName": ...},
    ),
    Case(
        "websocket",
        {"authorizer": LAMBDA, "stage_variables": {"v": "1"}},
        {"requestContext.authorizer": TEXTS, "stageVariables.v": "1"},
        Authorizer("lambda", TEXTS, []),
    ),
    Case("websocket", {"authorizer": {"iam": {"userArn": ARN}}}, {"requestContext.identity.userArn": ARN}),
    Case(
        "rest",
        {"path_parameters": {"id": "7"}, "stage_variables": {"v": "1"}},
        {"pathParameters": {"id": "7"}, "stageVariables": {"v": "1"}},
    ),
    Case("rest", {"path_parameters": {}}, {"pathParameters": None, "stageVariables": None}),
    Case(
        "http-api",
        {"path_parameters": {"id": "7"}, "stage_variables": {"v": "1"}},
        {"pathParameters": {"id": "7"}, "stageVariables": {"v": "1"}},
    ),
    Case("http-api-v1", {"path_parameters": {"id": "7"}}, {"pathParameters": {"id": "7"}}),
    Case(
        "rest",
        {"request_context": {"resourcePath": "/items/{id}", "identity": {"apiKey": "k"}}},
        {
            "resource": "/items/{id}",
            "requestContext.resourcePath": "/items/{id}",
            "requestContext.identity.apiKey": "k",
            "requestContext.identity.sourceIp": "203.0.113.7",
        },
    ),
    Case(
        "http-api",
        {"request_context": {"routeKey": "GET /items/{id}"}},
        {"routeKey": "GET /items/{id}", "requestContext.routeKey": "GET /items/{id}"},
    ),
    Case(
        "function-url",
        {"request_context": {"authentication": {"clientCert": {"subjectDN": "CN=a"}}}},
        {"requestContext.authentication.clientCert.subjectDN": "CN=a"},
    ),
    Case(
        "alb", {"request_context": {"elb": {"targetGroupArn": "arn:1"}}}, {"requestContext.elb.targetGroupArn": "arn:1"}
    ),
    Case(
        "vpc-lattice",
        {"request_context": {"identity": {"x509SubjectCn": "a"}}},
        {"requestContext.identity.x509SubjectCn": "a"},
    ),
    Case(
        "http-api",
        {"authorizer": LAMBDA, "request_context": {"authorizer": {"lambda": {"level": 4}}}},
        {"requestContext.authorizer.lambda.level": 4, "requestContext.authorizer.lambda.tenant": "acme"},
        Authorizer("lambda", LAMBDA["lambda"] | {"level": 4}, []),
    ),
]


def found(event: Mapping[str, Any], path: str) -> object:
    """The value at a dotted path; an ellipsis if there is none."""
    value: Any = event
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return ...
        value = value[name]
    return value


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.origin} {case.options}")
def test_the_app_sees_what_the_front_door_writes(case: Case) -> None:
    seen = Seen()
    with httpx.Client(transport=LambdaTransport(seen, case.origin, **case.options), base_url=BASE) as client:
        client.get("/items/7")
    (request,) = seen.requests
    assert {path: found(request.event, path) for path in case.fields} == case.fields
    made = make_event("GET", "/items/7", origin=case.origin, **case.options)
    assert {path: found(made, path) for path in case.fields} == case.fields
    if case.authorizer is not None:
        assert request.authorizer == case.authorizer
    elif "iam" in case.options.get("authorizer", {}):
        assert request.authorizer is not None
        assert request.authorizer.kind == "iam"
    else:
        assert request.authorizer is None


@every_client
@pytest.mark.parametrize("origin", ["rest", "pass_through"])
def test_the_context_has_the_tenant(origin: str, ask: Ask) -> None:
    seen = Seen()
    ask(seen, origin, httpx.Request("POST", BASE, json={"id": 1}), tenant_id="blue")
    (context,) = seen.contexts
    assert context is not None
    assert context.tenant_id == "blue"
    assert context.client_context is None


@every_client
def test_the_context_has_the_client_context(ask: Ask) -> None:
    seen = Seen()
    given = {"custom": {"plan": "pro"}, "client": {"app_title": "shop"}, "w3c": {"traceparent": "00-1-2-01"}}
    ask(seen, "pass_through", httpx.Request("POST", BASE, json={"id": 1}), client_context=given)
    (context,) = seen.contexts
    assert context is not None
    assert context.client_context is not None
    assert context.client_context.custom == {"plan": "pro"}
    assert context.client_context.client is not None
    assert context.client_context.client.app_title == "shop"
    assert context.w3c() == {"traceparent": "00-1-2-01"}


@every_client
def test_a_request_overrides_the_client_s_caller(ask: Ask) -> None:
    seen = Seen()
    options = {"authorizer": LAMBDA, "request_context": {"identity": {"apiKey": "k"}}, "tenant_id": "blue"}
    fields = {"authorizer": None, "tenant_id": "red", "request_context": {"identity": {"apiKeyId": "i"}}}
    ask(seen, "rest", httpx.Request("GET", BASE, extensions={"aws.lambda": fields}), **options)
    ask(seen, "rest", GET, **options)
    changed, unchanged = seen.requests
    assert [found(changed.event, f"requestContext.identity.{name}") for name in ("apiKey", "apiKeyId")] == ["k", "i"]
    assert found(unchanged.event, "requestContext.identity.apiKeyId") is ...
    assert changed.authorizer is None
    assert unchanged.authorizer is not None
    assert [context and context.tenant_id for context in seen.contexts] == ["red", "blue"]


def test_a_request_of_httpx2_overrides_the_client_s_caller() -> None:
    seen = Seen()
    with httpx2.Client(transport=LambdaTransport(seen, "http-api"), base_url=BASE) as client:
        client.get("/", extensions={"aws.lambda": {"stage_variables": {"v": "1"}}})
    assert seen.requests[0].stage_variables == {"v": "1"}


def test_an_event_is_independent_of_the_values_it_was_made_of() -> None:
    options: dict[str, Any] = {"request_context": {"identity": {"apiKey": "k"}}, "path_parameters": {"id": "7"}}
    event: Any = make_event(origin="rest", **options)
    event["requestContext"]["identity"]["apiKey"] = event["pathParameters"]["id"] = "changed"
    assert options == {"request_context": {"identity": {"apiKey": "k"}}, "path_parameters": {"id": "7"}}


@pytest.mark.parametrize("origin", [*DOORS, "websocket", "pass_through"])
@pytest.mark.parametrize(
    ("name", "value", "doors"),
    [
        ("request_context", {}, "rest http-api http-api-v1 function-url websocket vpc-lattice alb alb-multi"),
        ("path_parameters", {}, "rest http-api http-api-v1"),
        ("stage_variables", {}, "rest http-api http-api-v1 websocket"),
        ("authorizer", {"iam": {}}, "rest http-api http-api-v1 function-url websocket vpc-lattice"),
        ("authorizer", {"lambda": {}}, "rest http-api http-api-v1 websocket"),
        ("authorizer", {"jwt": {}}, "rest http-api http-api-v1"),
        ("authorizer", {"jwt": {"scopes": []}}, "http-api http-api-v1"),
        ("authorizer", {"iam": {"accountId": "1"}}, "rest http-api http-api-v1 function-url websocket"),
        ("tenant_id", "blue", "rest pass_through"),
        ("client_context", {}, "pass_through"),
    ],
    ids=str,
)
def test_a_front_door_refuses_what_it_cannot_carry(origin: FrontDoor, name: str, value: object, doors: str) -> None:
    options: dict[str, Any] = {name: value}
    if origin in doors.split():
        LambdaTransport(Seen(), origin, **options)
        return
    with pytest.raises(ConfigurationError, match=r"; (it can carry|it can have|expected one of:) .+\.$"):
        LambdaTransport(Seen(), origin, **options)
    with (
        httpx.Client(transport=LambdaTransport(Seen(), origin), base_url=BASE) as client,
        pytest.raises(ConfigurationError),
    ):
        client.post("/", json={}, extensions={"aws.lambda": options})


@every_client
@pytest.mark.parametrize(
    ("origin", "options", "sentence"),
    [
        (
            "function-url",
            {"tenant_id": "blue"},
            "A Function URL can't carry tenant_id; it can carry request_context, authorizer.",
        ),
        (
            "lambda-edge",
            {"request_context": {}},
            "CloudFront (Lambda@Edge) can't carry request_context; it can carry nothing.",
        ),
        ("function-url", {"authorizer": JWT}, "A Function URL has no authorizer 'jwt'; it can have 'iam'."),
        (
            "rest",
            {"authorizer": JWT},
            "Unknown field 'scopes' in the authorizer 'jwt' of a REST API; expected one of: claims.",
        ),
        ("rest", {"authorizer": {"claims": {}}}, "An authorizer has one key, 'jwt', 'lambda' or 'iam'; got 'claims'."),
        ("rest", {"authorizer": {}}, "An authorizer has one key, 'jwt', 'lambda' or 'iam'; got nothing."),
        ("rest", {"authorizer": {"lambda": "x"}}, "Expected a mapping as the authorizer's 'lambda', got 'x'."),
        (
            "rest",
            {"authorizer": {"iam": {"arn": ARN}}},
            "Unknown field 'arn' in the authorizer 'iam' of a REST API; expected one of: accessKey, ",
        ),
        (
            "rest",
            {"authorizer": {"lambda": {"roles": []}}},
            "The front door can't write the value of 'roles' in the authorizer as text: [].",
        ),
        (
            "http-api",
            {"authorizer": {"jwt": {"claims": {"sub": None}}}},
            "The front door can't write the value of 'sub' in the authorizer as text: None.",
        ),
        ("rest", {"request_context": []}, "Expected a mapping as request_context, got []."),
        ("rest", {"path_parameters": {"id": 7}}, "The values of path_parameters are strings, got {'id': 7}."),
        ("rest", {"tenant_id": 7}, "A tenant_id is a string, got 7."),
        (
            "pass_through",
            {"client_context": {"customs": {}}},
            "Unknown field 'customs' in client_context; expected one of: custom, env, client, w3c.",
        ),
        ("pass_through", {"client_context": {"custom": {1j}}}, "{'custom': {1j}} is not a client_context: "),
        ("rest", {"tenant": "blue"}, "Unknown "),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_in_a_sentence(origin: str, options: dict[str, Any], sentence: str, ask: Ask) -> None:
    request = httpx.Request("POST", BASE, json={})
    with pytest.raises(ConfigurationError) as caught:
        ask(Seen(), origin, request, **options)
    assert str(caught.value).startswith(sentence)
    with pytest.raises(ConfigurationError) as caught:
        ask(Seen(), origin, httpx.Request("POST", BASE, json={}, extensions={"aws.lambda": options}))
    assert str(caught.value).startswith(sentence)


def test_an_extension_that_is_no_mapping_is_refused() -> None:
    request = httpx.Request("GET", BASE, extensions={"aws.lambda": "blue"})
    with pytest.raises(ConfigurationError, match=r"^Expected a mapping as aws\.lambda, got 'blue'\.$"):
        LambdaTransport(Seen()).handle_request(request)
