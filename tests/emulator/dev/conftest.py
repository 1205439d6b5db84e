import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.dev_process import Dev

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


# Not for the session: while it is open this thread has a running event loop, and asyncio.run() takes no second one.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("There is no Chromium on the PATH; Debian's package is called chromium")
    with sync_playwright() as playwright:
        # The rule does what DNS rebinding does.
        arguments = ["--disable-quic", "--host-resolver-rules=MAP *.example 127.0.0.1"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


ECHO = "import json\ndef handler(event, context):\n    return json.loads(event['body'])\n"


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    """A function whose result is the JSON in the request's body."""
    directory = tmp_path_factory.mktemp("echo")
    (directory / "function.py").write_text(ECHO)
    with Dev("function:handler", cwd=directory) as dev:
        yield dev
