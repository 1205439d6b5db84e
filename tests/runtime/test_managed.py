"""Apps as plain handlers: an event in, a result out, in this process."""

import json
import logging
from collections.abc import Callable, Iterable
from typing import Protocol, cast

import pytest

from lambda_http_adapter import asgi_handler, wsgi_handler
from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from lambda_http_adapter.errors import (
    AdapterError,
    ConfigurationError,
    FailedStatusError,
    ResponseTooLargeError,
    UnknownOriginError,
)
from tests.support.invocation import CONTEXT
from tests.support.invocation import EVENT as PAYLOAD
from tests.support.paths import EVENTS

Object = dict[str, object]
Handler = Callable[[object, object], object]

EVENT: Object = json.loads(PAYLOAD)

# What an app does with a request, whatever it speaks: path and body in; status, headers and body out.
View = Callable[[str, bytes], tuple[str, list[tuple[str, str]], bytes]]


class Make(Protocol):
    """A view as an app of one colour, and that as a handler."""

    def __call__(self, view: View, **options: object) -> Handler: ...


def from_asgi(view: View, **options: object) -> Handler:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        status, headers, body = view(cast("str", scope["path"]), cast("bytes", (await receive())["body"]))
        raw = [(name.encode(), value.encode()) for name, value in headers]
        await send({"type": "http.response.start", "status": int(status[:3]), "headers": raw})
        await send({"type": "http.response.body", "body": body[:3], "more_body": True})
        await send({"type": "http.response.body", "body": body[3:]})

    return asgi_handler(app, **options)  # type: ignore[arg-type]


def from_wsgi(view: View, **options: object) -> Handler:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = (environ["SCRIPT_NAME"] + environ["PATH_INFO"]).encode("latin-1").decode()
        status, headers, body = view(path, environ["wsgi.input"].read())
        start_response(status, headers)
        return [body[:3], body[3:]]

    return wsgi_handler(app, **options)  # type: ignore[arg-type]


both_colours = pytest.mark.parametrize("make", [from_asgi, from_wsgi], ids=["asgi", "wsgi"])


def event(path: str = "/", body: str | None = None) -> Object:
    return EVENT | {"rawPath": path, "body": body}


def status_of(answer: object) -> object:
    return cast("Object", answer)["statusCode"]


COOKIES = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2; Path=/")]


def mirror(path: str, body: bytes) -> tuple[str, list[tuple[str, str]], bytes]:
    return "201 Created", [("Content-Type", "text/plain; charset=utf-8"), *COOKIES], f"{path}: ".encode() + body


BODY = '{"message":"hello from the public internet","unicode":"lambda-λ"}'
HEADERS = {"content-type": "text/plain; charset=utf-8"}
MULTI = {"content-type": ["text/plain; charset=utf-8"], "set-cookie": ["a=1", "b=2; Path=/"]}

