"""Takes the pictures of `dev`'s page in docs/, with requests to the FastAPI example, and that of a streamed answer."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from tests.emulator.dev.conftest import CHROMIUM
from tests.support.dev_process import EXAMPLE, Dev

DOCS = Path(__file__).parent.parent / "docs"
LLM = Path(__file__).parent.parent / "examples" / "llm_stream"
DESKTOP = (1280, 720)
PHONE = (390, 760)


def send_requests(dev: Dev) -> None:
    with dev.client() as client:
        client.get("/", headers={"authorization": "Bearer of-a-secret"})
        client.get("/docs")
        note = client.post("/notes", json={"text": "buy ☕"}).headers["location"]
        client.get(note, headers={"authorization": "Bearer of-a-secret", "cookie": "visits=1"})
        client.post("/notes", json={"txt": "buy ☕"})
        client.get("/notes/unknown")
        client.get("/home")
        client.get("/download?mb=4")
        client.get("/visits")
    with ThreadPoolExecutor(3) as threads:  # each needs a sandbox of its own
        list(threads.map(dev.get, ["/tokens?text=To+be+or+not+to+be&pace=0.2"] * 3))
    with contextlib.suppress(httpx.RemoteProtocolError):  # the function's time-out breaks it off
        dev.get("/tokens?text=a+b+c+d+e&pace=1")


def take_pictures(browser: Browser, dev: Dev) -> None:
    with ThreadPoolExecutor(1) as threads:
        send_requests(dev)
        page = open_page(browser, dev, DESKTOP)
        streams = threads.submit(dev.get, "/tokens?text=the+rest+is+silence&pace=0.8")
        page.get_by_text("streams, 3 chunks").wait_for()
        page.screenshot(path=DOCS / "page.png")
        page.emulate_media(color_scheme="dark")
        page.get_by_role("button", name="GET /notes/").last.click()
        page.locator(".details h2").wait_for()
        page.locator(".details details", has_text="rawPath").scroll_into_view_if_needed()
        page.screenshot(path=DOCS / "page-dark.png")
        page = open_page(browser, dev, PHONE)
        page.screenshot(path=DOCS / "page-phone.png")
        streams.result()


def open_page(browser: Browser, dev: Dev, size: tuple[int, int]) -> Page:
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
    page.goto(f"{dev.url}/_lambda")
    page.get_by_text("Live", exact=True).wait_for()
    page.locator("#rows .row").first.wait_for()
    return page


def take_picture_of_an_answer(browser: Browser, dev: Dev) -> None:
    page = browser.new_page(viewport={"width": 760, "height": 430})
    page.goto(f"{dev.url}/?think=0.4&pace=0.2")
    page.get_by_role("button", name="Ask").click()
    page.locator("#answer", has_text="as soon").wait_for()
    page.screenshot(path=LLM / "page.png")


def main() -> None:
    example = Dev("--stream", "--timeout", "4", cwd=EXAMPLE)
    with example as dev, Dev("--stream", cwd=LLM) as llm, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        take_pictures(browser, dev)
        take_picture_of_an_answer(browser, llm)
        browser.close()


if __name__ == "__main__":
    main()
