"""The page at `/_lambda` in Chromium."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, expect

from tests.support.dev_process import APP, Dev, Gate

DESKTOP = (1280, 800)
PHONE = (390, 844)
PARTS = {"queue", "init", "run", "stream", "after"}


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    with Dev(APP, "--stream", "--concurrency", "2", cwd=tmp_path_factory.mktemp("dev")) as dev:
        yield dev


@pytest.fixture
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    width, height = getattr(request, "param", DESKTOP)
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """What goes wrong in the page, or is loaded from another address, fails the test."""
    problems: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("request", lambda sent: None if sent.url.startswith("http://127.0.0.1:") else problems.append(sent.url))
    yield page
    assert problems == []


def row(page: Page, target: str) -> Locator:
    """The rows of requests to ``target``, the latest first."""
    return page.locator("#rows button.row").filter(has=page.locator(".path", has_text=re.compile(re.escape(target))))


def open_page(page: Page, dev: Dev, fragment: str = "") -> None:
    page.goto(f"{dev.url}/_lambda{fragment}")
    expect(page.locator("#connection")).to_have_text("Live")


def open_details(page: Page, target: str) -> Locator:
    row(page, target).first.click()
    pane = page.get_by_role("region", name="Invocation", exact=True)
    expect(pane.locator("h2")).to_contain_text(target)
    return pane


def section(pane: Locator, title: str) -> Locator:
    return pane.locator("details").filter(has=pane.page.locator("summary", has_text=re.compile(f"^{title}")))


def test_an_invocation_appears_as_it_arrives(dev: Dev, page: Page) -> None:
    open_page(page, dev)
    with Gate() as gate, ThreadPoolExecutor(1) as threads:
        answer = threads.submit(dev.get, f"/gate?port={gate.port}&live")
        gate.arrive()
        live = row(page, f"port={gate.port}&live")
        expect(live.locator(".status")).to_have_text("…")
        expect(live).to_have_class(re.compile("running"))
        gate.open()
        answer.result()
        expect(live.locator(".status")).to_have_text("200")
        expect(live).not_to_have_class(re.compile("running"))
    expect(page.locator("#announcer")).to_contain_text("200 after")


def test_a_stream_shows_its_progress(dev: Dev, page: Page) -> None:
    open_page(page, dev)
    with Gate() as gate, dev.client() as client:
        target = f"/stream?port={gate.port}"
        with client.stream("GET", target) as response:
            live = row(page, target)
            expect(live.locator(".tag", has_text="streams, 1 chunk …")).to_be_visible()
            pane = open_details(page, target)
            expect(section(pane, "Response body")).to_contain_text("11 B in 1 chunk so far …")
            expect(section(pane, "Response body")).to_contain_text("data: one")
            replay = pane.get_by_role("button", name="Replay")
            replay.focus()
            gate.arrive()
            gate.open()
            response.read()
        expect(section(pane, "Response body")).to_contain_text("22 B in 2 chunks")
        expect(replay).to_be_focused()
        expect(section(pane, "Response body")).to_contain_text("data: two")
        expect(live.locator(".tag", has_text="streams")).to_have_count(0)


def test_the_waterfall(tmp_path: Path, page: Page) -> None:
    with Dev(APP, "--stream", "--cold", cwd=tmp_path) as dev:
        dev.line("init")
        dev.get("/warmed")
        dev.get("/stream?cold")
        open_page(page, dev)
        assert page.locator("#axis .tick").all_inner_texts()[:3] == ["1 ms", "10 ms", "100 ms"]
        bars = row(page, "/stream?cold").locator(".bars i")
        shown = [(str(bar.get_attribute("class")), bar.bounding_box()) for bar in bars.all()]
        names = [name for name, _ in shown]
        assert {"init", "run", "stream"} <= set(names) <= PARTS
        assert names == [name for name in ("queue", "init", "run", "stream", "after") if name in names]
        # Each begins where the one before ends. On a log axis the init, which comes first, is the widest.
        boxes = {name: box for name, box in shown if box is not None}
        assert max(boxes, key=lambda name: boxes[name]["width"]) == "init"
        assert boxes["run"]["x"] == pytest.approx(boxes["init"]["x"] + boxes["init"]["width"], abs=2)
        left, right = (page.locator("#axis .tick").nth(index).bounding_box() for index in (0, -1))
        assert left is not None
        assert right is not None
        assert left["x"] - 1 <= boxes["init"]["x"] < boxes["stream"]["x"] <= right["x"] + right["width"]
        legend = page.locator(".list-pane .legend")
        for name in ("queue", "init", "run", "stream", "after the response", "log scale"):
            expect(legend).to_contain_text(name)
        expect(row(page, "/stream?cold")).to_have_accessible_name(
            re.compile(
                r"GET /stream\?cold, status 201, .+ cold start, .*init [\d.]+ m?s, run [\d.]+ m?s, stream [\d.]+ m?s"
            )
        )


def test_statuses_have_colours(dev: Dev, page: Page) -> None:
    for status in (204, 304, 404, 503):
        dev.get(f"/stream?status={status}")
    open_page(page, dev)
    colours = {
        row(page, f"status={status}").first.locator(".status").evaluate("cell => getComputedStyle(cell).color")
        for status in (204, 304, 404, 503)
    }
    assert len(colours) == 4


def test_filter_and_search(dev: Dev, page: Page) -> None:
    dev.get("/stream?status=404&found")
    dev.get("/stream?status=500&found")
    dev.get("/crash?found")
    dev.get("/other")
    open_page(page, dev)
    search = page.get_by_role("searchbox")
    search.fill("FOUND")
    expect(row(page, "")).to_have_count(3)
    search.fill("found status=404")  # "404" alone may be a part of a request ID
    expect(row(page, "")).to_have_count(1)
    search.fill("found Runtime.ExitError")
    expect(row(page, "/crash")).to_have_count(1)
    search.fill("found")
    page.get_by_role("button", name="5xx and errors").click()
    expect(row(page, "")).to_have_count(2)
    page.get_by_role("button", name="4xx").click()
    expect(page.get_by_role("button", name="4xx")).to_have_attribute("aria-pressed", "true")
    expect(row(page, "")).to_have_count(1)
    search.fill("there is no such thing")
    expect(page.locator("#empty")).to_have_text(re.compile(r"None of the \d+ invocations matches."))
    page.get_by_role("button", name="All").click()
    search.fill("")
    expect(row(page, "/other").first).to_be_visible()


def test_an_invocation_in_detail(dev: Dev, page: Page) -> None:
    dev.get("/items?a=1", **{"x-kind": "detail"})
    open_page(page, dev)
    pane = open_details(page, "/items?a=1")
    expect(section(pane, "Log")).to_contain_text("START RequestId: ")
    expect(section(pane, "Log")).to_contain_text("REPORT RequestId: ")
    expect(section(pane, "Response headers")).to_contain_text("application/json")
    expect(section(pane, "Response body")).to_contain_text('"path": "/items"')
    expect(section(pane, "Event")).to_contain_text('"x-kind": "detail"')
    expect(pane.locator(".fields").first).to_contain_text("MB of 1769 MB at the peak")
    section(pane, "Result of the function").locator("summary").click()
    expect(section(pane, "Result of the function")).to_contain_text('"statusCode": 200')
    pane.get_by_role("button", name="Close").click()
    expect(pane).to_be_hidden()
    expect(row(page, "/items?a=1").first).to_be_focused()


def test_replay(dev: Dev, page: Page) -> None:
    dev.get("/again")
    open_page(page, dev)
    pane = open_details(page, "/again")
    pane.get_by_role("button", name="Replay").click()
    expect(row(page, "/again")).to_have_count(2)
    expect(row(page, "/again").first.locator(".tag", has_text="replay of #")).to_be_visible()
    expect(pane.locator(".fields").first).to_contain_text("a replay of #")
    expect(page.locator("#toast")).to_contain_text("Sent again as #")


def test_copy_as_curl(dev: Dev, page: Page, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    dev.get("/copied", authorization="Bearer secret")
    open_page(page, dev)
    open_details(page, "/copied").get_by_role("button", name="Copy as curl").click()
    expect(page.locator("#toast")).to_have_text("Copied, with its secrets: authorization.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("curl ")
    assert "'authorization: Bearer secret'" in copied
    assert copied.endswith(f"{dev.url}/copied")


def test_copy_as_curl_where_a_page_has_no_clipboard(dev: Dev, page: Page) -> None:
    """Over HTTP from another machine."""
    page.add_init_script("delete Navigator.prototype.clipboard")
    dev.get("/copied-otherwise")
    open_page(page, dev)
    open_details(page, "/copied-otherwise").get_by_role("button", name="Copy as curl").click()
    expect(page.locator("#toast")).to_have_text("Copied.")
    page.get_by_role("searchbox").press("Control+V")
    expect(page.get_by_role("searchbox")).to_have_value(re.compile(r"^curl .+/copied-otherwise$"))


def test_save_as_fixture(dev: Dev, page: Page, tmp_path: Path) -> None:
    dev.get("/kept")
    open_page(page, dev)
    pane = open_details(page, "/kept")
    with page.expect_download() as download:
        pane.get_by_role("button", name="Save as fixture").click()
    assert re.fullmatch(r"\d{4}-GET-kept\.json", download.value.suggested_filename)
    download.value.save_as(tmp_path / "event.json")
    assert json.loads((tmp_path / "event.json").read_text())["rawPath"] == "/kept"


def test_secrets_are_masked_until_they_are_clicked(dev: Dev, page: Page) -> None:
    secrets = {
        "authorization": "Bearer s3cret-1",
        "cookie": "session=s3cret-2",
        "x-api-key": "s3cret-3",
        "x-amz-security-token": "s3cret-4",
        "x-amzn-oidc-data": "s3cret-5",
    }
    dev.get("/stream?masked", **secrets)  # it sets two cookies
    open_page(page, dev)
    pane = open_details(page, "/stream?masked")
    section(pane, "Result of the function").locator("summary").click()
    expect(section(pane, "Event").locator(".secret")).to_have_count(len(secrets) + 1)
    expect(section(pane, "Response headers").locator(".secret")).to_have_count(2)
    expect(section(pane, "Result of the function").locator(".secret")).to_have_count(2)
    assert "s3cret" not in page.content()
    assert "a=1" not in pane.inner_html()
    section(pane, "Event").get_by_role("button", name="Show authorization", exact=True).click()
    expect(section(pane, "Event")).to_contain_text("Bearer s3cret-1")
    assert "s3cret-2" not in page.content()


def test_hostile_requests_are_only_shown(dev: Dev, page: Page) -> None:
    markup = "<img src=x onerror=alert(1)><script>alert(1)</script>"
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    with dev.client() as client:
        client.post(f"/hostile?{markup}", headers={"x-markup": markup}, content=markup.encode())
    open_page(page, dev)
    pane = open_details(page, "/hostile?")
    expect(section(pane, "Event")).to_contain_text(f'"x-markup": "{markup}"')
    assert page.locator("main img, main script").count() == 0
    assert dialogs == []


def test_the_policy_refuses_markup_that_the_page_would_make(dev: Dev, browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        open_page(page, dev)
        with pytest.raises(Error, match="TrustedHTML"):
            page.evaluate("document.body.innerHTML = '<b>'")


def test_a_large_event_is_cut_until_it_is_asked_for(dev: Dev, page: Page) -> None:
    with dev.client() as client:
        client.post("/length", content=b"x" * 1_000_000, headers={"content-type": "text/plain"})
    open_page(page, dev)
    pane = open_details(page, "/length")
    assert len(page.content()) < 100_000
    section(pane, "Event").get_by_role("button", name="show all 1,000,002 characters").click()
    expect(section(pane, "Event")).to_contain_text("x" * 3000)
    assert len(page.content()) > 1_000_000


@pytest.mark.parametrize(
    ("content", "shown"), [("name=Grüße&b=c".encode(), "name=Grüße&b=c"), (b"\xff\x00", "0000  ff 00")]
)
def test_a_request_body_is_decoded(content: bytes, shown: str, dev: Dev, page: Page) -> None:
    with dev.client() as client:
        client.post("/length?form", content=content, headers={"content-type": "application/x-www-form-urlencoded"})
    open_page(page, dev)
    pane = open_details(page, "/length?form")
    expect(section(pane, "Request body")).to_contain_text(shown)


def test_a_binary_body_is_shown_in_hexadecimal(tmp_path: Path, page: Page) -> None:
    (tmp_path / "function.py").write_text(
        "def handler(event, context):\n"
        "    return {'statusCode': 200, 'isBase64Encoded': True, 'body': 'iVBORw0KGgo='}\n"
    )
    with Dev("function:handler", cwd=tmp_path) as dev:
        dev.get("/image")
        open_page(page, dev)
        pane = open_details(page, "/image")
        expect(section(pane, "Response body")).to_contain_text("0000  89 50 4e 47 0d 0a 1a 0a")
        expect(section(pane, "Response body")).to_contain_text("·PNG····")


def test_an_error_and_its_stack_trace(tmp_path: Path, page: Page) -> None:
    (tmp_path / "function.py").write_text("def handler(event, context):\n    raise ValueError('no such luck')\n")
    with Dev("function:handler", cwd=tmp_path) as dev:
        dev.get("/broken")
        open_page(page, dev)
        expect(row(page, "/broken").locator(".tag.error")).to_have_text("Function.ValueError")
        pane = open_details(page, "/broken")
        expect(pane.locator(".error")).to_contain_text("no such luck")
        expect(pane.locator(".error pre")).to_contain_text("function.py")
        page.get_by_role("link", name="Sandboxes").click()
        expect(page.locator("#view-sandboxes svg rect.bad")).to_have_count(1)


def test_sandboxes_over_time(tmp_path: Path, page: Page) -> None:
    with Dev(APP, "--concurrency", "1", cwd=tmp_path) as dev:
        dev.get("/")
        open_page(page, dev, "#sandboxes")
        lane = page.locator(".sandboxes li")
        expect(lane).to_have_count(1)
        expect(lane).to_contain_text("idle")
        expect(lane).to_contain_text(re.compile(r"process \d+ · 1 invocation · init .+ · peak \d+ MB"))
        expect(lane.locator("rect.run")).to_have_count(1)
        expect(lane.locator("polygon.memory")).to_have_attribute("points", re.compile(r"\d+"))
        dev.get("/crash")
        expect(lane.first).to_contain_text("ended")
        expect(lane.first).to_contain_text("Runtime exited with error: exit status 3")


def test_the_settings_in_force(tmp_path: Path, page: Page) -> None:
    (tmp_path / ".env").write_text("A_SECRET=hidden\n")
    arguments = ["--origin", "http-api", "--stage", "prod", "--memory", "512", "--timeout", "7", "--concurrency", "3"]
    with Dev(APP, *arguments, "--env-file", ".env", cwd=tmp_path) as dev:
        open_page(page, dev)
        page.get_by_role("link", name="Settings").click()
        shown = page.locator("#view-settings")
        for text in ("an HTTP API", "/prod/", "512 MB", "7 s", "A_SECRET", "AWS_LAMBDA_FUNCTION_NAME"):
            expect(shown).to_contain_text(text)
        assert "hidden" not in page.content().replace("hidden=", "")


def test_the_keyboard(dev: Dev, page: Page) -> None:
    for target in ("/k/one", "/k/two", "/k/three"):
        dev.get(target)
    open_page(page, dev)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("/k/")
    expect(row(page, "")).to_have_count(3)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(row(page, "/k/three")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(row(page, "/k/two")).to_be_focused()
    page.keyboard.press("Enter")
    pane = page.get_by_role("region", name="Invocation", exact=True)
    expect(pane.locator("h2")).to_contain_text("/k/two")
    page.keyboard.press("j")
    expect(pane.locator("h2")).to_contain_text("/k/one")
    page.keyboard.press("r")
    expect(row(page, "/k/one")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(pane).to_be_hidden()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("replay")
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize("context", [PHONE], indirect=True)
def test_a_phone(dev: Dev, page: Page) -> None:
    dev.get(f"/phone/{'long-' * 40}")
    open_page(page, dev)
    no_overflow = "document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(no_overflow)
    pane = open_details(page, "/phone/")
    box = pane.bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, PHONE[0])
    assert page.evaluate(no_overflow)
    assert pane.evaluate("pane => pane.scrollWidth <= pane.clientWidth")
    for name in ("Replay", "Copy as curl", "Save as fixture", "Close"):
        expect(pane.get_by_role("button", name=name)).to_be_in_viewport()
    page.go_back()
    expect(pane).to_be_hidden()
    for view in ("Sandboxes", "Settings"):
        page.get_by_role("link", name=view).click()
        assert page.evaluate(no_overflow)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_have_contrast_in_light_and_dark(scheme: str, dev: Dev, page: Page) -> None:
    """Of 4.5:1, as WCAG asks for (AA)."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for status in (200, 304, 404, 503):
        dev.get(f"/stream?status={status}")
    open_page(page, dev)
    open_details(page, "status=503")
    too_faint = page.evaluate(CONTRAST)
    assert too_faint == []


