"""The example behind every front door, and `dev` in Chromium, which loads nothing from a network."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.dev_process import APP, EXAMPLE, Dev, Gate
from tests.support.doors import NAME_OF_OPTION
from tests.support.paths import ROOT

SWAGGER_UI = Path(str(files("flask_swagger_ui"))) / "dist"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        context.route(lambda url: not url.startswith("http://127.0.0.1:"), from_package)
        yield context.new_page()


def from_package(route: Route) -> None:
    """What FastAPI's page of documentation loads from a CDN."""
    file = SWAGGER_UI / route.request.url.rpartition("/")[2]
    if file.is_file():
        route.fulfill(path=file)
    else:
        route.abort()


def try_it_out(page: Page, dev: Dev) -> None:
    """Make a note by the form in the documentation."""
    page.goto(f"{dev.url}{dev.mount}/docs")
    operation = page.locator("#operations-default-create_note_notes_post")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.locator("textarea").fill('{"text": "buy ☕"}')
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table .response")
    expect(answer.locator(".response-col_status")).to_contain_text("201")
    expect(answer.locator(".response-col_description .highlight-code").first).to_contain_text("buy ☕")
    expect(operation.locator(".request-url pre")).to_have_text(f"{dev.url}{dev.mount}/notes")


# Of a front door with a path of its own, and of one without; test_matrix.py has each of them.
DEFAULT = ("function-url", "http-api-v1")


@pytest.fixture(
    scope="module",
    params=[pytest.param(door, marks=[] if door in DEFAULT else pytest.mark.slow) for door in NAME_OF_OPTION],
)
def example(request: pytest.FixtureRequest) -> Iterator[Dev]:
    with Dev("--origin", request.param, cwd=EXAMPLE) as dev:
        yield dev


def test_the_example_behind_every_front_door(example: Dev) -> None:
    with example.client() as client:
        page = client.get("/")
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        logo = client.get("/logo.png")
        assert logo.content[:8] == b"\x89PNG\r\n\x1a\n"
        created = client.post("/notes", json={"text": "Grüße"})
        assert created.status_code == 201
        read = client.get(created.headers["location"])
        assert read.json()["text"] == "Grüße"
        client.get("/visits")
        assert client.cookies["visits"] == "1"
        seen = client.get("/capture/a%20b?x=1&x=2&y=%C3%A9").json()
        assert seen["path"] == "/capture/a b"
        assert ["y", "é"] in seen["query"]
        assert seen["client"] == "127.0.0.1"
        assert seen["host"] == example.url.removeprefix("http://")
        assert client.delete(created.headers["location"]).status_code == 204
        assert client.get(created.headers["location"]).status_code == 404


def test_the_documentation_of_the_example(example: Dev, page: Page) -> None:
    try_it_out(page, example)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--origin", "http-api", "--stage", "prod"],
        pytest.param(["--origin", "http-api-v1", "--stage", "prod"], marks=pytest.mark.slow),
        pytest.param(["--origin", "rest", "--stage", "prod"], marks=pytest.mark.slow),
        ["--origin", "rest", "--base-path", "/shop"],
    ],
    ids=" ".join,
)
def test_the_documentation_behind_a_mount(arguments: list[str], page: Page) -> None:
    with Dev(*arguments, cwd=EXAMPLE) as dev:
        try_it_out(page, dev)


def test_a_page_outside_the_stage_leads_into_it(page: Page, tmp_path: Path) -> None:
    with Dev(APP, "--origin", "http-api", "--stage", "live", cwd=tmp_path) as dev:
        page.goto(f"{dev.url}/items")
        expect(page.get_by_role("heading")).to_have_text("404 Not Found")
        page.get_by_role("link", name="/live/").click()
        expect(page).to_have_url(f"{dev.url}/live/")
        expect(page.locator("body")).to_contain_text('"root_path": "/live"')


def test_the_page_of_a_syntax_error(page: Page, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import shop\n\napp = shop.app\n")
    (tmp_path / "shop.py").write_text("def app(:\n")
    with Dev("main:app", cwd=tmp_path) as dev:
        page.goto(dev.url)
        expect(page.get_by_role("heading")).to_have_text("Runtime.UserCodeSyntaxError")
        expect(page.locator("pre.own")).to_contain_text("def app(:")
        expect(page.locator("body")).not_to_contain_text("importlib")
        (tmp_path / "shop.py").write_text((ROOT / "tests/support/misbehaving_app.py").read_text())
        dev.line("init")
        page.reload()
        expect(page.locator("body")).to_contain_text('"root_path": ""')


@pytest.mark.parametrize("origin", ["function-url", "rest"])
def test_a_stream_is_seen_as_it_is_made(origin: str, page: Page, tmp_path: Path) -> None:
    with Dev(APP, "--stream", "--origin", origin, cwd=tmp_path) as dev, Gate() as gate:
        page.goto(f"{dev.url}/page?status=200&port={gate.port}")
        expect(page.locator("output")).to_have_text("one")
        gate.arrive()  # the app waits, so nothing more can have been said
        expect(page.locator("output")).to_have_text("one")
        gate.open()
        expect(page.locator("output")).to_have_text("one two")


def test_the_chat_of_the_example(page: Page) -> None:
    with Dev("--stream", cwd=EXAMPLE) as dev:
        page.goto(f"{dev.url}/chat")
        page.get_by_role("textbox").fill("word by word")
        page.get_by_role("button", name="Say").click()
        expect(page.locator("#answer")).to_have_text("word by word")
