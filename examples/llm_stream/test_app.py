"""Answers as they reach a client behind front doors of Lambda: their tokens, comments and ends."""

import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from lambda_http_adapter.testing import AsyncLambdaTransport, FrontDoor

from . import app as example

pytestmark = pytest.mark.anyio

QUESTION = {"prompt": "How „do“\ntokens get here?"}
QUICK = {"think": 0.0, "pace": 0.0}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "llm_stream")
    return caplog


@asynccontextmanager
async def client(origin: FrontDoor = "function-url", streamed: bool = True) -> AsyncIterator[httpx.AsyncClient]:
    transport = AsyncLambdaTransport(example.app, origin, invoke_mode="response_stream" if streamed else "buffered")
    async with httpx.AsyncClient(transport=transport, base_url="https://llm.example") as http:
        yield http


def events(body: str) -> list[tuple[str, object]]:
    """What the page reads of it: comments aren't events."""
    found = re.findall(r"^event: (\w+)\ndata: (.*)\n\n", body, re.MULTILINE)
    return [(name, json.loads(data)) for name, data in found]


def text(body: str) -> str:
    return "".join(str(data) for name, data in events(body) if name == "token")


@pytest.mark.parametrize(
    ("origin", "streamed"),
    [("function-url", True), ("rest", True), ("function-url", False), ("http-api", False), ("alb", False)],
)
async def test_an_answer(origin: FrontDoor, streamed: bool, logged: pytest.LogCaptureFixture) -> None:
    async with client(origin, streamed) as http:
        response = await http.post("/answers", params=QUICK, json=QUESTION)
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert text(response.text).startswith(f"You asked: {QUESTION['prompt']}\n\nI am not a language model, ")
    *tokens, (name, end) = events(response.text)
    assert (name, end) == ("end", {"reason": "complete", "tokens": len(tokens)})
    assert [record.getMessage() for record in logged.records if record.name == "llm_stream"] == [
        f"Answer complete, tokens: {len(tokens)}"
    ]


async def test_the_first_token_arrives_before_the_last_is_made() -> None:
    async with client() as http:
        request = http.stream("POST", "/answers", params={"think": 0, "pace": 60}, json=QUESTION, timeout=10)
        async with request as response:
            assert [line async for line in first(response, 2)] == ["event: token", 'data: "You "']


async def first(response: httpx.Response, number: int) -> AsyncIterator[str]:
    lines = response.aiter_lines()
    for _ in range(number):
        yield await anext(lines)


async def test_a_comment_breaks_the_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example, "HEARTBEAT", 0.01)
    async with client() as http:
        request = http.stream("POST", "/answers", params={"think": 60, "pace": 0}, json=QUESTION, timeout=10)
        async with request as response:
            assert [line async for line in first(response, 3)] == [": still thinking", "", ": still thinking"]


@pytest.mark.parametrize("think", [0, 60])
async def test_an_answer_ends_before_the_time_of_its_invocation(
    think: float, monkeypatch: pytest.MonkeyPatch, logged: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(example, "MARGIN", 29.8)  # of the 30 seconds that the transport gives it
    async with client() as http:
        response = await http.post("/answers", params={"think": think, "pace": 0.01}, json=QUESTION)
    *tokens, (name, end) = events(response.text)
    assert (name, end) == ("end", {"reason": "out of time", "tokens": len(tokens)})
    assert bool(tokens) == (think == 0)
    assert f"Answer out of time, tokens: {len(tokens)}" in logged.messages


async def test_the_model_stops_for_a_client_that_is_known_to_have_left(logged: pytest.LogCaptureFixture) -> None:
    async with client() as http:
        request = http.stream("POST", "/answers", params={"think": 0, "pace": 60}, json=QUESTION)
        async with request as response:
            await anext(response.aiter_bytes())
        assert "Answer broken off, tokens: 1" in logged.messages


@pytest.mark.parametrize(
    ("query", "question"),
    [("", {}), ("", {"prompt": ""}), ("", {"prompt": "x" * 2001}), ("?pace=-1", QUESTION), ("?think=nan", QUESTION)],
)
async def test_what_is_not_answered(query: str, question: object) -> None:
    async with client() as http:
        assert (await http.post(f"/answers{query}", json=question)).status_code == 422


async def test_the_page_asks_no_one_else() -> None:
    async with client() as http:
        page = await http.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert re.findall(r"https?://|src=|@import", page.text) == []