RESULTS: dict[str, object] = {
    "alb/live": {
        "statusCode": 201,
        "statusDescription": "201 Created",
        "multiValueHeaders": MULTI,
        "body": f"/capture/space value: {BODY}",
        "isBase64Encoded": False,
    },
    "alb/plain": {
        "statusCode": 201,
        "statusDescription": "201 Created",
        "headers": {**HEADERS, "set-cookie": "a=1", "Set-cookie": "b=2; Path=/"},
        "body": "/items: ",
        "isBase64Encoded": False,
    },
    "api_gateway_v1/live": {
        "statusCode": 201,
        "multiValueHeaders": MULTI,
        "body": f"/live/capture/space value: {BODY}",
        "isBase64Encoded": False,
    },
    "api_gateway_v2/live": {
        "statusCode": 201,
        "headers": HEADERS,
        "cookies": ["a=1", "b=2; Path=/"],
        "body": f"/capture/space value: {BODY}",
        "isBase64Encoded": False,
    },
    "function_url/live": {
        "statusCode": 201,
        "headers": HEADERS,
        "cookies": ["a=1", "b=2; Path=/"],
        "body": f"/capture/space value: {BODY}",
        "isBase64Encoded": False,
    },
    "function_url/base64_body": {
        "statusCode": 201,
        "headers": HEADERS,
        "cookies": ["a=1", "b=2; Path=/"],
        "body": "L3VwbG9hZDogLS14DQpjb250ZW50LWRpc3Bvc2l0aW9uOiBmb3JtLWRhdGE7IG5hbWU9ImYiDQoNCv8NCi0teC0tDQo=",
        "isBase64Encoded": True,
    },
    "lambda_edge/viewer_request_post_base64": {
        "status": "201",
        "statusDescription": "Created",
        "headers": {
            "content-type": [{"key": "content-type", "value": "text/plain; charset=utf-8"}],
            "set-cookie": [{"key": "set-cookie", "value": "a=1"}, {"key": "set-cookie", "value": "b=2; Path=/"}],
        },
        "body": '/orders: {"item":"pencil"}',
        "bodyEncoding": "text",
    },
    "vpc_lattice/v2_lists": {
        "statusCode": 201,
        "headers": {**HEADERS, "set-cookie": "a=1", "Set-cookie": "b=2; Path=/"},
        "body": "/newpath: ",
        "isBase64Encoded": False,
    },
    "websocket/message_custom_route": {
        "statusCode": 201,
        "headers": {**HEADERS, "set-cookie": "a=1", "Set-cookie": "b=2; Path=/"},
        "body": '/sendmessage: {"action": "sendmessage", "data": "hi all"}',
        "isBase64Encoded": False,
    },
}


@both_colours
@pytest.mark.parametrize("name", RESULTS)
def test_every_origin(make: Make, name: str, caplog: pytest.LogCaptureFixture) -> None:
    result = make(mirror)(json.loads((EVENTS / f"{name}.json").read_bytes()), CONTEXT)
    assert result == RESULTS[name]
    assert json.loads(json.dumps(result)) == result
    assert [record for record in caplog.records if record.levelno > logging.WARNING] == []


@both_colours
def test_any_other_event_is_posted_to_a_path(make: Make) -> None:
    queue = json.loads((EVENTS / "pass_through/sqs.json").read_bytes())
    posted: list[tuple[str, object]] = []

    def view(path: str, body: bytes) -> tuple[str, list[tuple[str, str]], bytes]:
        posted.append((path, json.loads(body)))
        return "200 OK", [("Content-Type", "application/json")], b'{"batchItemFailures": []}'

    assert make(view)(queue, CONTEXT) == {"batchItemFailures": []}
    assert make(view, pass_through_path="/queue")(queue, CONTEXT) == {"batchItemFailures": []}
    assert posted == [("/events", queue), ("/queue", queue)]


def told(status: str, body: bytes = b"") -> View:
    return lambda *_: (status, [("Content-Type", "text/plain")], body)


def raising(path: str, body: bytes) -> tuple[str, list[tuple[str, str]], bytes]:
    raise ValueError("boom")


# What must be a failed invocation.
FAILURES: list[tuple[str, View, Object, object, type[AdapterError], str]] = [
    (
        "a status that counts as one",
        told("503 Service Unavailable", b"closed for lunch"),
        {"fail_on_status": "500,502-504"},
        EVENT,
        FailedStatusError,
        r"^The app answered with status 503: closed for lunch$",
    ),
    (
        "a crash whose 500 counts as one",
        raising,
        {"fail_on_status": "500"},
        EVENT,
        FailedStatusError,
        r"^The app answered with status 500: Internal Server Error$",
    ),
    (
        "a body that is too large",
        told("200 OK", b"x" * 6_291_557),
        {},
        EVENT,
        ResponseTooLargeError,
        r"^The response is 6,291,557 bytes as function_url carries it, the limit is 6,291,556\. ",
    ),
    (
        "a body that base64 makes too large",
        told("200 OK", b"\xff" * 4_718_668),
        {},
        EVENT,
        ResponseTooLargeError,
        r"^The response is 6,291,560 bytes as function_url carries it, ",
    ),
    (
        "a body that is too large for a load balancer",
        told("200 OK", b"x" * 1_048_577),
        {},
        {"requestContext": {"elb": {}}, "httpMethod": "GET", "path": "/"},
        ResponseTooLargeError,
        r"^The response is 1,048,577 bytes as alb carries it, ",
    ),
    (
        "an event that nobody is to see",
        raising,
        {"pass_through_path": None},
        {"detail-type": "Scheduled Event"},
        UnknownOriginError,
        r"; it got an object with the keys 'detail-type'\. ",
    ),
    (
        "an event that the app refuses",
        told("500 Oh No", b"not now"),
        {},
        {"Records": []},
        FailedStatusError,
        r"^The app answered with status 500 at /events\. .*pass_through_path.*on_event\. The response: not now$",
    ),
]


