"""The failures that a front door, or the client that was replaced, explains: ``expected/<suite>.toml``.

Each table ``[[failures]]`` has a ``reason`` and ``tests``, a list of test ids in which ``*`` stands for any characters.
``behind`` lists the front doors it is true of; without it, all. ``"function-url streamed"`` is another one than
``"function-url"``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

EXPECTED = Path(__file__).parent / "expected"


class Explanation(NamedTuple):
    """Why tests fail that match the pattern ``tests``, behind the front doors ``behind`` (empty: all)."""

    tests: str
    reason: str
    behind: frozenset[str] = frozenset()

    def matches(self, test: str) -> bool:
        pattern = ".*".join(map(re.escape, self.tests.split("*")))
        return re.fullmatch(pattern, test, re.DOTALL) is not None

    def applies_to(self, front_door: str) -> bool:
        return not self.behind or front_door in self.behind


class Comparison(NamedTuple):
    """``unexplained``: (front door, test) of each failure without a reason. ``stale``: what explains no failure."""

    unexplained: Sequence[tuple[str, str]]
    stale: Sequence[Explanation]


def compare(failures: Mapping[str, Sequence[str]], explanations: Sequence[Explanation]) -> Comparison:
    """``failures`` are the ids of failed tests by front door, of front doors without failures too.

    An explanation is stale if it applies to one of these front doors but explains no failure behind any of them.
    """
    unexplained = [
        (front_door, test)
        for front_door, tests in failures.items()
        for test in tests
        if not any(each.applies_to(front_door) and each.matches(test) for each in explanations)
    ]
    return Comparison(unexplained, [each for each in explanations if _is_stale(each, failures)])


def _is_stale(explanation: Explanation, failures: Mapping[str, Sequence[str]]) -> bool:
    concerned = [tests for front_door, tests in failures.items() if explanation.applies_to(front_door)]
    return bool(concerned) and not any(explanation.matches(test) for tests in concerned for test in tests)


def load(path: Path) -> Iterator[Explanation]:
    """Raises ValueError for a table without a reason, without tests or with an unknown key."""
    for table in tomllib.loads(path.read_text()).get("failures", []):
        if not table.get("reason") or not table.get("tests") or table.keys() - {"reason", "tests", "behind"}:
            raise ValueError(f"{path.name}: Expected a reason, tests and perhaps behind, got {table!r}.")
        for tests in table["tests"]:
            yield Explanation(tests, table["reason"], frozenset(table.get("behind", ())))
