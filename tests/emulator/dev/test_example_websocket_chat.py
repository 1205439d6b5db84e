"""The chat: pages in Chromium that talk to each other, each from a browser of its own."""

from collections.abc import Callable, Iterator
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


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chat]:
    file = {"PEOPLE_FILE": str(tmp_path_factory.mktemp("chat") / "people.sqlite3")}
    with (
        Dev("--origin", "websocket", cwd=EXAMPLE, env=file) as api,
        Dev(cwd=EXAMPLE, env={**file, "SOCKET_URL": api.url}) as page,
    ):
        yield Chat(api, page)


Join = Callable[[str], Page]


@pytest.fixture
def join(browser: Browser, chat: Chat) -> Iterator[Join]:
    """Afterwards nobody is left in the chat, which the next test goes on with."""
    pages: list[Page] = []

    def joined(name: str) -> Page:
        page = browser.new_context().new_page()
        pages.append(page)
        page.goto(f"{chat.page.url}/")
        expect(page.get_by_role("button", name="Say")).to_be_hidden()
        page.get_by_label("Your name").fill(name)
        page.get_by_role("button", name="Join").click()
        expect(page.get_by_role("button", name="Say")).to_be_visible()
        return page

    yield joined
    for page in pages:
        page.context.close()
    for _ in pages:
        chat.api.line("request", method="DISCONNECT", status=200)


def say(page: Page, text: str) -> None:
    page.get_by_label("Message").fill(text)
    page.get_by_role("button", name="Say").click()


def test_two_browsers_talk(join: Join) -> None:
    ines = join("Inês")
    lu = join("Lu")
    messages = [page.get_by_role("listitem") for page in (ines, lu)]
    expect(messages[0]).to_have_text(["Lu has joined"])
    say(ines, "hello <b>Lu</b>")
    expect(messages[1]).to_have_text(["Inês: hello <b>Lu</b>"])
    say(lu, "good evening ☕")
    expect(messages[0]).to_have_text(["Lu has joined", "Inês: hello <b>Lu</b>", "Lu: good evening ☕"])
    expect(messages[1]).to_have_text(["Inês: hello <b>Lu</b>", "Lu: good evening ☕"])
    lu.close()
    expect(messages[0].last).to_have_text("Lu has left")


def test_a_message_that_is_too_large(join: Join) -> None:
    """Chromium sees the code although it is still sending."""
    ines = join("Inês")
    say(ines, "x" * 1_000_000)
    expect(ines.get_by_role("listitem")).to_have_text(["The connection is closed (1009)"])


def test_a_client_without_a_name_is_refused(chat: Chat) -> None:
    assert refused(chat.api) == 422


def test_a_message_that_no_route_takes(chat: Chat) -> None:
    with connected(chat.api, "/?name=Lu") as client:
        client.send("hello")
        assert "Expected" in heard(client)
    chat.api.line("request", method="DISCONNECT")


@pytest.mark.slow
def test_the_api_ends(browser: Browser) -> None:
    """One of its own: no other test could go on with it."""
    with Dev("--origin", "websocket", cwd=EXAMPLE) as api, Dev(cwd=EXAMPLE, env={"SOCKET_URL": api.url}) as site:
        page = browser.new_page()
        page.goto(f"{site.url}/")
        page.get_by_label("Your name").fill("Inês")
        page.get_by_role("button", name="Join").click()
        expect(page.get_by_role("button", name="Say")).to_be_visible()
        assert api.end() == 0
        expect(page.get_by_role("listitem")).to_have_text(["The connection is closed (1012)"])
        expect(page.get_by_role("button", name="Join")).to_be_visible()
