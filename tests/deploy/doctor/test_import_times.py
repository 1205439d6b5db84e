"""Where an import spends its time: as a table and as a picture."""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import sync_playwright

from lambda_http_adapter._deploy.doctor.handler.flamegraph import draw
from lambda_http_adapter._deploy.doctor.handler.import_times import Module, Package, late_imports, packages, parse_times
from lambda_http_adapter._deploy.doctor.printed_report import time_lines
from tests.emulator.dev.conftest import CHROMIUM
from tests.support.bundles import write_directory
from tests.support.doctor import report

TIMES = """
import time:       100 |        100 |     json.decoder
import time:       200 |        300 |   json
WARNING import time: not a line of Python's
import time:        50 |         50 |     shop.models
import time:     60000 |      60000 |     boto3
import time:       150 |      60200 |   shop
import time:       250 |      60750 | main
import time:        10 |         10 | late<&>
"""


def test_the_tree() -> None:
    json = Module("json", 0.2, 0.3, (Module("json.decoder", 0.1, 0.1, ()),))
    shop = Module("shop", 0.15, 60.2, (Module("shop.models", 0.05, 0.05, ()), Module("boto3", 60, 60, ())))
    assert parse_times(TIMES) == (Module("main", 0.25, 60.75, (json, shop)), Module("late<&>", 0.01, 0.01, ()))


def test_an_import_that_was_ended_before_its_line() -> None:
    text = "import time: 5 | 5 |     deep\nimport time: 7 | 7 | first\n"
    assert [module.name for module in parse_times(text)] == ["first", "deep"]
    assert parse_times("") == ()


def test_by_package() -> None:
    found = packages(parse_times(TIMES))
    assert [(one.name, one.modules, round(one.own, 2), round(one.total, 2)) for one in found] == [
        ("boto3", 1, 60.0, 60.0),
        ("standard library", 2, 0.3, 0.3),
        ("main", 1, 0.25, 60.75),
        ("shop", 2, 0.2, 60.2),
        ("late<&>", 1, 0.01, 0.01),
    ]
    assert late_imports(found) == [
        "boto3 takes 60 ms: imported in the function that uses it, the start doesn't wait for it."
    ]
    assert list(time_lines(found)) == [
        "package  own ms  share  with imports  modules",
        "boto3     60.0   99 %       60.0 ms        1",
        "4 more     0.8    1 %                      6",
        "total     60.8",
        "boto3 takes 60 ms: imported in the function that uses it, the start doesn't wait for it.",
    ]
    assert list(time_lines([Package("a", 99.5, 100, 1), Package("b", 0.5, 0.5, 1)]))[2].startswith("b ")
    assert "  0 %" in list(time_lines([Package("a", 0, 0, 1)]))[1]


def test_the_import_itself_is_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tree has the app's module at its root, with what it imports, and nothing of the measurement."""
    monkeypatch.chdir(tmp_path)
    source = "import shop, sys\nprint('import time: no', file=sys.stderr)\nasync def app(scope, receive, send): ...\n"
    write_directory(
        tmp_path / "bundle", {"main.py": source, "shop/__init__.py": "import shop.models", "shop/models.py": "x = 1\n"}
    )
    version = "{}.{}".format(*sys.version_info)
    found = report("bundle", "--python", version)
    (main,) = parse_times(found.times)
    assert (main.name, [one.name for one in main.imported]) == ("main", ["shop"])
    assert {one.name for one in packages([main])} == {"main", "shop"}


HOSTILE = Module("<script>alert(1)</script>", 1, 30, ())
TREE = (
    Module(
        "main",
        10,
        100,
        (HOSTILE, Module("json", 60, 60, ()), Module("tiny", 0.001, 0.001, ()), Module("narrow", 2, 2, ())),
    ),
)


def test_the_picture_is_xml() -> None:
    root = ElementTree.fromstring(draw(TREE, "main:app & \x1b"))
    name = "{http://www.w3.org/2000/svg}"
    titles = [element.text for element in root.iter(f"{name}title")]
    assert titles == [
        "Imports of main:app & \\x1b: 100 ms",
        "main: 100.0 ms (100.0 %), its own code 10.0 ms",
        "narrow: 2.0 ms (2.0 %), its own code 2.0 ms",
        "json: 60.0 ms (60.0 %), its own code 60.0 ms",
        "<script>alert(1)</script>: 30.0 ms (30.0 %), its own code 1.0 ms",
    ]
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title description"
    boxes = [(float(box.get("x", "")), float(box.get("width", ""))) for box in root.iter(f"{name}rect")]
    assert boxes == [(0, 1200), (1080.01, 24), (360, 720), (0, 360)]
    assert not re.search(r"(href|src|url\()", draw(TREE, "main"))
    assert draw((), "main:app").count("<rect") == 0


PAINT = {
    "light": ["rgb(27, 31, 36)", "none"],
    "dark": ["rgb(236, 239, 244)", "brightness(0.5)"],
}
READ = (
    "[getComputedStyle(document.querySelector('g text')).fill, getComputedStyle(document.querySelector('rect')).filter]"
)
INSIDE = """[...document.querySelectorAll('g')].map(
    group => group.querySelector('rect').getBoundingClientRect().right
           - group.querySelector('text').getBoundingClientRect().right)"""


@pytest.mark.slow  # Chromium's start; test_the_picture_is_xml looks at the same picture
@pytest.mark.skipif(CHROMIUM is None, reason="There is no Chromium on the PATH; Debian's package is called chromium")
def test_the_picture_can_be_read(tmp_path: Path) -> None:
    """In Chromium: the text contrasts with its box in both colour schemes, and stays inside."""
    long = Module("a_rather_long_name.of_a_module", 20, 20, ())
    picture = tmp_path / "out.svg"
    picture.write_text(draw((Module("main", 80, 100, (long,)),), "main:app"))
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=CHROMIUM) as browser:
        page = browser.new_page()
        page.goto(picture.as_uri())
        painted = {}
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            painted[scheme] = page.evaluate(READ)
        gaps = page.evaluate(INSIDE)
    assert painted == PAINT
    assert len(gaps) == 2
    assert min(gaps) >= 0
