"""One line for each request, for whoever asks for them."""

import json
import re

import pytest

from lambda_http_adapter._apps.access_log import access
from lambda_http_adapter._values.context import enter_invocation
from tests.support.lambda_log import FORMAT, LEVEL, Pipe, formats, installed, invocation


@pytest.mark.parametrize(
    ("level", "emitted"), [("", True), ("DEBUG", True), ("INFO", True), ("WARN", False), ("ERROR", False)]
)
@formats
def test_an_access_line(pipe: Pipe, log_format: str, level: str, emitted: bool) -> None:
    with installed(pipe, {FORMAT: log_format, LEVEL: level}):
        enter_invocation(invocation("r-1"), alone=False)
        access("GET", "/path", 200, 123, 4.5123)
    messages = pipe.messages()
    assert len(messages) == emitted
    for message in messages:
        if log_format == "JSON":
            assert json.loads(message) | {"timestamp": ""} == {
                "timestamp": "",
                "level": "INFO",
                "message": "GET /path 200 123 B 4.5 ms",
                "logger": "lambda_http_adapter.access",
                "requestId": "r-1",
                "method": "GET",
                "path": "/path",
                "status": 200,
                "size": 123,
                "milliseconds": 4.5,
            }
        else:
            assert re.fullmatch(r"\[INFO\]\t[0-9T:.-]+Z\tr-1\tGET /path 200 123 B 4\.5 ms\n", message)


@pytest.mark.parametrize("path", ["/a\n[ERROR]\tforged", "/a\rforged", "/a\u2028b", "/a\x1b[2J"])
def test_a_path_can_not_forge_a_record(pipe: Pipe, path: str) -> None:
    with installed(pipe, {}):
        access("GET", path, 200, 1, 1)
    (message,) = pipe.messages()
    line = message.removesuffix("\n").split("\t", 3)[3]
    assert line.isprintable()
    assert line == f"GET {path.encode('unicode_escape').decode()} 200 1 B 1.0 ms"