# Of each element with a text of its own: the ratio of its colour to the first opaque background behind it.
CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = colour => {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = parts => parts
    .map(part => part / 255)
    .map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$|transparent/.test(colour)) return colour;
    }
    return "white";
  };
  const faded = element => element.closest(".none, .toast, [hidden], dialog") !== null;
  return [...document.querySelectorAll("body *")]
    .filter(element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .filter(element => element.checkVisibility() && !faded(element))
    .map(element => {
      const [one, other] = [light(rgb(getComputedStyle(element).color)), light(rgb(behind(element)))];
      const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      return [element.className, element.textContent.slice(0, 30), ratio];
    })
    .filter(([, , ratio]) => ratio < 4.5);
}"""


def test_a_hidden_page_holds_no_connection(dev: Dev, page: Page) -> None:
    open_page(page, dev)
    hide = "state => { Object.defineProperty(document, 'hidden', { value: state, configurable: true });"
    hide += " document.dispatchEvent(new Event('visibilitychange')) }"
    page.evaluate(hide, True)
    expect(page.locator("#connection")).to_have_text("Paused")
    dev.get("/meanwhile")
    expect(row(page, "/meanwhile")).to_have_count(0)
    page.evaluate(hide, False)
    expect(page.locator("#connection")).to_have_text("Live")
    expect(row(page, "/meanwhile")).to_have_count(1)


def test_an_invocation_that_is_not_kept_any_more(dev: Dev, browser: Browser) -> None:
    with browser.new_context() as context:  # Chromium reports the 404 as an error
        page = context.new_page()
        open_page(page, dev, "#999999")
        expect(page.locator("#toast")).to_have_text("Invocation #999999 isn't kept any more.")


def test_the_page_follows_a_dev_that_is_started_again(tmp_path: Path, browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        with Dev(APP, cwd=tmp_path) as first:
            first.get("/first")
            open_page(page, first)
            expect(row(page, "/first")).to_have_count(1)
        expect(page.locator("#connection")).to_have_text("Reconnecting …")
        port = first.url.rpartition(":")[2]
        with Dev(APP, "--port", port, cwd=tmp_path) as second:
            expect(page.locator("#connection")).to_have_text("Live", timeout=20_000)
            second.get("/second")
            expect(row(page, "/second")).to_have_count(1)
            expect(row(page, "/first")).to_have_count(0)


REBOUND = """async () => {
  const seen = {};
  for (const path of ["/_lambda", "/_lambda/events", "/_lambda/invocations/1"]) seen[path] = (await fetch(path)).status;
  seen.replay = (await fetch("/_lambda/replay/1", { method: "POST" })).status;
  return seen;
}"""
FOREIGN = """async ([dev, runtime]) => {
  const send = (url, options) => fetch(url, { mode: "no-cors", ...options }).catch(() => null);
  await send(`${dev}/_lambda/replay/1`, { method: "POST" });
  await send(`http://${runtime}/2018-06-01/runtime/invocation/next`);
}"""


def test_a_page_whose_name_is_rebound_reads_nothing(dev: Dev, browser: Browser) -> None:
    dev.get("/", authorization="Bearer secret")
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"http://rebound.example:{dev.url.rpartition(':')[2]}/")
        assert set(page.evaluate(REBOUND).values()) == {403}
        refused = page.goto(f"http://rebound.example:{dev.url.rpartition(':')[2]}/_lambda")
        assert refused is not None
        assert "let the tunnel send" in refused.text()


def test_a_foreign_page_neither_replays_nor_takes_an_event(tmp_path: Path, dev: Dev, browser: Browser) -> None:
    """The other page is that of an app on another port of this machine."""
    with (
        Dev("--only-runtime-api", cwd=tmp_path) as attached,
        ThreadPoolExecutor(1) as threads,
        browser.new_context() as context,
    ):
        runtime = attached.variables["AWS_LAMBDA_RUNTIME_API"]
        waiting = threads.submit(attached.get, "/waiting")
        page = context.new_page()
        page.goto(f"{dev.url}/")
        page.evaluate(FOREIGN, [attached.url, runtime])
        with attached.client() as client:
            event = client.get(f"http://{runtime}/2018-06-01/runtime/invocation/next")
            assert event.json()["rawPath"] == "/waiting"
            request_id = event.headers["lambda-runtime-aws-request-id"]
            client.post(f"http://{runtime}/2018-06-01/runtime/invocation/{request_id}/response", content=b"{}")
            assert waiting.result().status_code == 200
            # Only the one request: none was replayed.
            assert client.get("/_lambda/invocations/2").status_code == 404
            page.evaluate(FOREIGN, [attached.url, runtime])
            assert client.get("/_lambda/invocations/2").status_code == 404
