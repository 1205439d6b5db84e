"""Lambda's rules and the front doors' own answers to who breaks them."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests.support.command_line import CommandLine
from tests.support.dev_process import APP, Dev, Gate, processes_of, state_of

MB = 1024 * 1024
URL_LIMIT = '{"message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}'
RATE = '{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}'
UNAVAILABLE = '{"message":"Service Unavailable"}'


def html(title: str) -> str:
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"


class Rules(NamedTuple):
    """How a front door answers for a function that failed, for one that is busy, and to requests of a size and more.

    ``response`` is the size of one that it doesn't hand on.
    """

    failed: tuple[int, str]
    taken: tuple[int, str]
    request: tuple[int, str]
    response: int


RULES = {
    "function-url": Rules((502, "Internal Server Error"), (429, RATE), (6 * MB + 1, URL_LIMIT), 7 * MB),
    "http-api": Rules(
        (500, '{"message":"Internal Server Error"}'),
        (503, UNAVAILABLE),
        (5 * MB, '{"message":"Request Entity Too Large"}'),  # in base64
        7 * MB,
    ),
    "rest": Rules(
        (502, '{"message": "Internal server error"}'),
        (500, '{"message": "Internal server error"}'),
        (10 * MB + 1, '{"message":"Request Too Long"}'),
        7 * MB,
    ),
    "alb": Rules(
        (502, html("502 Bad Gateway")),
        (502, html("502 Bad Gateway")),
        (MB + 1, html("413 Request Entity Too Large")),
        MB,
    ),
    "lambda-edge": Rules(
        (503, html("503 Service Unavailable")), (503, html("503 Service Unavailable")), (0, ""), 40 * 1024
    ),
    "lambda-edge-origin": Rules(
        (503, html("503 Service Unavailable")), (503, html("503 Service Unavailable")), (0, ""), MB
    ),
}


@pytest.fixture(scope="module", params=RULES)
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Dev, Rules]]:
    origin: str = request.param
    with Dev(APP, "--origin", origin, "--concurrency", "1", cwd=tmp_path_factory.mktemp(origin)) as dev:
        yield dev, RULES[origin]


def test_a_crash_is_answered_and_a_new_process_started(door: tuple[Dev, Rules]) -> None:
    dev, rules = door
    first = dev.get("/").json()["pid"]
    answer = dev.get("/crash")
    assert (answer.status_code, answer.text) == rules.failed
    error = dev.line("ended", pid=first)["error"]
    assert error == {"errorType": "Runtime.ExitError", "errorMessage": "Runtime exited with error: exit status 3"}
    assert dev.get("/").json()["pid"] != first


def test_no_more_sandboxes_than_configured(door: tuple[Dev, Rules]) -> None:
    dev, rules = door
    with Gate() as gate, ThreadPoolExecutor(1) as threads:
        answer = threads.submit(dev.get, f"/gate?port={gate.port}")
        gate.arrive()
        refused = dev.get("/")
        assert (refused.status_code, refused.text) == rules.taken
        gate.open()
        assert answer.result().status_code == 200


def test_requests_that_are_too_large(door: tuple[Dev, Rules]) -> None:
    dev, rules = door
    size, body = rules.request
    with dev.client() as client:
        if size:
            answer = client.post("/length", content=b"\xff" * size)
            assert (answer.status_code, answer.text) == (413, body)
        assert client.post("/length", content=b"\xff" * (MB // 40)).text == str(MB // 40)


def test_responses_that_are_too_large(door: tuple[Dev, Rules]) -> None:
    dev, rules = door
    answer = dev.get(f"/large?size={rules.response}")
    assert (answer.status_code, answer.text) == rules.failed
    assert dev.get(f"/large?size={rules.response // 2}").text == "x" * (rules.response // 2)


@pytest.mark.parametrize("origin", ["function-url", pytest.param("http-api", marks=pytest.mark.slow), "lambda-edge"])
def test_a_function_that_takes_too_long_is_killed(origin: str, tmp_path: Path) -> None:
    with Dev(APP, "--origin", origin, "--timeout", "0.5", cwd=tmp_path) as dev:
        first = dev.get("/").json()["pid"]
        answer = dev.get("/hang")
        assert (answer.status_code, answer.text) == RULES[origin].failed
        message = "Task timed out after 0.50 seconds"
        error = dev.line("report", error={"errorType": "Sandbox.Timedout", "errorMessage": message})
        duration = error["duration_ms"]
        assert isinstance(duration, float)
        assert 500 <= duration < 3000
        assert dev.get("/").json()["pid"] != first


@pytest.mark.slow
@pytest.mark.parametrize(
    ("origin", "status", "body"),
    [
        ("rest", 504, '{"message": "Endpoint request timed out"}'),
        ("http-api", 503, '{"message":"Service Unavailable"}'),
    ],
)
def test_a_gateway_waits_no_longer_and_the_function_runs_on(
    origin: str, status: int, body: str, tmp_path: Path
) -> None:
    with Dev(APP, "--origin", origin, "--timeout", "60", cwd=tmp_path) as dev, Gate() as gate:
        answer = dev.get(f"/gate?port={gate.port}")
        assert (answer.status_code, answer.text) == (status, body)
        gate.arrive()
        gate.open()
        assert dev.line("report")["error"] is None


@pytest.mark.parametrize(
    ("origin", "status", "body"),
    [
        ("rest", 504, '{"message": "Endpoint request timed out"}'),
        ("http-api", 503, UNAVAILABLE),
        pytest.param("http-api-v1", 503, UNAVAILABLE, marks=pytest.mark.slow),
    ],
)
def test_an_integration_may_have_a_shorter_timeout(origin: str, status: int, body: str, tmp_path: Path) -> None:
    with Dev(APP, "--origin", origin, "--integration-timeout", "0.5", cwd=tmp_path) as dev, Gate() as gate:
        answer = dev.get(f"/gate?port={gate.port}")
        assert (answer.status_code, answer.text) == (status, body)
        assert "waits no longer than 0.5 s; the function keeps running" in str(dev.line("request")["note"])
        gate.arrive()
        gate.open()
        assert dev.line("report")["error"] is None


def test_a_rest_api_ends_a_stream_that_is_idle_for_too_long(tmp_path: Path) -> None:
    with Dev(APP, "--origin", "rest", "--stream", "--idle-timeout", "3", cwd=tmp_path) as dev, Gate() as gate:
        with pytest.raises(httpx.RemoteProtocolError):
            dev.get(f"/stream?port={gate.port}")
        request = dev.line("request")
        assert (request["status"], request["bytes"]) == (201, len("data: one\n\n"))
        assert request["note"] == (
            "a REST API got nothing for 3 s; the function keeps running; send a heartbeat: AWS ends a stream after "
            "300 s without a byte, of an edge-optimized API after 30 s"
        )
        gate.arrive()
        gate.open()
        assert dev.line("report")["error"] is None


def test_a_rest_api_answers_for_a_stream_that_does_not_begin(tmp_path: Path) -> None:
    with Dev(APP, "--origin", "rest", "--stream", "--idle-timeout", "0.5", cwd=tmp_path) as dev, Gate() as gate:
        answer = dev.get(f"/gate?port={gate.port}")
        assert (answer.status_code, answer.text) == (504, '{"message": "Endpoint request timed out"}')
        gate.arrive()
        gate.open()
        assert dev.line("report")["error"] is None


@pytest.mark.slow
def test_an_edge_function_has_five_seconds(tmp_path: Path) -> None:
    with Dev(APP, "--origin", "lambda-edge", cwd=tmp_path) as dev:
        answer = dev.get("/hang")
        assert (answer.status_code, answer.text) == RULES["lambda-edge"].failed
        assert "Task timed out after 5.00 seconds" in str(dev.line("report")["error"])


def test_an_edge_function_has_128_mb(tmp_path: Path) -> None:
    with Dev(APP, "--origin", "lambda-edge", cwd=tmp_path) as dev:
        answer = dev.get(f"/eat?size={200 * MB}")
        assert (answer.status_code, answer.text) == RULES["lambda-edge"].failed
        assert "Runtime.OutOfMemory" in str(dev.line("ended")["error"])


@pytest.mark.parametrize(("origin", "limit"), [("lambda-edge", 40 * 1024), ("lambda-edge-origin", MB)])
def test_cloudfront_cuts_off_the_body(origin: str, limit: int, tmp_path: Path) -> None:
    """The part that is left is refused by the adapter."""
    with Dev(APP, "--origin", origin, cwd=tmp_path) as dev, dev.client() as client:
        assert client.post("/length", content=b"x" * limit).text == str(limit)
        assert client.post("/length", content=b"x" * (limit + 1)).status_code == 413


def test_an_origin_request_shows_the_origin(tmp_path: Path) -> None:
    saved = tmp_path / "events"
    with Dev(APP, "--origin", "lambda-edge-origin", "--save-events", str(saved), cwd=tmp_path) as dev:
        assert dev.get("/", **{"X-Forwarded-For": "192.0.2.1"}).status_code == 200
    (file,) = saved.iterdir()
    cf = json.loads(file.read_text())["Records"][0]["cf"]
    assert cf["config"]["eventType"] == "origin-request"
    assert cf["request"]["origin"]["custom"].keys() >= {"domainName", "path", "port", "protocol", "customHeaders"}
    sent = {name: [item["value"] for item in items] for name, items in cf["request"]["headers"].items()}
    assert sent["x-forwarded-for"] == ["192.0.2.1, 127.0.0.1"]
    assert sent["cloudfront-forwarded-proto"] == ["http"]
    assert "via" in sent


def test_a_client_can_not_forge_its_address(tmp_path: Path) -> None:
    saved = tmp_path / "events"
    with Dev(APP, "--save-events", str(saved), cwd=tmp_path) as dev:
        assert dev.get("/", **{"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "ftp"}).status_code == 200
    (file,) = saved.iterdir()
    event = json.loads(file.read_text())
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"
    assert event["headers"]["x-forwarded-for"] == "192.0.2.1, 127.0.0.1"
    assert event["headers"]["x-forwarded-proto"] == "http"


def test_without_a_timeout_nothing_is_cut_off(tmp_path: Path) -> None:
    with (
        Dev(APP, "--timeout", "0.1", "--no-timeout", cwd=tmp_path) as dev,
        Gate() as gate,
        ThreadPoolExecutor(1) as threads,
    ):
        answer = threads.submit(dev.get, f"/gate?port={gate.port}")
        gate.arrive()
        with pytest.raises(TimeoutError):
            answer.result(timeout=0.3)
        gate.open()
        assert answer.result().status_code == 200


def test_a_stream_may_be_larger(tmp_path: Path) -> None:
    with Dev(APP, "--stream", cwd=tmp_path) as dev:
        assert len(dev.get(f"/large?size={8 * MB}").content) == 8 * MB


def test_a_stream_ends_at_200_mb(tmp_path: Path) -> None:
    with Dev(APP, "--stream", cwd=tmp_path) as dev:
        with pytest.raises(httpx.RemoteProtocolError):
            dev.get(f"/large?pieces=201&size={MB}")
        assert dev.line("request")["bytes"] == 200 * MB
        error = dev.line("report")["error"]
        assert error == {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "The stream is over 209715200 bytes",
        }
        assert dev.get("/").status_code == 200


def test_a_stream_may_be_slowed_down(tmp_path: Path) -> None:
    with Dev(APP, "--stream", "--stream-cap", cwd=tmp_path) as dev:
        assert len(dev.get(f"/large?size={6 * MB + 1000}").content) == 6 * MB + 1000


def test_too_much_memory(tmp_path: Path) -> None:
    with Dev(APP, "--memory", "128", cwd=tmp_path) as dev:
        assert dev.get(f"/eat?size={200 * MB}").status_code == 502
        error = dev.line("ended")["error"]
        assert isinstance(error, dict)
        assert error["errorType"] == "Runtime.OutOfMemory"
        assert dev.get("/").status_code == 200


def test_a_sandbox_is_frozen_between_invocations(tmp_path: Path) -> None:
    with Dev(APP, "--freeze", cwd=tmp_path) as dev:
        for _ in range(3):
            pid = dev.get("/").json()["pid"]
            dev.line("report")
            while state_of(pid) != "T":
                pass
        assert dev.end() == 0


def test_a_debugger(tmp_path: Path) -> None:
    with Dev(APP, "--no-timeout", cwd=tmp_path) as dev, ThreadPoolExecutor(1) as threads:
        answer = threads.submit(dev.get, "/debug")
        dev.line("start")
        dev.say("c\n")
        assert answer.result().text == "debugged"


def test_the_function_s_environment(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# comment\nexport A_NAME='a value'\n\nLAMBDA_HTTP_ADAPTER_ROOT_PATH=/mounted # here\n")
    with Dev(APP, "--env-file", str(file), cwd=tmp_path) as dev:
        assert dev.get("/items").json()["root_path"] == "/mounted"
        assert processes_of("A_NAME=a value")


A_FOLDER = object()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no name\n", "'FILE', line 1: expected NAME=value, got 'no name'."),
        (b"A=1\na-b=c\n", "'FILE', line 2: expected NAME=value, got 'a-b=c'."),
        (b"A\0=c\n", "'FILE', line 1: expected NAME=value, got 'A\\x00=c'."),
        (b"A=1\n\nNAME=a\0b\n", "'FILE', line 3: a variable can't hold a NUL, got 'NAME=a\\x00b'."),
        (b"NAME=\xff\n", "'FILE', the --env-file, is not UTF-8 text."),
        (b"NAME=\xed\xa0\x80\n", "'FILE', the --env-file, is not UTF-8 text."),  # a lone surrogate
        ("NAME=a\n".encode("utf-16"), "'FILE', the --env-file, is not UTF-8 text."),
        (A_FOLDER, "'FILE', the --env-file, can't be read: Is a directory."),
        (None, "'FILE', the --env-file, can't be read: No such file or directory."),
    ],
    ids=["no =", "hyphen", "NUL in a name", "NUL", "Latin-1", "surrogate", "UTF-16", "folder", "missing"],
)
def test_a_wrong_file_of_variables(content: object, reason: str, command_line: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    if content is A_FOLDER:
        file.mkdir()
    elif isinstance(content, bytes):
        file.write_bytes(content)
    result = command_line("dev", "--port", "0", APP, "--env-file", str(file))
    assert result == (2, "", f"lambda-http-adapter: {reason.replace('FILE', str(file))}\n")


def test_variables_that_are_too_long_for_a_process(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"NAME=" + b"x" * 200_000)
    with pytest.raises(AssertionError) as ended:
        Dev(APP, "--env-file", ".env", cwd=tmp_path).__enter__()
    reason = "lambda-http-adapter: The function's process can't be started: Argument list too long."
    assert str(ended.value).splitlines()[-1] == reason
    assert "Traceback" not in str(ended.value)


def test_a_file_of_variables_from_another_machine(tmp_path: Path) -> None:
    """A byte order mark, line ends of Windows, characters that other line ends look like, and no line end."""
    file = tmp_path / ".env"
    file.write_bytes("\ufeffMARK=1\r\nLINES=a\u2028b\x85c\x0cd\r\nLAST=é".encode())
    with Dev(APP, "--env-file", str(file), cwd=tmp_path):
        for variable in ("MARK=1\0", "LINES=a\u2028b\x85c\x0cd\0", "LAST=é\0"):
            assert processes_of(variable), variable


def test_the_shell_s_variables_may_hold_any_byte(tmp_path: Path) -> None:
    (tmp_path / "function.py").write_text("import os\ndef handler(event, context): return os.environb[b'NAME'].hex()\n")
    with Dev("function:handler", cwd=tmp_path, env={"NAME": "a\udcff"}) as dev:
        assert dev.get("/").text == "61ff"


LONE = """
def handler(event, context):
    raise ValueError("a lone surrogate, \\ud800, and a byte, \\udcff")
