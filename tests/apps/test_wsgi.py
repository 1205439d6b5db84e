"""A WSGI app that does what it should: its environ, its chunks and what becomes of them."""

import io
import json
import logging
import sys
from collections.abc import Iterable, Iterator
from wsgiref.validate import validator

import pytest
from werkzeug.middleware.lint import LintMiddleware

from lambda_http_adapter import wsgi_handler
from lambda_http_adapter._apps.wsgi import WSGIFunction
from lambda_http_adapter._types import Environ, StartResponse, WSGIApp
from lambda_http_adapter._values.config import Config
from lambda_http_adapter.errors import EventError
from tests.apps.test_asgi import UNSERVED
from tests.support.invocation import CONTEXT, EVENT
from tests.support.response_recorder import END, OK, PARTED, WHOLE, Head, Part, ResponseRecorder
from tests.support.wsgi_recorder import Guard, guarded, run, serve

TEXT = [("content-type", "text/plain")]
REST: Part = b"rest"


def a_list(environ: Environ, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK", TEXT)
    return [b"rest"]


def a_tuple(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", TEXT)
    return (b"part", b"rest")


def a_generator(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
    """Starts its response when it is asked for the first chunk."""
    start_response("200 OK", TEXT)
    yield b"part"
    yield b"rest"


class AClass:
    """The app is the class, each instance of it a response."""

    def __init__(self, environ: Environ, start_response: StartResponse) -> None:
        self._start_response = start_response

    def __iter__(self) -> Iterator[bytes]:
        self._start_response("200 OK", TEXT)
        yield b"rest"


class AnInstance:
    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        return a_list(environ, start_response)


def empty(environ: Environ, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK", TEXT)
    return []


def empty_generator(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
    start_response("200 OK", TEXT)
    yield from ()


def empty_chunks(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", TEXT)
    return [b"", b"", b"part", b"", b"rest", b""]


def only_empty_chunks(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", TEXT)
    return [b"", b""]


def writes(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    write = start_response("200 OK", TEXT)
    write(b"")
    write(b"part")
    write(b"rest")
    return []


def writes_and_returns(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", TEXT)(b"part")
    return [b"rest"]


def changes_its_mind(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    start_response("404 Not Found", [("content-type", "text/html"), ("x-tag", "1")])
    try:
        raise ValueError("boom")
    except ValueError:
        start_response("200 OK", TEXT, sys.exc_info())
    return [b"rest"]


def changes_its_mind_after_empty_chunks(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
    start_response("404 Not Found", [("content-type", "text/html")])
    yield b""
    try:
        raise ValueError("boom")
    except ValueError:
        start_response("200 OK", TEXT, sys.exc_info())
    yield b"rest"


def a_file(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", TEXT)
    chunks: Iterable[bytes] = environ["wsgi.file_wrapper"](io.BytesIO(b"partrest"), 4)
    return chunks


def odd_heads(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    headers = [("Set-Cookie", "a=1"), ("Content-Type", "text/plain"), ("set-cookie", "b=2"), ("X-Latin", "caf\xe9")]
    start_response("299 ", headers)
    return []


ODD_HEAD = Head(
    299,
    [(b"Set-Cookie", b"a=1"), (b"Content-Type", b"text/plain"), (b"set-cookie", b"b=2"), (b"X-Latin", b"caf\xe9")],
)

GOOD: list[tuple[WSGIApp, list[Part]]] = [
    (a_list, WHOLE),
    (a_tuple, [*PARTED, REST, END]),
    (a_generator, [*PARTED, REST, END]),
    (AClass, WHOLE),
    (AnInstance(), WHOLE),
    (empty, [OK, END]),
    (empty_generator, [OK, END]),
    (empty_chunks, [*PARTED, REST, END]),
    (only_empty_chunks, [OK, END]),
    (writes, [*PARTED, REST, END]),
    (writes_and_returns, [*PARTED, REST, END]),
    (changes_its_mind, WHOLE),
    (changes_its_mind_after_empty_chunks, WHOLE),
    (a_file, [*PARTED, REST, END]),
    (odd_heads, [ODD_HEAD, END]),
]


@guarded
@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(("app", "answer"), GOOD)
def test_answers(
    app: WSGIApp, answer: list[Part], guard: Guard, streams: bool, caplog: pytest.LogCaptureFixture
) -> None:
    assert serve(guard(app), streams=streams) == answer
    assert caplog.messages == []


def test_the_guards_guard(caplog: pytest.LogCaptureFixture) -> None:
    def rude(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.input"].read()
        return a_list(environ, start_response)

    assert serve(rude) == WHOLE
    for guard, error in ((validator, AssertionError), (LintMiddleware, Warning)):
        caplog.clear()
        assert serve(guard(rude)) != WHOLE
        (record,) = caplog.records
        assert record.exc_info is not None
        assert isinstance(record.exc_info[1], error)


@guarded
def test_the_request_reaches_the_app(guard: Guard, capsys: pytest.CaptureFixture[str]) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.errors"].write("seen\n")
        start_response("200 OK", TEXT)
        told = "{REQUEST_METHOD} {SCRIPT_NAME}{PATH_INFO} {CONTENT_TYPE}\n".format_map(environ)
        return [told.encode(), environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))]

    assert serve(guard(app)) == [
        OK,
        b"POST /capture/space value application/json\n",
        '{"message":"hello from the public internet","unicode":"lambda-λ"}'.encode(),
        END,
    ]
    assert capsys.readouterr().err == "seen\n"


@guarded
def test_the_head_is_held_until_the_first_bytes(guard: Guard) -> None:
    recorder = ResponseRecorder()
    seen: list[list[Part]] = []

    def app(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        for step in (lambda: start_response("200 OK", TEXT), bytes, lambda: b"part", lambda: b"rest"):
            result = step()
            if isinstance(result, bytes):
                yield result
            seen.append(recorder.parts.copy())

    run(guard(app), recorder)
    assert seen == [[], [], PARTED, [*PARTED, REST]]
    assert recorder.parts == [*PARTED, REST, END]


@guarded
def test_what_is_written_goes_out_at_once(guard: Guard) -> None:
    recorder = ResponseRecorder()

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        write = start_response("200 OK", TEXT)
        write(b"")
        assert recorder.parts == []
        write(b"part")
        assert recorder.parts == PARTED
        return [b"rest"]

    run(guard(app), recorder)
    assert recorder.parts == [*PARTED, REST, END]


class Closing:
    """A result that tells when it is closed."""

    def __init__(self, calls: list[Part], *chunks: bytes) -> None:
        self._calls = calls
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks

    def close(self) -> None:
        self._calls.append("closed")


@guarded
@pytest.mark.parametrize("chunks", [[], [b""], [b"rest"], [b"part", b"rest"]])
def test_close_comes_once_behind_the_answer(guard: Guard, chunks: list[bytes]) -> None:
    recorder = ResponseRecorder()

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        return Closing(recorder.parts, *chunks)

    run(guard(app), recorder)
    assert recorder.parts == [OK, *(chunk for chunk in chunks if chunk), END, "closed"]


def test_the_file_behind_a_file_wrapper_is_closed() -> None:
    file = io.BytesIO(b"rest")

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        chunks: Iterable[bytes] = environ["wsgi.file_wrapper"](file)
        return chunks

    assert serve(app) == WHOLE
    assert file.closed


def test_a_warm_up_ping_is_answered_without_the_app() -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        raise AssertionError("The app was called.")

    recorder = ResponseRecorder()
    run(app, recorder, {})
    assert recorder.parts == [Head(200, []), END]


def test_a_file_is_read_in_blocks() -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        chunks: Iterable[bytes] = environ["wsgi.file_wrapper"](io.BytesIO(bytes(20_000)))
        return chunks

    assert serve(app) == [OK, bytes(8192), bytes(8192), bytes(3616), END]


@guarded
@pytest.mark.parametrize(
    ("method", "status", "sent", "headers"),
    [
        ("HEAD", "200 OK", [("Content-Type", "text/plain")], {"content-type": "text/plain"}),
        ("GET", "204 No Content", [("Content-Length", "0")], {}),
        ("GET", "304 Not Modified", [("ETag", '"1"')], {"etag": '"1"'}),
    ],
)
def test_an_answer_without_a_body(
    guard: Guard, method: str, status: str, sent: list[tuple[str, str]], headers: dict[str, str]
) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        assert environ["REQUEST_METHOD"] == method
        start_response(status, sent)
        return []

    event = json.loads(EVENT)
    event["requestContext"]["http"]["method"] = method
    assert wsgi_handler(guard(app))(event, CONTEXT) == {
        "statusCode": int(status[:3]),
        "headers": headers,
        "body": "",
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize(("method", "status"), [("HEAD", "200 OK"), ("GET", "204 No Content"), ("GET", "304 None")])
def test_a_body_where_none_belongs_is_dropped(method: str, status: str) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, [])(b"part")
        return [b"rest"]

    event = json.loads(EVENT)
    event["requestContext"]["http"]["method"] = method
    answer = wsgi_handler(app)(event, CONTEXT)
    assert answer == {"statusCode": int(status[:3]), "headers": {}, "body": "", "isBase64Encoded": False}


def test_each_request_gets_an_environ_of_its_own() -> None:
    environs: list[Environ] = []

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        assert "mine" not in environ
        environ["mine"] = True
        environs.append(environ)
        return a_list(environ, start_response)

    function = WSGIFunction(app, Config())
    for _ in range(2):
        function(EVENT, CONTEXT, ResponseRecorder())
    assert environs[0] is not environs[1]


@pytest.mark.parametrize("threads", [False, True])
def test_an_app_is_told_of_threads(threads: bool) -> None:
    told: list[object] = []

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        told.append(environ["wsgi.multithread"])
        return a_list(environ, start_response)

    WSGIFunction(app, Config(), threads)(EVENT, CONTEXT, ResponseRecorder())
    assert told == [threads]


def unreachable(environ: Environ, start_response: StartResponse) -> list[bytes]:
    raise AssertionError("The app was called.")


def test_a_malformed_event_is_answered_400(caplog: pytest.LogCaptureFixture) -> None:
    event = json.loads(EVENT)
    event["requestContext"]["http"]["method"] = 5
    sentence = "Malformed function_url event: requestContext.http.method is int, not a string."
    assert serve(unreachable, event) == [
        Head(400, [(b"content-type", b"text/plain; charset=utf-8")]),
        sentence.encode(),
        END,
    ]
    assert caplog.record_tuples == [("lambda_http_adapter", logging.WARNING, f"Answered 400: {sentence}")]


@pytest.mark.parametrize(("payload", "error", "message"), UNSERVED)
def test_events_that_are_not_http(payload: object, error: type[EventError], message: str) -> None:
    recorder = ResponseRecorder()
    with pytest.raises(error, match=message) as raised:
        run(unreachable, recorder, payload, Config(pass_through_path=None))
    assert type(raised.value) is error
    assert not recorder.asked
