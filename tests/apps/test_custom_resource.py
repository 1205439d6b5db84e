"""A custom resource of CloudFormation: there is one answer at the event's ResponseURL, whatever the handler does."""

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from lambda_http_adapter import asgi_handler, wsgi_handler
from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from lambda_http_adapter.errors import AppError
from tests.support.paths import EVENTS

Event = dict[str, Any]
Handler = Callable[..., object]
EVENT: Event = json.loads((EVENTS / "pass_through/cloudformation_custom_resource.json").read_bytes())


class CloudFormation(HTTPServer):
    """Keeps what is PUT to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Put)
        self.url = f"http://127.0.0.1:{self.server_port}/answer?signature=1"
        self.status = 200
        self.garbage = False
        self.answers: list[Event] = []
        self.content_types: list[str | None] = []


class _Put(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        assert isinstance(self.server, CloudFormation)
        self.server.answers.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.server.content_types.append(self.headers["content-type"])
        if self.server.garbage:
            self.wfile.write(b"garbage\r\n\r\n")
            return
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def cloudformation() -> Iterator[CloudFormation]:
    with CloudFormation() as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server
        server.shutdown()
        thread.join()


async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError


def wsgi(environ: Environ, start_response: StartResponse) -> list[bytes]:
    raise AssertionError


def from_asgi(handler: Handler) -> Callable[[object, object], object]:
    return asgi_handler(asgi, lifespan="off", on_event={"cloudformation": handler})


def from_wsgi(handler: Handler) -> Callable[[object, object], object]:
    return wsgi_handler(wsgi, on_event={"cloudformation": handler})


colours = pytest.mark.parametrize("make", [from_asgi, from_wsgi], ids=["ASGI", "WSGI"])


def context(milliseconds: int = 60_000) -> SimpleNamespace:
    return SimpleNamespace(
        aws_request_id="r-1",
        log_stream_name="2026/01/31/[$LATEST]x",
        get_remaining_time_in_millis=lambda: milliseconds,
    )


def answer(status: str, **fields: object) -> Event:
    return {
        "Status": status,
        "PhysicalResourceId": "2026/01/31/[$LATEST]x",
        "StackId": EVENT["StackId"],
        "RequestId": "7f9a3b1e",
        "LogicalResourceId": "Seed",
        **fields,
    }


def raising(error: BaseException) -> Handler:
    def handler(event: Event) -> None:
        raise error

    return handler


class Unspeakable(Exception):  # noqa: N818
    def __str__(self) -> str:
        raise ValueError


REFUSED = (
    "ResultError: The handler of a custom resource returns None, or a dict of PhysicalResourceId, Data and NoEcho; it "
    "returned "
)
TOO_LONG = "The handler's answer has {} bytes; CloudFormation takes 4096."
OUTCOMES: list[tuple[str, Handler, Event]] = [
    ("nothing", lambda event: None, answer("SUCCESS")),
    ("data", lambda event: {"Data": {"Rows": 3}}, answer("SUCCESS", Data={"Rows": 3})),
    (
        "an id",
        lambda event: {"PhysicalResourceId": "seed-1", "NoEcho": True},
        answer("SUCCESS", PhysicalResourceId="seed-1", NoEcho=True),
    ),
    ("raises", raising(ValueError("no table")), answer("FAILED", Reason="ValueError: no table")),
    ("raises at length", raising(ValueError("x" * 5000)), answer("FAILED", Reason="ValueError: " + "x" * 988)),
    ("raises in Chinese", raising(ValueError("表" * 500)), answer("FAILED", Reason="ValueError: " + "表" * 150)),
    ("raises what has no text", raising(Unspeakable()), answer("FAILED", Reason="Unspeakable: ")),
    ("leaves", raising(SystemExit(3)), answer("FAILED", Reason="AppError: The app left with SystemExit(3)")),
    ("a text", lambda event: "done", answer("FAILED", Reason=f'{REFUSED}"done".')),
    ("another field", lambda event: {"Status": "OK"}, answer("FAILED", Reason=f'{REFUSED}{{"Status":"OK"}}.')),
    ("no id", lambda event: {"PhysicalResourceId": None}, answer("SUCCESS")),
    (
        "too much",
        lambda event: {"PhysicalResourceId": "seed-1", "Data": {"Rows": "x" * 4096}},
        answer("FAILED", PhysicalResourceId="seed-1", Reason=TOO_LONG.format(4291)),
    ),
    (
        "too long an id",
        lambda event: {"PhysicalResourceId": "x" * 4096},
        answer("FAILED", Reason=TOO_LONG.format(4266)),
    ),
    (
        "a stream",
        lambda event: iter([b'{"Data":', b'{"a":1}}']),
        answer("SUCCESS", Data={"a": 1}),
    ),
    (
        "no JSON",
        lambda event: {"Data": object()},
        answer(
            "FAILED",
            Reason="ResultError: The handler returned an object in a dict, which JSON can't hold.",
        ),
    ),
]


@colours
@pytest.mark.parametrize(("handler", "expected"), [row[1:] for row in OUTCOMES], ids=[row[0] for row in OUTCOMES])
def test_there_is_one_answer(
    cloudformation: CloudFormation,
    make: Callable[[Handler], Callable[..., object]],
    handler: Handler,
    expected: Event,
) -> None:
    assert make(handler)(EVENT | {"ResponseURL": cloudformation.url}, context()) is None
    (told,) = cloudformation.answers
    if expected.get("Reason", "").startswith("ResultError: The handler returned"):
        assert told["Reason"].startswith("ResultError: ")
        told["Reason"] = expected["Reason"]
    assert told == expected
    assert cloudformation.content_types in ([""], [None])


async def later(event: Event) -> Event:
    await asyncio.sleep(0)
    return {"Data": {"Rows": 3}}


def test_an_async_handler(cloudformation: CloudFormation) -> None:
    from_asgi(later)(EVENT | {"ResponseURL": cloudformation.url}, context())
    assert cloudformation.answers == [answer("SUCCESS", Data={"Rows": 3})]


@colours
def test_an_update_keeps_the_id(
    cloudformation: CloudFormation, make: Callable[[Handler], Callable[..., object]]
) -> None:
    event = EVENT | {"ResponseURL": cloudformation.url, "RequestType": "Update", "PhysicalResourceId": "seed-1"}
    make(lambda event: None)(event, None)
    assert cloudformation.answers == [answer("SUCCESS", PhysicalResourceId="seed-1")]


@colours
def test_without_a_context_the_id_is_the_request_s(
    cloudformation: CloudFormation, make: Callable[[Handler], Callable[..., object]]
) -> None:
    make(lambda event: None)(EVENT | {"ResponseURL": cloudformation.url}, None)
    assert cloudformation.answers == [answer("SUCCESS", PhysicalResourceId="7f9a3b1e")]


@colours
def test_a_handler_that_takes_too_long_has_failed(
    cloudformation: CloudFormation, make: Callable[[Handler], Callable[..., object]], caplog: pytest.LogCaptureFixture
) -> None:
    answered = threading.Event()

    def handler(event: Event) -> None:
        assert answered.wait(10)

    def wait() -> None:
        while not cloudformation.answers:
            pass
        answered.set()

    watching = threading.Thread(target=wait)
    watching.start()
    make(handler)(EVENT | {"ResponseURL": cloudformation.url}, context(milliseconds=2001))
    watching.join()
    reason = "The handler took too long: the invocation's deadline is near."
    assert cloudformation.answers == [answer("FAILED", Reason=reason)]
    assert "takes too long" in caplog.text


@colours
@pytest.mark.parametrize("handler", [lambda event: None, raising(ValueError("no table"))], ids=["works", "fails"])
def test_an_answer_that_does_not_arrive_fails_the_invocation(
    cloudformation: CloudFormation, make: Callable[[Handler], Callable[..., object]], handler: Handler
) -> None:
    """Lambda tries it again: nothing else would tell CloudFormation."""
    cloudformation.status = 500
    with pytest.raises(AppError, match=r"^CloudFormation was not answered: HTTP Error 500"):
        make(handler)(EVENT | {"ResponseURL": cloudformation.url}, context())


@colours
def test_an_answer_that_gets_no_http_answer_fails_the_invocation(
    cloudformation: CloudFormation, make: Callable[[Handler], Callable[..., object]]
) -> None:
    cloudformation.garbage = True
    with pytest.raises(AppError, match=r"^CloudFormation was not answered: "):
        make(lambda event: None)(EVENT | {"ResponseURL": cloudformation.url}, context())


@colours
def test_a_handler_may_still_answer_if_the_word_of_its_time_does_not_arrive(
    cloudformation: CloudFormation, make: Callable[[Handler], Callable[..., object]], caplog: pytest.LogCaptureFixture
) -> None:
    cloudformation.status = 500
    lost = threading.Event()

    class Lost(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno == logging.CRITICAL:
                lost.set()

    def handler(event: Event) -> None:
        assert lost.wait(10)
        cloudformation.status = 200

    listening = Lost()
    logging.getLogger("lambda_http_adapter").addHandler(listening)
    try:
        make(handler)(EVENT | {"ResponseURL": cloudformation.url}, context(milliseconds=2001))
    finally:
        logging.getLogger("lambda_http_adapter").removeHandler(listening)
    assert [told["Status"] for told in cloudformation.answers] == ["FAILED", "SUCCESS"]


@colours
def test_a_macro_is_a_handler_s_own(make: Callable[[Handler], Callable[..., object]]) -> None:
    event = json.loads((EVENTS / "pass_through/cloudformation_macro.json").read_bytes())
    assert make(lambda event: {"status": "success"})(event, context()) == {"status": "success"}
