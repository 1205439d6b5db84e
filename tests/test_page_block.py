"""The parts of a page that a script writes."""

from pathlib import Path

import pytest

from scripts.page_block import replace_block


def test_a_block_is_replaced_and_nothing_around_it(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Zoë\n<!-- a -->\nold\n<!-- /a -->\n\n<!-- b -->\n<!-- /b -->\nend\n", encoding="utf-8")
    for text in ("once", "| a |"):
        replace_block(page, "a", text)
    written = page.read_text(encoding="utf-8")
    assert written == "# Zoë\n<!-- a -->\n\n| a |\n\n<!-- /a -->\n\n<!-- b -->\n<!-- /b -->\nend\n"


@pytest.mark.parametrize("text", ["", "<!-- a -->\n", "<!-- /a -->", "<!-- b -->\n<!-- /b -->"])
def test_a_page_that_has_lost_its_marks_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)
    with pytest.raises(ValueError, match="has lost its marks: expected <!-- a --> and <!-- /a -->"):
        replace_block(page, "a", "new")
    assert page.read_text() == text
