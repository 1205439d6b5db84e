"""One target: a module of ``fuzz.targets`` and its corpus."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import count
from pathlib import Path
from random import Random

FOLDER = Path(__file__).parent
NAMES = sorted(file.stem for file in FOLDER.glob("targets/[!_]*.py"))
_LONGEST = 4096  # bytes


class Target:
    """``about`` is what is tried and what has to hold; ``corpus`` the folder of inputs that others are made from."""

    def __init__(self, name: str) -> None:
        module = import_module(f"fuzz.targets.{name}")
        self.name = name
        self.about = " ".join((module.__doc__ or "").partition("\n\n")[0].split())
        self.attempt: Callable[[bytes], object] = module.attempt
        self.corpus = FOLDER / "corpus" / name

    def fuzz(self, seconds: float, seed: int) -> int:
        """The number of tries in ``seconds``, the corpus first. Raises FoundError."""
        end = time.monotonic() + seconds
        for number, data in enumerate(self.inputs(seed)):
            if number and time.monotonic() > end:
                return number
            try:
                self.attempt(data)
            except Exception as error:
                raise FoundError(self.name, data) from error
        raise AssertionError("inputs never end")

    def inputs(self, seed: int) -> Iterator[bytes]:
        """The corpus, then without end: edits of it, and random bytes."""
        random = Random(seed)
        seeds = [file.read_bytes() for file in sorted(self.corpus.glob("*"))]
        yield from seeds
        for number in count():
            if seeds and number % 2:
                yield _edited(random, seeds)
            else:
                yield random.randbytes(random.randrange(_LONGEST) >> random.randrange(10))


class FoundError(Exception):
    """A target's ``attempt`` of ``data`` raised: the error is the cause."""

    def __init__(self, target: str, data: bytes) -> None:
        super().__init__(f"{target} fails with {data!r}")
        self.data = data


def _edited(random: Random, seeds: list[bytes]) -> bytes:
    data = random.choice(seeds)
    for _ in range(random.randint(1, 4)):
        place = random.randint(0, len(data))
        other = random.choice(seeds)
        start = random.randint(0, len(other))
        insert = random.choice(
            [b"", random.randbytes(random.randint(1, 4)), other[start : start + random.randint(1, 40)]]
        )
        data = data[:place] + insert + data[place + random.choice([0, 0, 1, len(insert)]) :]
    return data
