"""Bodies that are files: read in blocks, from where and as far as the message says."""

from pathlib import Path

import pytest

from lambda_http_adapter._types import Message, Receive, Scope, Send
from tests.support.asgi_recorder import serve
from tests.support.response_recorder import END, OK, Part
from tests.support.small_apps import PART, REST, START, plays

BLOCK = 256 * 1024
CONTENT = bytes(range(256)) * 2100  # two blocks and a part


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    return path


def blocks(content: bytes) -> list[Part]:
    return [content[start : start + BLOCK] for start in range(0, len(content), BLOCK)]


@pytest.mark.parametrize("more_body", [{}, {"more_body": True}])  # which a path's message hasn't
@pytest.mark.parametrize("kind", [str, Path])
def test_a_path_is_the_rest_of_the_body(file: Path, kind: type, more_body: Message) -> None:
    message = {"type": "http.response.pathsend", "path": kind(file), **more_body}
    assert serve(plays(START, message)) == [OK, *blocks(CONTENT), END]
    assert serve(plays(START, PART, message)) == [OK, b"part", *blocks(CONTENT), END]


def test_an_empty_file_is_an_empty_body(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert serve(plays(START, {"type": "http.response.pathsend", "path": tmp_path / "empty"})) == [OK, END]


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({}, CONTENT[100:]),
        ({"offset": 0}, CONTENT),
        ({"offset": 5}, CONTENT[5:]),
        ({"count": 7}, CONTENT[100:107]),
        ({"count": 0}, b""),
        ({"offset": 5, "count": BLOCK + 1}, CONTENT[5 : BLOCK + 6]),
        ({"offset": len(CONTENT) - 3, "count": 7}, CONTENT[-3:]),
        ({"offset": None, "count": None}, CONTENT[100:]),
    ],
)
def test_a_part_of_an_open_file(file: Path, options: Message, sent: bytes) -> None:
    with file.open("rb", buffering=0) as opened:
        opened.seek(100)
        message = {"type": "http.response.zerocopysend", "file": opened, **options}
        assert serve(plays(START, message)) == [OK, *blocks(sent), END]
        if "offset" in options and options["offset"] is not None:
            assert opened.tell() == 100


def test_more_may_follow_a_part_of_an_open_file(file: Path) -> None:
    with file.open("rb", buffering=0) as opened:
        message = {"type": "http.response.zerocopysend", "file": opened, "count": 3, "more_body": True}
        assert serve(plays(START, message, message, REST)) == [OK, CONTENT[:3], CONTENT[3:6], b"rest", END]


def test_a_file_that_is_not_there_is_the_apps_error(tmp_path: Path) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        with pytest.raises(FileNotFoundError):
            await send({"type": "http.response.pathsend", "path": tmp_path / "file"})
        await send(REST)

    assert serve(app) == [OK, b"rest", END]
