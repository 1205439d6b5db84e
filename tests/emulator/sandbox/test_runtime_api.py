"""The Runtime API of `dev`, as a runtime that misbehaves sees it."""

import functools
import itertools
import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.dev_process import Dev, Line

RUNTIME = "/2018-06-01/runtime"
STREAMING = {
    "content-type": "application/vnd.awslambda.http-integration-response",
    "lambda-runtime-function-response-mode": "streaming",
}


numbers = itertools.count()


class Attached:
    """`dev`, a runtime made of a client, and a thread for the other client."""

    def __init__(self, dev: Dev, runtime: httpx.Client, threads: ThreadPoolExecutor) -> None:
        self.dev = dev
        self.runtime = runtime
        self.threads = threads
        self.target = ""

    def request(self) -> Future[httpx.Response]:
        """Its target tells it from the requests of other tests."""
        self.target = f"/?{next(numbers)}"
        return self.threads.submit(self.dev.get, self.target)

    def line(self) -> Line:
        """What the terminal shows of the last request."""
        return self.dev.line("request", target=self.target)

    def next(self) -> httpx.Response:
        return self.runtime.get(f"{RUNTIME}/invocation/next")

    def post(self, request_id: str, what: str, content: bytes, **headers: str) -> tuple[int, str]:
        answer = self.runtime.post(f"{RUNTIME}/invocation/{request_id}/{what}", content=content, headers=headers)
        return answer.status_code, answer.json().get("errorType", "")


@contextmanager
def attached_to(dev: Dev) -> Iterator[Attached]:
    url = f"http://{dev.variables['AWS_LAMBDA_RUNTIME_API']}"
    with ThreadPoolExecutor(2) as threads, httpx.Client(base_url=url, timeout=30, trust_env=False) as runtime:
        yield Attached(dev, runtime, threads)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Dev]]:
    """`dev` with these options, the same one each time."""
    with ExitStack() as stack:

        @functools.cache
        def start(*arguments: str) -> Dev:
            return stack.enter_context(Dev("--only-runtime-api", *arguments, cwd=tmp_path_factory.mktemp("dev")))

        yield start


@pytest.fixture
def attached(request: pytest.FixtureRequest, started: Callable[..., Dev]) -> Iterator[Attached]:
    with attached_to(started(*getattr(request, "param", []))) as attached:
        yield attached


@pytest.fixture
def attached_first(tmp_path: Path) -> Iterator[Attached]:
    """To a `dev` that has had no runtime yet."""
    with Dev("--only-runtime-api", cwd=tmp_path) as dev, attached_to(dev) as attached:
        yield attached


def test_an_invocation(attached: Attached) -> None:
    client = attached.request()
    invocation = attached.next()
    assert invocation.json()["requestContext"]["http"]["path"] == "/"
    headers = invocation.headers
    assert int(headers["lambda-runtime-deadline-ms"]) > 1_700_000_000_000
    request_id = headers["lambda-runtime-aws-request-id"]
    assert attached.post("another", "response", b"") == (400, "InvalidRequestID")
    mode = {"lambda-runtime-function-response-mode": "buffered"}
    assert attached.post(request_id, "response", b"", **mode) == (400, "InvalidFunctionResponseMode")
    assert attached.post(request_id, "response", b'{"statusCode":299,"body":"x"}') == (202, "")
    assert client.result().status_code == 299
    assert attached.post(request_id, "response", b"{}") == (403, "InvalidStateTransition")
    assert attached.runtime.get("/elsewhere").status_code == 404


def test_an_error(attached: Attached) -> None:
    client = attached.request()
    request_id = attached.next().headers["lambda-runtime-aws-request-id"]
    error = {"errorType": "KeyError", "errorMessage": "'a'"}
    kind = {"lambda-runtime-function-error-type": "Function.KeyError"}
    assert attached.post(request_id, "error", json.dumps(error).encode(), **kind) == (202, "")
    assert client.result().status_code == 502
    assert attached.line()["error"] == error


@pytest.mark.parametrize("text", ["oh", "[" * 20_000], ids=["a text", "lists in lists"])
def test_an_error_that_is_no_json(attached: Attached, text: str) -> None:
    client = attached.request()
    request_id = attached.next().headers["lambda-runtime-aws-request-id"]
    assert attached.post(request_id, "error", text.encode()) == (202, "")
    assert client.result().status_code == 502
    assert attached.line()["error"] == {"errorType": "Function.Unknown", "errorMessage": text}


