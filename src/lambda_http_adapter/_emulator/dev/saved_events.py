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
        (self._directory / event_file_name(self._last, method, path)).write_bytes(event_file(event))


def event_file_name(number: int, method: str, path: str) -> str:
    name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in path)
    return f"{number:04d}-{method}{name[:80]}.json"


def event_file(event: object) -> bytes:
    """Indented JSON. A lone surrogate, which UTF-8 can't encode, is escaped as JSON escapes it."""
    return f"{json.dumps(event, indent=2, ensure_ascii=False)}\n".encode(errors="backslashreplace")
