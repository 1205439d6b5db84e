"""The pages of the examples say how to get a package that is on no index."""

import re

import pytest

from tests.support.paths import ROOT

PAGES = {
    path.parent.name: path.read_text()
    for path in sorted((ROOT / "examples").glob("*/README.md"))
    if "pip install -r requirements.txt" in path.read_text()
}
LINK = "(../deploy/README.md#before-the-package-is-on-an-index)"


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_wheel_comes_first(page: str) -> None:
    assert page.index(LINK) < page.index("pip install -r requirements.txt")


def test_the_link_leads_somewhere() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "examples/deploy/README.md").read_text(), re.MULTILINE)
    assert "Before the package is on an index" in headings
