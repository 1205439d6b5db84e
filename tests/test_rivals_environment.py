"""What an app brings along from another adapter: its variables, its keys; and what no client may bring along."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Literal, cast

import pytest

from lambda_http_adapter import asgi_handler, wsgi_handler
from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from lambda_http_adapter._values.config import _FALLBACKS
from lambda_http_adapter.errors import FailedStatusError
from tests.support.invocation import CONTEXT
from tests.support.paths import EVENTS, ROOT

Handler = Callable[[object, object], object]
Colour = Literal["asgi", "wsgi"]

RIVAL_KEYS = {
    "apig_wsgi.context",
    "apig_wsgi.full_event",
    "apig_wsgi.multi_value_headers",
    "apig_wsgi.request_context",
    "serverless.authorizer",
    "serverless.context",
    "serverless.event",
}

both_colours = pytest.mark.parametrize("colour", ["asgi", "wsgi"])

# An event loop that is collected before it is closed warns: on Lambda it lives as long as the process, here too.
_KEPT: list[Handler] = []


def event(name: str) -> dict[str, object]:
    return cast("dict[str, object]", json.loads((EVENTS / f"{name}.json").read_bytes()))


class App:
    """Answers JSON with ``status`` and remembers the request as both colours know it: in CGI's names."""

    def __init__(self, status: int = 200) -> None:
        self._status = status
        self.request: dict[str, object] = {}

    async def asgi(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(scope["type"])
        root, path = cast("str", scope["root_path"]), cast("str", scope["path"])
        self.request = {
            "REQUEST_METHOD": scope["method"],
            "SCRIPT_NAME": root,
            "PATH_INFO": path.removeprefix(root),
            "body": (await receive())["body"],
        }
        for name, value in cast("list[tuple[bytes, bytes]]", scope["headers"]):
            self.request["HTTP_" + name.decode().upper().replace("-", "_")] = value.decode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"seen":true}'})

    def wsgi(self, environ: Environ, start_response: StartResponse) -> list[bytes]:
        self.request = {**environ, "body": environ["wsgi.input"].read()}
        start_response(f"{self._status} As Asked", [("content-type", "application/json")])
        return [b'{"seen":true}']

    def handler(self, colour: Colour) -> Handler:
        _KEPT.append(asgi_handler(self.asgi) if colour == "asgi" else wsgi_handler(self.wsgi))
        return _KEPT[-1]


