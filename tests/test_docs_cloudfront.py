"""What docs/cloudfront.md shows is what happens."""

import json
import re
import shutil
import subprocess
from hashlib import sha256
from typing import Any

import httpx
import pytest

from lambda_http_adapter import asgi_handler, wsgi_handler
from lambda_http_adapter._types import Environ, StartResponse
from lambda_http_adapter.testing import LambdaTransport, make_event
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "cloudfront.md").read_text()
NODE = shutil.which("node")
VIEWER, CLOUDFRONT = "198.51.100.9", "130.176.1.1"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.+?)^```", PAGE, re.MULTILINE | re.DOTALL)


def names_of(block: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "page"}
    exec(block, names)
    return names


APP, REQUEST, EDGE = blocks("python")


def test_the_page_has_these_blocks() -> None:
    assert [len(blocks(language)) for language in ("python", "javascript", "yaml")] == [3, 1, 1]


def test_the_app_sees_the_viewer_and_its_url() -> None:
    options = dict(re.findall(r"(\w+)=([^,)]+)", APP.partition("run_asgi(app, ")[2]))
    assert options == {"forwarded_host": '"x-forwarded-host"', "trusted_proxies": "1"}
    transport = LambdaTransport(
        names_of(APP)["app"], client=CLOUDFRONT, forwarded_host="x-forwarded-host", trusted_proxies=1
    )
    with httpx.Client(transport=transport, base_url="https://abc.lambda-url.us-east-1.on.aws") as client:
        headers = {"x-forwarded-host": "www.example.com", "x-forwarded-for": VIEWER}
        assert client.get("/me", headers=headers).json() == {"client": VIEWER, "url": "https://www.example.com/me"}


@pytest.mark.skipif(NODE is None, reason="There is no node on the PATH")
@pytest.mark.parametrize("authorization", [None, "Bearer token"])
def test_the_cloudfront_function_copies_the_headers(authorization: str | None) -> None:
    assert NODE is not None
    headers = {"host": {"value": "www.example.com"}}
    if authorization is not None:
        headers["authorization"] = {"value": authorization}
    (function,) = blocks("javascript")
    program = f"{function}\nconsole.log(JSON.stringify(handler({json.dumps({'request': {'headers': headers}})})))"
    done = subprocess.run([NODE, "-e", program], capture_output=True, text=True, check=True)
    seen = {name: field["value"] for name, field in json.loads(done.stdout)["headers"].items()}
    assert seen["x-forwarded-host"] == "www.example.com"
    assert seen.get("x-authorization") == authorization


def test_both_permissions_are_granted() -> None:
    (template,) = blocks("yaml")
    assert re.findall(r"Action: (\S+)", template) == ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]
    assert template.count("InvokedViaFunctionUrl: true") == 1


def test_the_request_has_the_hash_of_its_body() -> None:
    request = names_of(REQUEST)["request"]
    assert request.headers["x-amz-content-sha256"] == sha256(request.content).hexdigest()


@pytest.mark.parametrize("status", [200, 401])
def test_the_edge_function_renames_the_header(status: int) -> None:
    headers = {"x-amzn-remapped-www-authenticate": [{"key": "x-amzn-Remapped-WWW-Authenticate", "value": "Basic"}]}
    kept = {"vary": [{"key": "vary", "value": "accept"}]}
    event = {"Records": [{"cf": {"response": {"status": str(status), "headers": headers | kept}}}]}
    answer = names_of(EDGE)["handler"](event, None)
    assert answer["headers"] == kept | {"www-authenticate": [{"key": "WWW-Authenticate", "value": "Basic"}]}
    assert names_of(EDGE)["handler"](event, None) == answer


# The header as it arrives at the load balancer, and what each mode makes of it.
MODES = {
    "append": f"{VIEWER}, {CLOUDFRONT}",
    "preserve": VIEWER,
    "remove": None,
}


@pytest.mark.parametrize(
    ("mode", "trusted_proxies", "client"),
    [
        ("append", 0, CLOUDFRONT),
        ("append", 1, VIEWER),
        ("preserve", 0, VIEWER),
        ("remove", 0, None),
        ("remove", 1, None),
    ],
)
def test_the_modes_of_a_load_balancer(mode: str, trusted_proxies: int, client: str | None) -> None:
    def app(environ: Environ, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [])
        return [str(environ.get("REMOTE_ADDR")).encode()]

    assert f"| `{mode}`" in PAGE
    event = make_event("GET", "/", origin="alb")
    headers = event["headers"]
    assert isinstance(headers, dict)
    headers.pop("x-forwarded-for")
    if (forwarded := MODES[mode]) is not None:
        headers["x-forwarded-for"] = forwarded
    result = wsgi_handler(app, trusted_proxies=trusted_proxies)(event, None)
    assert isinstance(result, dict)
    assert result["body"] == str(client)


def test_a_transform_that_removes_a_prefix_needs_the_root_path() -> None:
    app = names_of(APP)["app"]
    result = asgi_handler(app, root_path="/shop")(make_event("GET", "/me", origin="alb"), None)
    assert isinstance(result, dict)
    assert json.loads(result["body"])["url"].endswith("/shop/me")
