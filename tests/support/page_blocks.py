"""The code in documents, block by block."""

import re
from typing import NamedTuple

from tests.support.paths import ROOT

_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\S*)[^\n]*\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """``page`` is a path in the repository, ``line`` the number of its line there; ``language`` may be ""."""

    page: str
    line: int
    language: str
    text: str

    @property
    def begins(self) -> str:
        return self.text.partition("\n")[0]


def pages() -> list[str]:
    """The documents for users: README.md, docs and the examples'."""
    paths = [
        ROOT / "README.md",
        *sorted((ROOT / "docs").rglob("*.md")),
        *sorted((ROOT / "examples").rglob("README.md")),
    ]
    return [str(path.relative_to(ROOT)) for path in paths]


def page_blocks(page: str) -> list[Block]:
    text = (ROOT / page).read_text()
    return [
        Block(page, text.count("\n", 0, found.start()) + 1, found["language"], found["text"])
        for found in _BLOCK.finditer(text)
    ]


def python_blocks(page: str, section: str) -> list[str]:
    """The Python blocks below the heading ``section`` of ``docs/<page>.md``, in their order."""
    text = (ROOT / "docs" / f"{page}.md").read_text()
    _, heading, rest = text.partition(f"\n## {section}\n")
    assert heading, section
    return re.findall(r"^```python\n(.+?)^```", rest.partition("\n## ")[0], re.MULTILINE | re.DOTALL)
