"""A small site, built as the real one is: strictly, and in a browser that may ask no other server for anything.

`scripts/check` builds the real one.
"""

import functools
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.emulator.dev.conftest import browser  # noqa: F401
from tests.support.paths import ROOT
from website.html import problems, unlisted
from website.pages import ICON

PAGES = {
    ".nav.yml": "nav:\n  - index.md\n  - Guides: [guide.md]\n",
    "index.md": "# Home\n\nSee [the guide](guide.md#second).\n",
    "guide.md": "# Guide\n\n## Second\n\nAbout marmalade.\n\n```python\nprint('tea')\n```\n",
}

# The theme's search is in a closed shadow tree, which no locator sees into.
OPEN_SHADOWS = """
const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function(options) { return attach.call(this, {...options, mode: "open"}); };
"""


def build(folder: Path, pages: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The site that mkdocs.yml makes of these pages."""
    sources = folder / ".site" / "pages"
    (sources / "assets").mkdir(parents=True)
    shutil.copytree(ROOT / "docs" / "assets", sources / "assets", dirs_exist_ok=True)
    shutil.copyfile(ROOT / ICON, sources / "assets" / "icon.svg")
    shutil.copyfile(ROOT / "mkdocs.yml", folder / "mkdocs.yml")
    shutil.copytree(ROOT / "website", folder / "website")
    for name, text in pages.items():
        (sources / name).write_text(text)
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = build(folder, PAGES)
    assert built.returncode == 0, built.stderr
    return folder / ".site" / "html"


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Keep the output of the tests clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def requests(page: Page) -> list[str]:
    found: list[str] = []

    def record(request: Request) -> None:
        found.append(request.url)

    page.on("request", record)
    return found


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:  # noqa: F811
    page = browser.new_page(color_scheme="dark")
    page.on("requestfailed", lambda request: pytest.fail(f"{request.url} failed"))
    yield page
    page.close()


def test_nothing_is_wrong_with_it(site: Path) -> None:
    assert list(problems(site)) == []
    assert list(unlisted(site)) == []


def test_no_page_asks_another_server_for_anything(page: Page, address: str, requests: list[str]) -> None:
    page.goto(address, wait_until="networkidle")
    page.get_by_role("link", name="the guide").click()
    expect(page.get_by_text("About marmalade.")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert len(requests) > 4
    assert [url for url in requests if not url.startswith((address, "data:", "blob:"))] == []


def test_a_page_is_found_by_its_words(page: Page, address: str) -> None:
    page.add_init_script(OPEN_SHADOWS)
    page.goto(address, wait_until="networkidle")
    page.get_by_role("button", name="Search").first.click()
    page.get_by_role("combobox", name="Search").fill("marmalade")
    expect(page.get_by_text("1 result")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}guide/?h=marmalade#second")


def test_it_is_dark_where_the_system_is_and_light_where_asked(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    page.emulate_media(color_scheme="light")
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "default")


def test_links_that_lead_nowhere_fail_the_build(tmp_path: Path) -> None:
    built = build(tmp_path, {**PAGES, "index.md": "# Home\n\n[A page](gone.md)\n[A place](guide.md#gone)\n"})
    assert built.returncode != 0
    assert "page does not exist" in built.stderr
    assert "anchor does not exist" in built.stderr
