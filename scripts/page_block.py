"""The parts of a page that a script writes: each stands between ``<!-- name -->`` and ``<!-- /name -->``."""

from __future__ import annotations

from pathlib import Path


def replace_block(page: Path, name: str, text: str) -> None:
    """Put ``text`` between the marks of ``name``. Raises ValueError for a page without them."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, begin_found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, end_found, after = rest.partition(end)
    if not (begin_found and end_found):
        raise ValueError(f"{page} has lost its marks: expected {begin.strip()} and {end}")
    page.write_text(f"{before}{begin}\n{text}\n\n{end}{after}", encoding="utf-8")
