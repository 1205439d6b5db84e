"""What the terminal shows of a stream while it goes on."""

import io
import json

from lambda_http_adapter.emulator._console import Log
from lambda_http_adapter.emulator._status import Exchange, History


def told(*, quiet: bool = False, as_json: bool = False) -> list[str]:
    """Three pieces, the second at once, the third a second later."""
    screen = io.StringIO()
    log = Log(History(), quiet, as_json, screen)
    exchange = Exchange("GET", "/tokens")
    exchange.began_answer(200, [])
    log.streaming(exchange)
    for size, seconds in ((1200, 0), (300, 1)):
        exchange.add(b"x" * size)
        exchange.shown -= seconds
        log.streaming(exchange)
    return screen.getvalue().splitlines()


def test_a_line_a_second() -> None:
    assert [line.partition(" ")[2] for line in told()] == [
        "GET /tokens 200 streams …",
        "GET /tokens 200 streams, 1.5 kB in 2 chunks …",
    ]


def test_json() -> None:
    assert [json.loads(line) for line in told(as_json=True)] == [
        {"type": "stream", "method": "GET", "target": "/tokens", "status": 200, "bytes": size, "chunks": chunks}
        for size, chunks in ((0, 0), (1500, 2))
    ]


def test_quiet() -> None:
    assert told(quiet=True) == []
