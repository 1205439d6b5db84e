"""Takes the pictures of the examples: Chromium looks at them while `dev` serves them."""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.emulator.dev.conftest import CHROMIUM
from tests.support.boto3_client import lambda_client
from tests.support.dev_process import Dev
from tests.support.django_site import EXAMPLE as DJANGO
from tests.support.django_site import build_site
from tests.support.paths import ROOT

CHAT = ROOT / "examples" / "websocket_chat"
TWO_WINDOWS = """
<style>body {{ display: flex; gap: 8px; margin: 8px; background: #999 }} iframe {{ border: 0; flex: 1; height: 294px;
background: #fff }}</style>
<iframe src="{url}"></iframe><iframe src="{url}"></iframe>
"""
TALK = [(0, "Has anybody seen the eclipse?"), (1, "Yes, from the roof! 🌒"), (0, "Send pictures ☕")]


def picture_chat(browser: Browser, directory: Path) -> None:
    file = {"PEOPLE_FILE": str(directory / "people.sqlite3")}
    with (
        Dev("--origin", "websocket", cwd=CHAT, env=file) as api,
        Dev(cwd=CHAT, env={**file, "SOCKET_URL": api.url}) as site,
    ):
        page = browser.new_page(viewport={"width": 860, "height": 310})
        page.set_content(TWO_WINDOWS.format(url=f"{site.url}/"))
        windows = [page.frame_locator("iframe").nth(index) for index in range(2)]
        for window, name in zip(windows, ("Inês", "Lu"), strict=True):
            window.get_by_label("Your name").fill(name)
            window.get_by_role("button", name="Join").click()
            window.get_by_role("button", name="Say").wait_for()
        for index, text in TALK:
            windows[index].get_by_label("Message").fill(text)
            windows[index].get_by_role("button", name="Say").click()
            for window in windows:
                window.get_by_text(text).wait_for()
        page.screenshot(path=CHAT / "chat.png")
        page.close()


def picture_guestbook(browser: Browser, directory: Path) -> None:
    site = build_site(directory)
    environment = site.environment(STAGE="live", DJANGO_SUPERUSER_PASSWORD="of-the-picture", DJANGO_SUPERUSER_EMAIL="")
    options = ("--tls", "--origin", "rest", "--stage", "live", "--no-reload")
    with Dev("project.wsgi:handler", *options, cwd=site.directory, env=environment) as dev:
        (authority,) = site.temporary.glob("lambda-http-adapter-*/authority.pem")
        function = lambda_client(dev.url, verify=str(authority))
        for command in (b'["migrate"]', b'["createsuperuser", "--noinput", "--username", "ines"]'):
            function.invoke(FunctionName="dev", Payload=b'{"manage": %b}' % command)
        page = browser.new_page(viewport={"width": 640, "height": 620}, ignore_https_errors=True)
        root = f"{dev.url}{dev.mount}"
        page.goto(f"{root}/")
        for name, text in (
            ("Lu", "The view from the roof is worth the stairs."),
            ("Inês", "Good coffee ☕ and no queue."),
        ):
            page.get_by_label("Name").fill(name)
            page.get_by_label("Text").fill(text)
            page.get_by_role("button", name="Sign").click()
            page.get_by_role("article").filter(has_text=text).wait_for()
        page.screenshot(path=DJANGO / "page.png")
        page.goto(f"{root}/admin/")
        page.get_by_label("Username").fill("ines")
        page.get_by_label("Password").fill("of-the-picture")
        page.get_by_role("button", name="Log in").click()
        page.set_viewport_size({"width": 1080, "height": 460})
        page.get_by_role("link", name="Entries").click()
        page.get_by_role("row", name="Inês").wait_for()
        page.screenshot(path=DJANGO / "admin.png")
        page.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        picture_chat(browser, Path(directory))
        picture_guestbook(browser, Path(directory))
        browser.close()


if __name__ == "__main__":
    main()
