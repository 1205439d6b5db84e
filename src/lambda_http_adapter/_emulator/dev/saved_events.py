"""The events that ``--save-events`` writes to files."""

from __future__ import annotations

import json
from pathlib import Path


class SavedEvents:
    """A directory with a numbered file for each event, such as ``0001-GET-items.json``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        # Numbering continues after earlier runs: their files may be in use as fixtures.
        numbers = [int(file.name.partition("-")[0]) for file in directory.glob("[0-9]*-*.json")]
        self._last = max(numbers, default=0)

    def save(self, event: object, method: str, path: str) -> None:
        """Raises OSError."""
        self._last += 1
        name = "".join(letter if letter.isalnum() else "-" for letter in path)
        file = self._directory / f"{self._last:04d}-{method}{name[:80]}.json"
        file.write_text(json.dumps(event, indent=2, ensure_ascii=False) + "\n", errors="replace")