@both_colours
def test_remove_base_path(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LWA_REMOVE_BASE_PATH", "/shop")
    app = App()
    app.handler(colour)(event("api_gateway_v2/base_path"), CONTEXT)
    assert (app.request["SCRIPT_NAME"], app.request["PATH_INFO"]) == ("/shop", "/orders/7")


@both_colours
def test_pass_through_path(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LWA_PASS_THROUGH_PATH", "/hooks")
    app, message = App(), event("pass_through/sqs")
    assert app.handler(colour)(message, CONTEXT) == {"seen": True}
    assert (app.request["REQUEST_METHOD"], app.request["PATH_INFO"]) == ("POST", "/hooks")
    assert json.loads(cast("bytes", app.request["body"])) == message


@both_colours
@pytest.mark.parametrize("status", [500, 501, 502, 504, 505])
def test_error_status_codes(colour: Colour, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LWA_ERROR_STATUS_CODES", "500,502-504")
    handler = App(status).handler(colour)
    if status in (501, 505):
        assert cast("dict[str, object]", handler(event("alb/plain"), CONTEXT))["statusCode"] == status
    else:
        with pytest.raises(FailedStatusError, match=rf'^The app answered with status {status}: {{"seen":true}}$'):
            handler(event("alb/plain"), CONTEXT)


@both_colours
def test_authorization_source(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LWA_AUTHORIZATION_SOURCE", "X-Client-Authorization")
    signed = event("function_url/iam_authorizer")
    headers = cast("dict[str, str]", signed["headers"])
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 ")
    headers["x-client-authorization"] = "Bearer mine"
    app = App()
    app.handler(colour)(signed, CONTEXT)
    assert app.request["HTTP_AUTHORIZATION"] == "Bearer mine"
    assert "HTTP_X_CLIENT_AUTHORIZATION" not in app.request


@both_colours
def test_authorization_stays_where_the_source_is_absent(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LWA_AUTHORIZATION_SOURCE", "X-Client-Authorization")
    app = App()
    app.handler(colour)(event("function_url/iam_authorizer"), CONTEXT)
    assert cast("str", app.request["HTTP_AUTHORIZATION"]).startswith("AWS4-HMAC-SHA256 ")


def test_our_own_variable_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LWA_REMOVE_BASE_PATH", "/shop/orders")
    monkeypatch.setenv("LAMBDA_HTTP_ADAPTER_BASE_PATH", "/shop")
    app = App()
    app.handler("wsgi")(event("api_gateway_v2/base_path"), CONTEXT)
    assert app.request["PATH_INFO"] == "/orders/7"


def test_the_argument_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LWA_ERROR_STATUS_CODES", "500-599")
    answer = wsgi_handler(App(503).wsgi, fail_on_status="")(event("alb/plain"), CONTEXT)
    assert cast("dict[str, object]", answer)["statusCode"] == 503


HTTP_EVENTS = [
    "api_gateway_v1/plain",
    "api_gateway_v2/plain",
    "function_url/plain",
    "alb/plain",
    "websocket/message_default",
    "vpc_lattice/v2_strings",
    "lambda_edge/viewer_request_get",
    "pass_through/sqs",
]


@both_colours
@pytest.mark.parametrize("name", HTTP_EVENTS)
def test_failing_statuses_fail_behind_every_front_door(
    colour: Colour, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAMBDA_HTTP_ADAPTER_FAIL_ON_STATUS", "207")
    with pytest.raises(FailedStatusError, match=r"^The app answered with status 207: "):
        App(207).handler(colour)(event(name), CONTEXT)


def spoofed() -> Iterator[str]:
    for path in sorted(EVENTS.glob("*/*spoofed*.json")):
        yield f"{path.parent.name}/{path.stem}"


@both_colours
@pytest.mark.parametrize("name", list(spoofed()))
def test_nobody_can_pose_as_lambda(colour: Colour, name: str) -> None:
    app = App()
    app.handler(colour)(event(name), CONTEXT)
    assert not {"HTTP_X_AMZN_REQUEST_CONTEXT", "HTTP_X_AMZN_LAMBDA_CONTEXT", "HTTP_X_AMZ_TENANT_ID"} & set(app.request)


def test_every_front_door_with_headers_has_such_an_event() -> None:
    assert {name.partition("/")[0] for name in spoofed()} == {
        name.partition("/")[0] for name in HTTP_EVENTS if not name.startswith("pass_through")
    }


def test_keys_of_other_adapters_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    authorised = event("api_gateway_v1/lambda_authorizer")
    context = cast("dict[str, object]", authorised["requestContext"])
    app = App()
    wsgi_handler(app.wsgi, rival_keys=True)(authorised, CONTEXT)
    assert {key: app.request.get(key) for key in RIVAL_KEYS} == {
        "apig_wsgi.context": CONTEXT,
        "apig_wsgi.full_event": authorised,
        "apig_wsgi.multi_value_headers": "multiValueHeaders" in authorised,
        "apig_wsgi.request_context": context,
        "serverless.authorizer": context["authorizer"],
        "serverless.context": CONTEXT,
        "serverless.event": authorised,
    }
    monkeypatch.setenv("LAMBDA_HTTP_ADAPTER_RIVAL_KEYS", "true")
    app.handler("wsgi")(authorised, CONTEXT)
    assert set(app.request) >= RIVAL_KEYS


def test_no_keys_of_other_adapters_otherwise() -> None:
    app = App()
    app.handler("wsgi")(event("api_gateway_v1/lambda_authorizer"), CONTEXT)
    assert [key for key in app.request if key.startswith(("apig_wsgi.", "serverless."))] == []


def test_the_guide_names_the_variables_that_are_read() -> None:
    guide = (ROOT / "docs" / "migrate" / "lambda-web-adapter.md").read_text()
    named = re.findall(r"^\| `(AWS_LWA_\w+)` \| `(\w+)` \|$", guide, re.MULTILINE)
    assert sorted(named) == sorted((variable, option) for option, variable in _FALLBACKS.items())
