"""The drawings of the pages.

The repository's web view draws a page's ``mermaid`` blocks itself. The site would need a script of 3.5 MB for it. So
each block has a file in ``docs/drawings``, which ``scripts/drawings`` makes, and which stands in the block's place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from .places import ROOT

_BLOCK = re.compile(r"^```mermaid\n(.+?)^```$", re.MULTILINE | re.DOTALL)
DRAWINGS = ROOT / "docs" / "drawings"


def blocks(file: str, text: str) -> Iterator[tuple[Path, str]]:
    """Each drawing of this page, a path from the repository's root, and what is to be drawn in it."""
    name = file.removeprefix("docs/").removesuffix(".md").replace("/", "-")
    for number, block in enumerate(_BLOCK.finditer(text), 1):
        yield DRAWINGS / f"{name}-{number}.svg", block[1]


def mark(source: str) -> str:
    """What a drawing of ``source`` begins with."""
    return f"<!-- {sha256(source.encode()).hexdigest()[:16]} -->\n"


def drawn(file: str, text: str) -> str:
    """This page with its drawings. Raises LookupError for one that is missing or older than its block."""
    drawings = iter(list(blocks(file, text)))

    def drawing(_: re.Match[str]) -> str:
        path, source = next(drawings)
        if not path.is_file() or not path.read_text().startswith(mark(source)):
            raise LookupError(f"{file}: {path.relative_to(ROOT)} isn't the drawing of its block. Run scripts/drawings.")
        return f'<div class="drawing">{path.read_text().removeprefix(mark(source)).strip()}</div>'

    return _BLOCK.sub(drawing, text)