@both_colours
@pytest.mark.parametrize(
    ("view", "options", "event", "error", "message"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES]
)
def test_failures(
    make: Make, view: View, options: Object, event: object, error: type[AdapterError], message: str
) -> None:
    with pytest.raises(error, match=message) as raised:
        make(view, **options)(event, CONTEXT)
    assert type(raised.value) is error


@both_colours
def test_a_status_outside_the_list_is_an_answer(make: Make) -> None:
    assert status_of(make(told("501 No"), fail_on_status="500,502-504")(EVENT, CONTEXT)) == 501


@both_colours
def test_a_crash_is_answered_500_and_the_next_call_served(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    views = iter([raising, told("200 OK")])

    def view(path: str, body: bytes) -> tuple[str, list[tuple[str, str]], bytes]:
        return next(views)(path, body)

    handler = make(view)
    assert handler(EVENT, CONTEXT) == {
        "statusCode": 500,
        "headers": {"content-type": "text/plain; charset=utf-8"},
        "body": "Internal Server Error",
        "isBase64Encoded": False,
    }
    (record,) = caplog.records
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "boom"
    assert status_of(handler(EVENT, CONTEXT)) == 200


@both_colours
@pytest.mark.parametrize("context", [CONTEXT, None, object()])
def test_the_context_is_handed_on_as_it_is(make: Make, context: object) -> None:
    seen: list[object] = []

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["aws.context"])

    def wsgi(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        seen.append(environ["aws.context"])
        return []

    handler = asgi_handler(asgi, lifespan="off") if make is from_asgi else wsgi_handler(wsgi)
    handler(EVENT, context)
    assert len(seen) == 1
    assert seen[0] is context


@both_colours
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"base_bath": "/v1"}, r"^Unknown option 'base_bath'; did you mean 'base_path'"),
        ({"trusted_proxies": "some"}, r"^The option trusted_proxies is 'some'; expected "),
        ({"invoke_mode": "response_stream"}, r"can't stream"),
    ],
)
def test_wrong_options_are_told_when_the_handler_is_made(make: Make, options: Object, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        make(mirror, **options)


@both_colours
def test_options_come_from_the_environment_too(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMBDA_HTTP_ADAPTER_FAIL_ON_STATUS", "201")
    with pytest.raises(FailedStatusError):
        make(mirror)(EVENT, CONTEXT)
    assert status_of(make(mirror, fail_on_status="")(EVENT, CONTEXT)) == 201


@both_colours
@pytest.mark.parametrize("ping", [{"source": "serverless-plugin-warmup"}, {"warmer": True}, {}])
def test_a_warm_up_ping_is_answered_without_the_app(make: Make, ping: Object, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "lambda_http_adapter"):
        assert make(raising)(ping, CONTEXT) is None
    record = caplog.records[-1]
    assert (record.levelname, record.getMessage()) == ("DEBUG", "Answered a warm-up ping without the app")


@both_colours
def test_a_warm_up_ping_is_an_error_where_no_path_is_configured(make: Make) -> None:
    with pytest.raises(UnknownOriginError):
        make(mirror, pass_through_path=None)({"warmer": True}, CONTEXT)


@both_colours
@pytest.mark.parametrize("status", ["302 Found", "304 Not Modified", "404 Not Found", "405 Method Not Allowed"])
def test_a_queue_s_message_is_not_lost_in_silence(make: Make, status: str) -> None:
    queue = json.loads((EVENTS / "pass_through/sqs.json").read_bytes())
    with pytest.raises(FailedStatusError, match=f"with status {status[:3]} at /queue"):
        make(told(status), pass_through_path="/queue")(queue, CONTEXT)
