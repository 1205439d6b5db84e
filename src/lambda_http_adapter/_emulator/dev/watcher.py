"""The files whose change restarts the app: what is in its directory, except tests, data and what git ignores."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

# Without git. Directories whose names begin with a dot are left out too.
_NO_SOURCES = {"__pycache__", "node_modules", "build", "dist", "venv", "env", "htmlcov", "site-packages"}
_TESTS = ("test_*.py", "*_test.py", "conftest.py")
_TEST_DIRECTORIES = {"tests", "test"}
# Data that an app, an editor or a tool writes. On Lambda only /tmp is writable, but a local app may have its database
# here, and each of its writes would restart it.
_DATA = (
    *("*.db", "*.db-*", "*.sqlite", "*.sqlite-*", "*.sqlite3", "*.sqlite3-*", "*.log", "*.pid", "*.lock", "*.tmp"),
    *("*.py[cod]", "*.sw?", "*~", ".*", "#*#", "*.egg-info", "[0-9]" * 4),  # vim tries whether it can write to "4913"
)
_ENVIRONMENT = ".env*"
# A person saves less often, and an app that writes a file whenever it starts does so every few seconds.
_NOISY_CHANGES = 8
_NOISY_SECONDS = 30.0


class Watcher:
    """Watches ``directory``, without the directories ``except_``, and ``env_file``, wherever that is.

    ``on_muted`` gets a sentence about a file whose changes no longer count.
    """

    def __init__(
        self,
        directory: Path,
        on_muted: Callable[[str], None],
        env_file: Path | None = None,
        except_: Sequence[Path] = (),
    ) -> None:
        self._on_muted = on_muted
        # Resolved, as the watcher gives paths: macOS' /tmp is a link.
        self._directory = directory.resolve()
        self._env_file = env_file.resolve() if env_file is not None else None
        self._except = [path.resolve() for path in except_]
        self._output = [os.fstat(descriptor) for descriptor in (1, 2)]
        self._times: dict[Path, deque[float]] = {}
        self._muted: set[Path] = set()

    async def changes(self, stop: asyncio.Event) -> AsyncIterator[list[Path]]:
        """The files that were changed, added or deleted, each time some were."""
        from watchfiles import awatch

        paths = [self._directory]
        if self._env_file is not None and not self._env_file.is_relative_to(self._directory):
            paths.append(self._env_file.parent)  # an editor may replace the file, which ends the watch of the old one
        async for changes in awatch(
            *paths, watch_filter=lambda _, path: self.matters(Path(path)), debounce=200, step=50, stop_event=stop
        ):
            files = await self._not_ignored(sorted({Path(path) for _, path in changes}))
            files = [file for file in files if not self._is_noisy(file)]
            if files:
                yield files

    def matters(self, path: Path) -> bool:
        """Whether a change restarts the app, if git doesn't ignore the file."""
        if path == self._env_file:
            return True
        if not path.is_relative_to(self._directory) or any(map(path.is_relative_to, self._except)):
            return False
        *directories, name = path.relative_to(self._directory).parts or (".",)
        if any(part in _NO_SOURCES or part in _TEST_DIRECTORIES or part.startswith(".") for part in directories):
            return False
        if fnmatchcase(name, _ENVIRONMENT):
            return True
        return not any(fnmatchcase(name, pattern) for pattern in (*_TESTS, *_DATA))

    async def _not_ignored(self, files: list[Path]) -> list[Path]:
        """Without those that git ignores, and without directories: their files have changes of their own."""
        asked = [file for file in files if not self._is_environment(file)]
        ignored = await _ignored_by_git(self._directory, asked)
        return [file for file in files if not (file in ignored or file.is_dir() or self._is_output(file))]

    def _is_output(self, file: Path) -> bool:
        """Whether the emulator itself writes there: `dev > out.txt`."""
        try:
            status = file.stat()
        except OSError:
            return False
        return any(os.path.samestat(status, output) for output in self._output)

    def _is_noisy(self, file: Path) -> bool:
        """Whether the app itself seems to write ``file``: each start would be the reason for the next."""
        if file in self._muted:
            return True
        if file.suffix == ".py":
            return False
        times = self._times.setdefault(file, deque(maxlen=_NOISY_CHANGES))
        times.append(time.monotonic())
        if len(times) == _NOISY_CHANGES and times[-1] - times[0] < _NOISY_SECONDS:
            self._muted.add(file)
            self._on_muted(
                f"Not reloading for {file.name} any more: it changes so often that the app seems to write it"
            )
            return True
        return False

    def _is_environment(self, file: Path) -> bool:
        """Files of variables are the app's, and git ignores them for their secrets."""
        return file == self._env_file or fnmatchcase(file.name, _ENVIRONMENT)


async def _ignored_by_git(directory: Path, files: Sequence[Path]) -> set[Path]:
    """None outside a repository or without git. A file that git tracks isn't ignored, whatever the rules say."""
    command = ("git", "check-ignore", "-z", "--stdin")
    pipe = asyncio.subprocess.PIPE
    try:
        git = await asyncio.create_subprocess_exec(
            *command, cwd=directory, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError:
        return set()
    output, _ = await git.communicate(b"".join(os.fsencode(file) + b"\0" for file in files))
    return {Path(os.fsdecode(name)) for name in output.split(b"\0") if name}
