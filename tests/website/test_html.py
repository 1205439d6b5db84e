"""A built site is searched for links that lead nowhere, and for what a browser would ask another server for."""

from pathlib import Path

import pytest

from website.html import external, problems, unlisted

NAVIGATION = '<a class="md-nav__link" href="./">Home</a><a class="md-nav__link" href="guide/">Guide</a>'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "guide").mkdir()
    (tmp_path / "index.html").write_text(NAVIGATION)
    (tmp_path / "guide" / "index.html").write_text('<h2 id="first">First</h2>')
    (tmp_path / "style.css").write_text("a { background: url(data:image/png;base64,AA==) }")
    return tmp_path


@pytest.mark.parametrize(
    "body",
    [
        '<a href="guide/">',
        '<a href="guide/#first">',
        '<a href="guide/index.html#first">',
        '<a href="#here"><p id="here">',
        '<a href="style.css">',
        '<a href="https://example.org/anything">',
        '<a href="mailto:a@example.org">',
        '<img src="data:image/png;base64,AA==">',
        '<link rel="stylesheet" href="style.css">',
        '<link rel="canonical" href="https://example.org/">',
        "<p>https://example.org/script.js</p>",
    ],
)
def test_nothing_is_wrong_with(body: str, site: Path) -> None:
    (site / "index.html").write_text(NAVIGATION + body)
    assert list(problems(site)) == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('<a href="gone/">', "index.html: links to gone/, but there is no gone/index.html."),
        ('<a href="guide/#gone">', "index.html: links to guide/#gone, but guide/index.html has no #gone."),
        ('<a href="#gone">', "index.html: links to #gone, but index.html has no #gone."),
        ('<img src="gone.png">', "index.html: links to gone.png, but there is no gone.png."),
        *(
            (element, "index.html: loads https://example.org/x from another server.")
            for element in (
                '<script src="https://example.org/x"></script>',
                '<img src="https://example.org/x">',
                '<link rel="stylesheet" href="https://example.org/x">',
                '<link rel="preconnect" href="https://example.org/x">',
                '<link rel="icon" href="https://example.org/x">',
                '<iframe src="https://example.org/x"></iframe>',
                '<svg><use href="https://example.org/x"/></svg>',
            )
        ),
        ('<img src="//example.org/x">', "index.html: loads //example.org/x from another server."),
        ("<style>@import '//example.org/x';</style>", "index.html: loads //example.org/x from another server."),
        (
            '<p style="background: url(https://example.org/x)">',
            "index.html: loads https://example.org/x from another server.",
        ),
        (
            '<pre class="mermaid"></pre>',
            "index.html: has a block of the class mermaid, for which a script is loaded from another server.",
        ),
    ],
)
def test_it_is_found(body: str, problem: str, site: Path) -> None:
    (site / "index.html").write_text(NAVIGATION + body)
    assert list(problems(site)) == [problem]


@pytest.mark.parametrize("rule", ["@import 'https://example.org/x';", "a { background: url(//example.org/x) }"])
def test_a_style_sheet_that_loads_something_is_found(rule: str, site: Path) -> None:
    (site / "style.css").write_text(rule)
    assert list(problems(site)) == ["style.css: loads something from another server."]


def test_a_page_outside_the_navigation_is_found(site: Path) -> None:
    assert list(unlisted(site)) == []
    (site / "hidden").mkdir()
    (site / "hidden" / "index.html").write_text("")
    assert list(unlisted(site)) == ["hidden/index.html: isn't in the navigation, docs/.nav.yml."]


def test_links_to_others_are_listed_once(site: Path) -> None:
    links = [
        "https://example.org/a#b",
        "https://example.org/a#c",
        "guide/",
        "http://127.0.0.1:8000/",
        "https://our.own/x",
    ]
    (site / "index.html").write_text("".join(f'<a href="{link}">' for link in links))
    assert external(site, but="https://our.own/") == {"https://example.org/a": "index.html"}
