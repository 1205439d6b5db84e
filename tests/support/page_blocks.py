"""The programs in a document."""

import re

from tests.support.paths import ROOT


def python_blocks(page: str, section: str) -> list[str]:
    """The Python blocks below the heading ``section`` of ``docs/<page>.md``, in their order."""
    text = (ROOT / "docs" / f"{page}.md").read_text()
    _, heading, rest = text.partition(f"\n## {section}\n")
    assert heading, section
    return re.findall(r"^```python\n(.+?)^```", rest.partition("\n## ")[0], re.MULTILINE | re.DOTALL)
