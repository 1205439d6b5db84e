"""Links of the repository's documents become links of the site."""

import pytest

from website.links import Resolver, rewritten

REPOSITORY = "https://example.com/shop"
HOMES = {
    "README.md": "about.md",
    "docs/start.md": "start.md",
    "docs/start/flask.md": "start/flask.md",
    "docs/page.png": "page.png",
    "recipes/zip/README.md": "deploy/zip.md",
}
FILES = {*HOMES, "docs", "docs/start", "recipes", "recipes/zip", "recipes/zip/template.yaml", "LICENSE"}


@pytest.mark.parametrize(
    ("file", "target", "expected"),
    [
        # To a page of the site, from wherever it is.
        ("docs/start.md", "start/flask.md", "start/flask.md"),
        ("docs/start/flask.md", "../start.md#get-it", "../start.md#get-it"),
        ("docs/start.md", "../recipes/zip/README.md#limits", "deploy/zip.md#limits"),
        ("recipes/zip/README.md", "../../docs/start.md", "../start.md"),
        ("recipes/zip/README.md", "../../docs/page.png", "../page.png"),
        # A folder with a page.
        ("docs/start.md", "../recipes/zip", "deploy/zip.md"),
        ("docs/start.md", "../recipes/zip/", "deploy/zip.md"),
        # To a file that is no page of the site.
        ("recipes/zip/README.md", "template.yaml", f"{REPOSITORY}/blob/main/recipes/zip/template.yaml"),
        ("docs/start.md", "../LICENSE", f"{REPOSITORY}/blob/main/LICENSE"),
        ("docs/start.md", "../recipes", f"{REPOSITORY}/blob/main/recipes"),
        # README.md's links are absolute.
        ("README.md", f"{REPOSITORY}/blob/main/docs/start.md#get-it", "start.md#get-it"),
        ("README.md", f"{REPOSITORY}/blob/main/docs/page.png?raw=true", "page.png"),
        # Not ours to change.
        ("docs/start.md", "#get-it", "#get-it"),
        ("docs/start.md", "https://example.org/a#b", "https://example.org/a#b"),
        ("docs/start.md", "mailto:a@example.org", "mailto:a@example.org"),
        ("docs/start.md", f"{REPOSITORY}/issues", f"{REPOSITORY}/issues"),
    ],
)
def test_a_link_leads_where_it_leads_in_the_repository(file: str, target: str, expected: str) -> None:
    assert Resolver(file, HOMES, REPOSITORY, FILES.__contains__)(target) == expected


@pytest.mark.parametrize("target", ["gone.md", "../gone/", f"{REPOSITORY}/blob/main/gone.md", "../../../etc/passwd"])
def test_a_link_to_nothing_is_refused(target: str) -> None:
    with pytest.raises(LookupError, match=r"docs/start\.md links to .+, but there is no "):
        Resolver("docs/start.md", HOMES, REPOSITORY, FILES.__contains__)(target)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a](x.md) and [b](x.md#c)", "[a](X.MD) and [b](X.MD#C)"),
        ("![a picture](x.png)", "![a picture](X.PNG)"),
        ("[![a](x.png)](y.md)", "[![a](X.PNG)](Y.MD)"),
        ("[a]: x.md\n[b]: y.md\n", "[a]: X.MD\n[b]: Y.MD\n"),
        ("| [a](x.md) | `[b](y.md)` |", "| [a](X.MD) | `[b](y.md)` |"),
        ("`a` [b](x.md) `[c](y.md)`", "`a` [b](X.MD) `[c](y.md)`"),
        ("```md\n[a](x.md)\n```\n[b](y.md)", "```md\n[a](x.md)\n```\n[b](Y.MD)"),
        ("````md\n```\n[a](x.md)\n```\n````\n[b](y.md)", "````md\n```\n[a](x.md)\n```\n````\n[b](Y.MD)"),
        ("no link (x.md)", "no link (x.md)"),
    ],
)
def test_links_in_prose_are_found_and_those_in_code_are_not(text: str, expected: str) -> None:
    assert rewritten(text, str.upper) == expected
