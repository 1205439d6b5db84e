"""What a browser says of the CORS errors in docs/troubleshooting.md, so that a search for it finds them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.troubled_server import Server, Servers
from tests.support.troubles import PAGE_ORIGIN, ROWS


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    with Servers(tmp_path) as servers:
        yield servers


NO_HEADER, TWO_VALUES = [title for title in ROWS if "Access-Control-Allow-Origin" in title]


@pytest.mark.parametrize("title", [NO_HEADER, pytest.param(TWO_VALUES, marks=pytest.mark.slow)])
def test_the_message(title: str, browser: Browser, servers: Servers) -> None:
    origin = servers.url(Server()).replace("127.0.0.1", "localhost")
    row = ROWS[title].server
    files = {name: text.replace(PAGE_ORIGIN, origin) for name, text in row.files.items()}
    other = row._replace(files=files, block=row.block.replace(PAGE_ORIGIN, origin))
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{origin}/items")
        with page.expect_console_message(lambda shown: "CORS policy" in shown.text) as message:
            page.evaluate("url => fetch(url).catch(() => {})", f"{servers.url(other)}/items")
        assert title.strip("`") in message.value.text
