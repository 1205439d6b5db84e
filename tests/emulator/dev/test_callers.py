"""What `dev` tells the function of its caller: the options in front of each front door, and the event they lead to."""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import httpx
import pytest

from lambda_http_adapter._emulator.dev.authorizers import LambdaAuthorizer
from lambda_http_adapter._emulator.dev.configured_entrance import entrance_of
from lambda_http_adapter._emulator.dev.configured_function import function_settings
from lambda_http_adapter._emulator.dev.history import History
from lambda_http_adapter._emulator.dev.options import parse_options
from lambda_http_adapter._emulator.dev.terminal import TerminalLog
from lambda_http_adapter._emulator.doors.client import ClientRequest
from lambda_http_adapter._emulator.doors.door import find_door
from tests.emulator.doors.test_caller import CLAIMS, HTTP_API_CLAIMS, IDENTITY, REST_CLAIMS, USER, found
from tests.support.dev_process import Dev
from tests.support.web_tokens import web_token

APP = "tests.support.event_app:handler"
ARN = "arn:aws:iam::210987654321:user/ines"
FILES: dict[str, object] = {
    "claims.json": CLAIMS,
    "ines.json": {"userArn": ARN},
    "context.json": {"stage": "beta", "identity": {"apiKey": "k"}, "elb": {"targetGroupArn": "arn:1"}},
    "variables.json": {"greeting": "a=b,c", "empty": ""},
}
ANONYMOUS: dict[str, object] = {"requestContext.authorizer": ...}


NONE: Mapping[str, str] = MappingProxyType({})


class Case(NamedTuple):
    """`fields` are dotted paths into the event; an ellipsis: it isn't there."""

    origin: str
    options: str
    fields: dict[str, object]
    headers: Mapping[str, str] = NONE


TOKEN = {"authorization": f"Bearer {web_token(CLAIMS | {'exp': 4102444800})}"}
LATER = {"exp": "4102444800"}


def jwt(claims: dict[str, object]) -> dict[str, object]:
    return {"claims": claims, "scopes": None}


CASES = [
    Case("http-api", "", ANONYMOUS | {"stageVariables": ...}, TOKEN),
    Case("http-api", "--authorizer jwt", {"requestContext.authorizer": {"jwt": jwt(HTTP_API_CLAIMS | LATER)}}, TOKEN),
    Case("http-api-v1", "--authorizer jwt", {"requestContext.authorizer": jwt(HTTP_API_CLAIMS | LATER)}, TOKEN),
    Case("rest", "--authorizer cognito", {"requestContext.authorizer": {"claims": REST_CLAIMS | LATER}}, TOKEN),
    Case(
        "http-api",
        "--authorizer jwt --claims claims.json",
        {"requestContext.authorizer": {"jwt": jwt(HTTP_API_CLAIMS)}},
    ),
    Case(
        "rest",
        "--authorizer cognito --claims claims.json",
        {"requestContext.authorizer": {"claims": REST_CLAIMS}},
        {"authorization": "no token"},
    ),
    Case(
        "function-url",
        "--authorizer iam --claims ines.json",
        {"requestContext.authorizer": {"iam": USER}, "requestContext.accountId": "210987654321"},
    ),
    Case("http-api", "--authorizer iam --claims ines.json", {"requestContext.authorizer": {"iam": USER}}),
    Case(
        "http-api-v1",
        "--authorizer iam --claims ines.json",
        {f"requestContext.identity.{name}": value for name, value in IDENTITY.items()} | ANONYMOUS,
    ),
    Case(
        "rest",
        "--authorizer iam --claims ines.json",
        {f"requestContext.identity.{name}": value for name, value in IDENTITY.items()} | ANONYMOUS,
    ),
    Case(
        "vpc-lattice",
        "--authorizer iam --claims ines.json",
        {"requestContext.identity.type": "AWS_IAM", "requestContext.identity.principal": ARN},
    ),
    Case(
        "function-url",
        "--authorizer iam",
        {"requestContext.authorizer.iam.userArn": "arn:aws:iam::123456789012:user/alice"},
    ),
    Case("function-url", "", ANONYMOUS | {"requestContext.accountId": "anonymous"}),
    *(
        Case(
            origin,
            "--request-context context.json",
            {"requestContext.stage": "beta", "requestContext.identity.apiKey": "k"},
        )
        for origin in ("function-url", "http-api", "http-api-v1", "rest", "vpc-lattice")
    ),
    *(
        Case(origin, "--request-context context.json", {"requestContext.elb": {"targetGroupArn": "arn:1"}})
        for origin in ("alb", "alb-multi")
    ),
    *(
        Case(origin, "--stage-variables a=1,b_2=x/y", {"stageVariables": {"a": "1", "b_2": "x/y"}})
        for origin in ("http-api", "http-api-v1", "rest")
    ),
    Case("rest", "--stage-variables variables.json", {"stageVariables": {"greeting": "a=b,c", "empty": ""}}),
    Case("rest", "", {"stageVariables": None}),
]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, value in FILES.items():
        (tmp_path / name).write_text(json.dumps(value))
    return tmp_path


