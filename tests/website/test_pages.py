"""Which files are pages of the site, and how their drawings come in."""

import re
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from website.drawings import blocks, drawn, mark
from website.pages import collected, homes, pages, write
from website.places import REPOSITORY


@pytest.fixture(scope="module")
def site() -> dict[str, bytes]:
    return collected()


def test_the_documents_recipes_examples_and_benchmarks_are_pages() -> None:
    places = homes()
    assert places["docs/start.md"] == "start.md"
    assert places["docs/start/flask.md"] == "start/flask.md"
    assert places["docs/page.png"] == "page.png"
    assert places["benchmarks/README.md"] == "project/benchmarks.md"
    assert places["examples/deploy/README.md"] == "deploy/index.md"
    assert places["examples/llm_stream/page.png"] == "examples/llm_stream/page.png"
    for folder, section in (("examples/deploy", "deploy"), ("examples", "examples")):
        names = {path.parent.name for path in (ROOT / folder).glob("*/README.md")} - {"deploy"}
        assert {f"{section}/{name}.md" for name in names} <= set(places.values())


def test_a_link_into_the_repository_leads_to_its_web_view(site: dict[str, bytes]) -> None:
    recipes = site["deploy/index.md"].decode()
    assert f"]({REPOSITORY}/blob/main/examples/deploy/app/main.py)" in recipes
    assert "](zip_streaming.md)" in recipes


def test_the_reference_is_filled_in(site: dict[str, bytes]) -> None:
    marked = [name for name, page in site.items() if name.endswith(".md") and re.search(rb"^<!-- website:", page, re.M)]
    assert marked == []
    assert b"### `invoke_mode`" in site["options.md"]


def test_the_drawings_are_in_the_page(site: dict[str, bytes]) -> None:
    design = site["design.md"].decode()
    assert "```mermaid" not in design
    assert len(re.findall(r'^<div class="drawing"><svg .+</svg></div>$', design, re.MULTILINE)) == 2
    assert ">your app<" in design


def test_every_drawing_is_one_of_a_page() -> None:
    wanted = {path for page in pages() for path, _ in blocks(page, (ROOT / page).read_text())}
    assert set((ROOT / "docs" / "drawings").iterdir()) == wanted


def test_a_drawing_that_is_older_than_its_block_is_refused() -> None:
    page = (ROOT / "docs" / "design.md").read_text()
    with pytest.raises(
        LookupError, match=r"docs/drawings/design-1\.svg isn't the drawing of its block\. Run scripts/drawings"
    ):
        drawn("docs/design.md", page.replace("errors[", "faults["))
    assert mark("a\n") != mark("b\n")


def test_only_what_has_changed_is_written(tmp_path: Path) -> None:
    write({"a.md": b"a", "b/c.md": b"c"}, tmp_path)
    (tmp_path / "a.md").chmod(0o400)
    before = (tmp_path / "a.md").stat().st_mtime_ns
    write({"a.md": b"a", "d.md": b"d"}, tmp_path)
    assert (tmp_path / "a.md").stat().st_mtime_ns == before
    files = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(files) == ["a.md", "d.md"]