"""


@pytest.mark.parametrize("errors", ["strict", pytest.param("surrogateescape", marks=pytest.mark.slow)])
def test_the_terminal_shows_what_no_text_can_hold(errors: str, tmp_path: Path) -> None:
    (tmp_path / "function.py").write_text(LONE)
    env = {"PYTHONIOENCODING": f"utf-8:{errors}", "AWS_REGION": "\udcff"}
    with Dev("function:handler", json_lines=False, cwd=tmp_path, env=env) as dev:
        assert dev.get("/").status_code == 502
        assert "GET / 502" in dev.text("Function.ValueError: a lone surrogate, \\ud800, and a byte, \\udcff")
        assert dev.end() == 0
    with Dev("--only-runtime-api", json_lines=False, cwd=tmp_path, env=env) as dev:
        assert dev.text("export AWS_REGION=").strip() == "export AWS_REGION='\\udcff'"


def test_the_variables_of_another_runtime(tmp_path: Path) -> None:
    with Dev("--only-runtime-api", json_lines=False, cwd=tmp_path) as dev:
        assert dev.text("export AWS_LAMBDA_FUNCTION_VERSION=").strip().endswith("='$LATEST'")
        assert dev.text("export AWS_LAMBDA_RUNTIME_API=127.0.0.1:")
