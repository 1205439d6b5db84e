"""What docs/guides/auth.md says of callers, sessions and headers is what happens."""

import json

import httpx
import pytest
from fastapi import Depends, FastAPI
from fastapi.security import HTTPBasic

from lambda_http_adapter import lambda_request
from lambda_http_adapter._types import Receive, Scope, Send
from lambda_http_adapter.testing import FrontDoor
from tests.support.guide import PAGES
from tests.support.guide_modules import SITE, Import, client, import_from

__all__ = ["import_from"]


def test_a_caller_without_an_authorizer_is_refused(import_from: Import) -> None:
    app = import_from("guides/auth", "main").app
    with client(app, "http-api", authorizer={"jwt": {"claims": {"sub": "ines"}}}) as door:
        assert door.get("/me").json() == {"user": "ines"}
    with client(app, "http-api") as door:
        assert door.get("/me").status_code == 401


@pytest.mark.parametrize(
    ("origin", "claim"),
    [("function-url", "userArn"), ("rest", "userArn"), ("http-api", "userArn"), ("vpc-lattice", "principal")],
)
def test_the_claims_of_iam_have_the_arn(origin: FrontDoor, claim: str) -> None:
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(lambda_request(scope).authorizer)
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    arn = "arn:aws:iam::123456789012:user/ines"
    with client(app, origin, authorizer={"iam": {"userArn": arn}}, lifespan="off") as door:
        door.get("/")
    assert [authorizer.claims[claim] for authorizer in seen if authorizer] == [arn]


def test_the_signature_is_for_lambda_in_the_region(import_from: Import) -> None:
    signed = import_from("guides/auth", "signed").Signed("eu-west-1")
    requests = []

    def keep(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(204)

    with httpx.Client(transport=httpx.MockTransport(keep), auth=signed, base_url=SITE) as signing:
        signing.post("/orders?b=2&a=1", json={"item": "pencil"})
    (request,) = requests
    scope = request.headers["authorization"].partition("Credential=")[2].partition(",")[0]
    assert scope.split("/")[0] == "AKIDEXAMPLE"
    assert scope.split("/")[2:] == ["eu-west-1", "lambda", "aws4_request"]
    assert json.loads(request.content) == {"item": "pencil"}


def test_a_session_is_the_same_in_each_environment(import_from: Import) -> None:
    app = import_from("guides/auth", "sessions").app
    with client(app) as first:
        cookie = first.post("/login").headers["set-cookie"]
    assert "secure" in cookie.lower()
    with client(app) as second:
        assert second.get("/me", headers={"cookie": cookie.partition(";")[0]}).json() == "ines"
        assert second.get("/me").json() is None


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("function-url", "x-amzn-remapped-www-authenticate"),
        ("rest", "x-amzn-remapped-www-authenticate"),
        ("http-api", "www-authenticate"),
        ("alb", "www-authenticate"),
    ],
)
def test_the_name_of_www_authenticate(origin: FrontDoor, name: str) -> None:
    row = "HTTP API, load balancer" if name.startswith("www") else "Function URL, REST API"
    assert f"| {row} | `{name}` |" in PAGES["guides/auth"].read_text()
    app = FastAPI(dependencies=[Depends(HTTPBasic())])
    app.get("/")(lambda: "in")
    with client(app, origin) as door:
        response = door.get("/")
        assert response.status_code == 401
        assert [header for header in response.headers if "www" in header.lower()] == [name]
        assert door.get("/", auth=("ines", "secret")).json() == "in"
