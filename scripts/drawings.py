"""Draws the mermaid blocks of the pages with Mermaid's script (the argument) in Chromium: see website/drawings.py."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.emulator.dev.conftest import CHROMIUM
from website.drawings import DRAWINGS, blocks, mark
from website.pages import pages
from website.places import ROOT

CONFIGURATION = {
    "startOnLoad": False,
    "theme": "base",
    "themeVariables": {"fontFamily": "system-ui, sans-serif", "fontSize": "14px"},
    "flowchart": {"padding": 12},
    "sequence": {
        "actorFontSize": 14,
        "messageFontSize": 14,
        "noteFontSize": 14,
        "actorMargin": 30,
        "mirrorActors": False,
    },
    "htmlLabels": False,
    "deterministicIds": True,
}


def outdated() -> Iterator[tuple[Path, str]]:
    for file in pages():
        for path, source in blocks(file, (ROOT / file).read_text()):
            if not path.is_file() or not path.read_text().startswith(mark(source)):
                yield path, source


def draw(page: Page, name: str, source: str) -> str:
    drawing = page.evaluate("([name, source]) => mermaid.render(name, source).then(drawn => drawn.svg)", [name, source])
    # docs/assets/site.css has the colours, for light and for dark pages.
    return re.sub("<style>.*?</style>", "", str(drawing), flags=re.DOTALL)


def main() -> None:
    DRAWINGS.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        page = browser.new_page()
        page.add_script_tag(path=sys.argv[1])
        page.evaluate("configuration => mermaid.initialize(configuration)", CONFIGURATION)
        for path, source in outdated():
            path.write_text(f"{mark(source)}{draw(page, f'drawing-{path.stem}', source)}\n")
            print(f"Drew {path.relative_to(ROOT)}.")
        browser.close()


if __name__ == "__main__":
    main()
