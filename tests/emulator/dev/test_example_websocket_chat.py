"""The chat: pages in Chromium that talk to each other, each from a browser of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.dev_process import Dev
from tests.support.paths import ROOT
from tests.support.websocket_client import connected, heard, refused

EXAMPLE = ROOT / "examples" / "websocket_chat"


class Chat(NamedTuple):
    """One app behind two front doors."""

    api: Dev
    page: Dev


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Chat]:
    file = {"PEOPLE_FILE": str(tmp_path / "people.sqlite3")}
    with (
        Dev("--origin", "websocket", cwd=EXAMPLE, env=file) as api,
        Dev(cwd=EXAMPLE, env={**file, "SOCKET_URL": api.url}) as page,
    ):
        yield Chat(api, page)


def joined(browser: Browser, chat: Chat, name: str) -> Page:
    page = browser.new_context().new_page()
    page.goto(f"{chat.page.url}/")
    expect(page.get_by_role("button", name="Say")).to_be_hidden()
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("button", name="Say")).to_be_visible()
    return page


def say(page: Page, text: str) -> None:
    page.get_by_label("Message").fill(text)
    page.get_by_role("button", name="Say").click()


def test_two_browsers_talk(browser: Browser, chat: Chat) -> None:
    ines = joined(browser, chat, "Inês")
    lu = joined(browser, chat, "Lu")
    messages = [page.get_by_role("listitem") for page in (ines, lu)]
    expect(messages[0]).to_have_text(["Lu has joined"])
    say(ines, "hello <b>Lu</b>")
    expect(messages[1]).to_have_text(["Inês: hello <b>Lu</b>"])
    say(lu, "good evening ☕")
    expect(messages[0]).to_have_text(["Lu has joined", "Inês: hello <b>Lu</b>", "Lu: good evening ☕"])
    expect(messages[1]).to_have_text(["Inês: hello <b>Lu</b>", "Lu: good evening ☕"])
    lu.close()
    expect(messages[0].last).to_have_text("Lu has left")
    assert chat.api.line("request", method="DISCONNECT")["status"] == 200


def test_a_message_that_is_too_large(browser: Browser, chat: Chat) -> None:
    """Chromium sees the code although it is still sending."""
    ines = joined(browser, chat, "Inês")
    say(ines, "x" * 1_000_000)
    expect(ines.get_by_role("listitem")).to_have_text(["The connection is closed (1009)"])


def test_the_api_ends(browser: Browser, chat: Chat) -> None:
    ines = joined(browser, chat, "Inês")
    assert chat.api.end() == 0
    expect(ines.get_by_role("listitem")).to_have_text(["The connection is closed (1012)"])
    expect(ines.get_by_role("button", name="Join")).to_be_visible()


def test_a_client_without_a_name_is_refused(chat: Chat) -> None:
    assert refused(chat.api) == 422


def test_a_message_that_no_route_takes(chat: Chat) -> None:
    with connected(chat.api, "/?name=Lu") as client:
        client.send("hello")
        assert "Expected" in heard(client)
