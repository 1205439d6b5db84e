"""An app that waits for the test, and a test that sees how far the app has come."""

import os
import select
from pathlib import Path


class Steps:
    """Lets the app go step by step, and counts those that it has taken."""

    def __init__(self, directory: Path) -> None:
        for name in ("steps", "taken"):
            os.mkfifo(directory / name)
        # For reading and writing, so that nobody waits for the other end.
        self._steps, self._taken = (os.open(directory / name, os.O_RDWR) for name in ("steps", "taken"))
        self.taken = 0

    def allow(self, count: int = 1) -> None:
        os.write(self._steps, bytes(count))

    def until_one_is_taken(self) -> None:
        self.taken += len(os.read(self._taken, 65536))

    def until_none_is_taken(self, seconds: float = 0.3) -> int:
        while select.select([self._taken], [], [], seconds)[0]:
            self.taken += len(os.read(self._taken, 65536))
        return self.taken

    def close(self) -> None:
        self.allow(4096)  # whoever still waits may end
        os.close(self._steps)
        os.close(self._taken)