def event_of(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    event = response.json()["event"]
    assert isinstance(event, dict)
    return event


def name_of(case: Case) -> str:
    return f"{case.origin} {case.options}"


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_entrance(case: Case, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which the options lead to."""
    monkeypatch.chdir(files)
    options = parse_options([APP, "--origin", case.origin, *case.options.split()])
    door = find_door(options.origin)
    settings = function_settings(options, door, "http://127.0.0.1:8000", None)
    entrance = entrance_of(options, door, settings, TerminalLog(History(), True, True))
    headers = [(name.encode(), value.encode()) for name, value in case.headers.items()]
    event = asyncio.run(entrance.event(ClientRequest("GET", "/items/7", headers=headers)))
    event = json.loads(json.dumps(event))
    assert {path: found(event, path) for path in case.fields} == case.fields


@pytest.mark.parametrize(("option", "seconds"), [([], 10), (["--no-timeout"], None)])
def test_how_long_the_api_waits_for_its_authorizer(option: list[str], seconds: float | None) -> None:
    options = parse_options([APP, "--origin", "http-api", "--authorizer", f"lambda={APP}", *option])
    door = find_door(options.origin)
    settings = function_settings(options, door, "http://127.0.0.1:8000", None)
    authorizer = entrance_of(options, door, settings, TerminalLog(History(), True, True))._authorizer
    assert isinstance(authorizer, LambdaAuthorizer)
    assert authorizer._timeout == seconds


# One of each kind of option; the others are for the slow group.
DEFAULT = (
    "rest --authorizer cognito --claims claims.json",
    "vpc-lattice --authorizer iam --claims ines.json",
    "alb --request-context context.json",
    "rest --stage-variables variables.json",
)


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=[] if name_of(case) in DEFAULT else pytest.mark.slow) for case in CASES],
    ids=name_of,
)
def test_the_event(case: Case, files: Path) -> None:
    with Dev(APP, "--origin", case.origin, *case.options.split(), cwd=files) as dev:
        event = event_of(dev.get("/items/7", **case.headers))
    assert {path: found(event, path) for path in case.fields} == case.fields


def test_the_tenant_is_in_the_context(tmp_path: Path) -> None:
    with Dev(APP, "--origin", "rest", "--tenant-id", "blue", cwd=tmp_path) as dev:
        assert dev.get("/").json()["tenant"] == "blue"
    with Dev(APP, "--origin", "rest", cwd=tmp_path) as dev:
        assert dev.get("/").json()["tenant"] is None


# Tokens that are refused

UNAUTHORIZED = '{"message":"Unauthorized"}'
INVALID = 'Bearer error="invalid_token"'


def test_tokens_at_an_http_api(tmp_path: Path) -> None:
    with Dev(APP, "--origin", "http-api", "--authorizer", "jwt", cwd=tmp_path) as dev:
        dev.line("emulator", message="The signatures of tokens aren't verified.")
        for headers, challenge, note in (
            ({}, "Bearer", "there is no token in Authorization"),
            ({"authorization": "Bearer x.y"}, INVALID, "it doesn't have the three parts of a JSON Web Token"),
            ({"authorization": web_token({"exp": time.time() - 1})}, INVALID, "it has expired"),
        ):
            refused = dev.get("/", **headers)
            assert (refused.status_code, refused.text) == (401, UNAUTHORIZED)
            assert refused.headers["www-authenticate"] == challenge
            assert note in str(dev.line("request", status=401)["note"])
        # Null claims have no text in an event.
        event = event_of(dev.get("/", authorization=web_token({"sub": "ines", "email": None})))
        assert event["requestContext"]["authorizer"]["jwt"]["claims"] == {"sub": "ines"}


def test_tokens_at_a_rest_api(tmp_path: Path) -> None:
    with Dev(APP, "--origin", "rest", "--authorizer", "cognito", cwd=tmp_path) as dev:
        for token, body in (
            ("", UNAUTHORIZED),
            ("x", UNAUTHORIZED),
            (web_token({"exp": 1}), '{"message":"The incoming token has expired"}'),
        ):
            refused = dev.get("/", authorization=token)
            assert (refused.status_code, refused.text) == (401, body)
            assert refused.headers["x-amzn-errortype"] == "UnauthorizedException"


# The header with which a page chooses the caller

CLAIMS_HEADER = "x-lambda-dev-claims"


@pytest.mark.parametrize(
    ("origin", "kind", "path", "written"),
    [
        ("http-api", "jwt", "requestContext.authorizer.jwt.claims", {"sub": "eva", "level": "3"}),
        ("rest", "cognito", "requestContext.authorizer.claims", {"sub": "eva", "level": "3"}),
        (
            "http-api",
            "lambda=tests.support.event_app:authorizer",
            "requestContext.authorizer",
            {"lambda": {"sub": "eva", "level": 3}},
        ),
    ],
)
def test_a_page_chooses_the_caller(origin: str, kind: str, path: str, written: object, tmp_path: Path) -> None:
    chosen = {CLAIMS_HEADER: '{"sub": "eva", "level": 3}'}
    with Dev(APP, "--origin", origin, "--authorizer", kind, cwd=tmp_path) as dev:
        event = event_of(dev.get("/", **chosen))
        assert found(event, path) == written
        assert CLAIMS_HEADER not in {name.lower() for name in event["headers"]}
        assert event_of(dev.get("/", **chosen, **{"sec-fetch-site": "same-origin"}))
        nobody = dev.get("/", **TOKEN, **{CLAIMS_HEADER: "null"})
        assert (nobody.status_code, nobody.text) == (401, UNAUTHORIZED)


def test_a_page_chooses_the_identity(files: Path) -> None:
    with Dev(APP, "--authorizer", "iam", "--claims", "ines.json", cwd=files) as dev:
        chosen = {CLAIMS_HEADER: json.dumps({"userArn": "arn:aws:iam::1:user/eva"})}
        path = "requestContext.authorizer.iam.userArn"
        assert found(event_of(dev.get("/", **chosen)), path) == "arn:aws:iam::1:user/eva"
        assert found(event_of(dev.get("/")), path) == ARN


@pytest.mark.parametrize(
    ("headers", "status", "message"),
    [
        ({CLAIMS_HEADER: "{"}, 400, "x-lambda-dev-claims is a JSON object or null, got '{'"),
        ({CLAIMS_HEADER: "[" * 9000}, 400, "x-lambda-dev-claims is a JSON object or null, got '[[["),
        (
            {CLAIMS_HEADER: '{"a": null}'},
            400,
            "The front door can't write the value of 'a' in the authorizer as text: None",
        ),
        ({CLAIMS_HEADER: "{}", "sec-fetch-site": "cross-site"}, 403, "x-lambda-dev-claims is only accepted from this"),
        ({CLAIMS_HEADER: "{}", "sec-fetch-site": "same-site"}, 403, "x-lambda-dev-claims is only accepted from this"),
        ({CLAIMS_HEADER: "{}", "host": "evil.example"}, 403, "x-lambda-dev-claims is only accepted from this machine"),
        ({CLAIMS_HEADER: "{}", "x-forwarded-for": "203.0.113.7"}, 403, "x-lambda-dev-claims is only accepted from"),
        ({CLAIMS_HEADER: "{}", "x-forwarded-for": "elsewhere"}, 403, "x-lambda-dev-claims is only accepted from this"),
    ],
)
def test_a_choice_that_is_refused(headers: dict[str, str], status: int, message: str, jwt_dev: Dev) -> None:
    refused = jwt_dev.get("/", **headers)
    assert refused.status_code == status
    assert refused.json()["message"].startswith(message)


@pytest.mark.parametrize("port", ["", ":{}"])
@pytest.mark.parametrize("path", ["/", "/_lambda/events", "/_lambda", "/_lambda/invocations/1"])
def test_a_page_with_dns_rebinding_reads_nothing_of_the_emulator(jwt_dev: Dev, path: str, port: str) -> None:
    """A browser takes the page of evil.example, a name of 127.0.0.1 by now, for one of the same origin."""
    host = f"evil.example{port.format(httpx.URL(jwt_dev.url).port)}"
    chosen = {"host": host, "sec-fetch-site": "same-origin", CLAIMS_HEADER: '{"sub": "eva"}'}
    refused = jwt_dev.get(path, **chosen)
    assert refused.status_code == 403
    assert "evil.example" in refused.text


def test_a_page_on_the_api_s_domain_chooses_the_caller(tmp_path: Path) -> None:
    options = ["--origin", "http-api", "--authorizer", "jwt", "--domain", "api.shop.example"]
    with Dev(APP, *options, cwd=tmp_path) as dev:
        chosen = dev.get("/", **{"host": "api.shop.example", CLAIMS_HEADER: '{"sub": "eva"}'})
        assert found(event_of(chosen), "requestContext.authorizer.jwt.claims") == {"sub": "eva"}


@pytest.fixture(scope="module")
def jwt_dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    with Dev(APP, "--origin", "http-api", "--authorizer", "jwt", cwd=tmp_path_factory.mktemp("jwt")) as dev:
        yield dev


def test_without_an_authorizer_the_header_is_like_any_other(tmp_path: Path) -> None:
    with Dev(APP, "--origin", "http-api", cwd=tmp_path) as dev:
        event = event_of(dev.get("/", **{CLAIMS_HEADER: "{}"}))
        assert event["headers"][CLAIMS_HEADER] == "{}"
        assert "authorizer" not in event["requestContext"]
