"""Tells when the app's sources have changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path


async def changes(directory: Path, stop: asyncio.Event) -> AsyncIterator[list[Path]]:
    """The Python files that have changed, been added or gone, as often as some have."""
    from watchfiles import PythonFilter, awatch

    async for changed in awatch(directory, watch_filter=PythonFilter(), debounce=200, step=50, stop_event=stop):
        yield sorted({Path(path) for _, path in changed})