def test_a_result_that_is_too_large(attached: Attached) -> None:
    client = attached.request()
    request_id = attached.next().headers["lambda-runtime-aws-request-id"]
    assert attached.post(request_id, "response", b"x" * (6 * 1024 * 1024 + 101)) == (413, "RequestEntityTooLarge")
    assert client.result().status_code == 502
    client = attached.request()
    request_id = attached.next().headers["lambda-runtime-aws-request-id"]
    assert attached.post(request_id, "response", b'"x"') == (202, "")
    assert client.result().text == "x"


def test_an_invocation_that_is_dropped(attached: Attached) -> None:
    dropped = attached.request()
    attached.next()
    polled = attached.threads.submit(attached.next)
    assert dropped.result().status_code == 502
    client = attached.request()
    request_id = polled.result().headers["lambda-runtime-aws-request-id"]
    attached.post(request_id, "response", b"{}")
    assert client.result().status_code == 200


def test_a_runtime_that_hangs_up_loses_no_invocation(attached_first: Attached) -> None:
    attached = attached_first
    host, _, port = attached.dev.variables["AWS_LAMBDA_RUNTIME_API"].partition(":")
    with socket.create_connection((host, int(port))) as poller:
        poller.sendall(f"GET {RUNTIME}/invocation/next HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        attached.dev.line("init")
    client = attached.request()
    request_id = attached.next().headers["lambda-runtime-aws-request-id"]
    assert attached.post(request_id, "response", b'"served"') == (202, "")
    assert client.result().text == "served"


@pytest.mark.parametrize("attached", [["--timeout", "0.3"]], indirect=True)
def test_an_answer_that_comes_too_late(attached: Attached) -> None:
    client = attached.request()
    request_id = attached.next().headers["lambda-runtime-aws-request-id"]
    assert client.result().status_code == 502
    assert attached.post(request_id, "response", b"{}") == (410, "InvokeTimeout")


@pytest.mark.parametrize("attached", [["--stream"]], indirect=True)
@pytest.mark.parametrize("trailers", [b"", b"Lambda-Runtime-Function-Error-Body: abc\r\n", None])
def test_a_stream_that_fails(attached: Attached, trailers: bytes | None) -> None:
    """With an error in its trailers, the body of which is no base64, or cut off."""
    client = attached.request()
    request_id = attached.next().headers["lambda-runtime-aws-request-id"]
    host, _, port = attached.dev.variables["AWS_LAMBDA_RUNTIME_API"].partition(":")
    with socket.create_connection((host, int(port))) as runtime:
        head = "".join(f"{name}: {value}\r\n" for name, value in STREAMING.items())
        runtime.sendall(
            f"POST {RUNTIME}/invocation/{request_id}/response HTTP/1.1\r\nHost: {host}\r\n{head}"
            "Transfer-Encoding: chunked\r\nTrailer: Lambda-Runtime-Function-Error-Type\r\n\r\n".encode()
            + b"A\r\n{}" + bytes(8) + b"\r\n"
        )  # fmt: skip
        if trailers is not None:
            runtime.sendall(b"0\r\nLambda-Runtime-Function-Error-Type: Function.Broken\r\n" + trailers + b"\r\n")
            assert runtime.recv(12) == b"HTTP/1.1 202"
    with pytest.raises(httpx.RemoteProtocolError):
        client.result()
    error = attached.line()["error"]
    assert isinstance(error, dict)
    assert error["errorType"] == ("Runtime.TruncatedResponse" if trailers is None else "Function.Broken")


@pytest.mark.parametrize("attached", [["--stream"], ["--stream", "--origin", "rest"]], indirect=True)
def test_a_streaming_front_door_and_a_buffered_answer(attached: Attached) -> None:
    client = attached.request()
    request_id = attached.next().headers["lambda-runtime-aws-request-id"]
    body = b'{"statusCode":200,"body":"x"}'
    assert attached.post(request_id, "response", body, **{"content-type": "application/json"}) == (202, "")
    answer = client.result()
    note = attached.line()["note"]
    # A Function URL hands it on as it is.
    assert (answer.status_code, answer.content == body, note is None) in [(200, True, True), (500, False, False)]


@pytest.mark.parametrize("attached", [["--origin", "rest"], ["--origin", "alb"]], indirect=True)
def test_the_reason_why_a_result_is_refused(attached: Attached) -> None:
    client = attached.request()
    request_id = attached.next().headers["lambda-runtime-aws-request-id"]
    attached.post(request_id, "response", b'{"statusCode":"no number"}')
    assert client.result().status_code == 502
    note = attached.line()["note"]
    assert isinstance(note, str)
    assert "can't make a response of this result" in note
    assert "no number" in note


@pytest.mark.parametrize("attached", [["--stream"]], indirect=True)
@pytest.mark.parametrize(
    ("prelude", "status"), [(b"no JSON" + bytes(8), 500), (b'{"statusCode":"no number"}' + bytes(8), 502)]
)
def test_the_head_of_a_stream_is_refused(attached: Attached, prelude: bytes, status: int) -> None:
    client = attached.request()
    request_id = attached.next().headers["lambda-runtime-aws-request-id"]
    assert attached.post(request_id, "response", prelude + b"body", **STREAMING) == (202, "")
    assert client.result().status_code == status
    assert attached.line()["note"]


@pytest.mark.parametrize("attached", [["--stream"], ["--stream", "--origin", "rest"]], indirect=True)
def test_the_length_of_a_stream_is_renamed(attached: Attached) -> None:
    """This package's runtime sends none. Others do, and a wrong one must not reach the client as Content-Length."""
    client = attached.request()
    request_id = attached.next().headers["lambda-runtime-aws-request-id"]
    prelude = b'{"statusCode":200,"headers":{"Content-Length":"99","content-type":"text/plain"}}' + bytes(8)
    assert attached.post(request_id, "response", prelude + b"body", **STREAMING) == (202, "")
    answer = client.result()
    assert (answer.text, answer.headers["x-amzn-remapped-content-length"]) == ("body", "99")
    assert "content-length" not in answer.headers


@pytest.mark.parametrize(
    ("attached", "name"), [([], "dev"), (["--function-name", "worker"], "worker")], indirect=["attached"]
)
def test_an_extension(attached: Attached, name: str) -> None:
    answer = attached.runtime.post("/2020-01-01/extension/register", json={"events": []})
    assert answer.json() == {"functionName": name, "functionVersion": "$LATEST", "handler": ""}
    assert answer.status_code == 200
    assert answer.headers["lambda-extension-identifier"]


def test_a_failed_init_fails_who_waits_and_nobody_after(attached_first: Attached) -> None:
    attached = attached_first
    client = attached.request()
    error = {"errorType": "a", "errorMessage": "b"}
    while not client.done():  # it may not have come yet
        assert attached.runtime.post(f"{RUNTIME}/init/error", json=error).status_code == 202
    assert client.result().status_code == 502
    client = attached.request()
    request_id = attached.next().headers["lambda-runtime-aws-request-id"]
    assert attached.post(request_id, "response", b"{}") == (202, "")
    assert client.result().status_code == 200


def test_what_is_no_http(attached: Attached) -> None:
    host, _, port = attached.dev.variables["AWS_LAMBDA_RUNTIME_API"].partition(":")
    with socket.create_connection((host, int(port))) as stranger:
        stranger.sendall(b"\x16\x03\x01\r\n\r\n")
        assert stranger.recv(1) == b""


@pytest.mark.parametrize(
    "field",
    [
        "Host: rebound.example",
        "Host: 127.0.0.1.rebound.example",
        "Host: localhost.rebound.example:80",
        "Origin: https://site.example",
        "Origin: null",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: none",
    ],
)
def test_a_web_page_takes_no_event(attached: Attached, field: str) -> None:
    host, _, port = attached.dev.variables["AWS_LAMBDA_RUNTIME_API"].partition(":")
    client = attached.request()
    fields = field if field.startswith("Host") else f"Host: {host}:{port}\r\n{field}"
    with socket.create_connection((host, int(port))) as page:
        page.sendall(f"GET {RUNTIME}/invocation/next HTTP/1.1\r\n{fields}\r\n\r\n".encode())
        assert page.recv(12) == b"HTTP/1.1 403"
    request_id = attached.next().headers["lambda-runtime-aws-request-id"]
    assert attached.post(request_id, "response", b'"served"') == (202, "")
    assert client.result().text == "served"


@pytest.mark.parametrize("field", ["Host: localhost:{port}\r\n", "Host: LOCALHOST\r\n", "Host: [::1]:{port}\r\n", ""])
def test_a_runtime_may_call_it_localhost(attached: Attached, field: str) -> None:
    host, _, port = attached.dev.variables["AWS_LAMBDA_RUNTIME_API"].partition(":")
    with socket.create_connection((host, int(port))) as runtime:
        runtime.sendall(f"GET /elsewhere HTTP/1.{int(bool(field))}\r\n{field.format(port=port)}\r\n".encode())
        assert runtime.recv(12) == b"HTTP/1.1 404"
