"""Streamed answers behind `dev` and under uvicorn, and the page that shows them, in Chromium."""

import re
import signal
import sys
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.dev_process import PATIENCE, Dev
from tests.support.paths import ROOT
from tests.support.server_process import free_port, server_process

EXAMPLE = ROOT / "examples" / "llm_stream"
QUESTION = {"prompt": "How?"}


@pytest.fixture(scope="module")
def streaming() -> Iterator[Dev]:
    with Dev("--stream", cwd=EXAMPLE, env={"AWS_LAMBDA_LOG_LEVEL": "INFO"}) as dev:
        yield dev


def asked(browser: Browser, dev: Dev, query: str) -> Page:
    page = browser.new_page()
    page.goto(f"{dev.url}/{query}")
    page.get_by_label("Prompt").fill("Why <b>?")
    page.get_by_role("button", name="Ask").click()
    return page


def test_the_page_shows_each_token_as_it_arrives(browser: Browser, streaming: Dev) -> None:
    page = asked(browser, streaming, "?think=0&pace=2")
    expect(page.locator("#answer")).to_have_text("You ")
    expect(page.locator("#state")).to_have_text(re.compile("^First token after "))
    expect(page.get_by_role("button", name="Ask")).to_be_disabled()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#state")).to_have_text("Stopped")
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    expect(page.locator("#answer")).to_have_text("You ")


def test_the_page_shows_the_whole_answer(browser: Browser, streaming: Dev) -> None:
    page = asked(browser, streaming, "?think=0&pace=0")
    expect(page.locator("#state")).to_have_text(re.compile(r"^\d+ tokens in [\d.]+ s, complete$"))
    expect(page.locator("#answer")).to_have_text(re.compile(r"^You asked: Why <b>\?\n\nI am .* your choice\. $"))


def leave_after_a_token(url: str) -> None:
    with httpx.stream("POST", f"{url}/answers?think=0&pace=0.02", json=QUESTION, timeout=PATIENCE) as response:
        assert next(response.iter_lines()) == "event: token"


def test_a_function_is_not_told_that_its_client_has_left(streaming: Dev) -> None:
    with streaming.client() as http:
        whole = http.post("/answers?think=0&pace=0", json=QUESTION).text
    line = f"Answer complete, tokens: {whole.count('event: token')}"
    streaming.line("log", message=line)
    leave_after_a_token(streaming.url)
    streaming.line("log", message=line)


def test_uvicorn_tells_the_app_that_its_client_has_left() -> None:
    port = free_port()
    with server_process(
        [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port)], {}, EXAMPLE, port
    ) as process:
        leave_after_a_token(f"http://127.0.0.1:{port}")
        process.signal(signal.SIGTERM)
        process.wait()
        assert "Answer broken off, tokens: " in process.stderr


def test_an_answer_ends_before_the_function_is_killed() -> None:
    with Dev("--stream", "--timeout", "2", cwd=EXAMPLE, env={"MARGIN_SECONDS": "1"}) as dev, dev.client() as http:
        answer = http.post("/answers?think=60&pace=0", json=QUESTION)
        assert dev.line("request", error=None)["status"] == 200
    assert answer.text.endswith('event: end\ndata: {"reason": "out of time", "tokens": 0}\n\n')


def test_comments_keep_a_rest_api_s_stream_open() -> None:
    rest = ("--origin", "rest", "--stream", "--idle-timeout", "1.5")
    with Dev(*rest, cwd=EXAMPLE, env={"HEARTBEAT_SECONDS": "0.2"}) as dev, dev.client() as http:
        while dev.get("/").status_code != 200:
            pass  # an API waits no longer for a cold start either
        answer = http.post("/answers?think=2&pace=0", json=QUESTION)
    assert answer.text.startswith(": still thinking\n\n")
    assert '"reason": "complete"' in answer.text
