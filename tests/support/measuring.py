"""Which child processes are measured for coverage: those of the test files in tests/measured.txt.

Starting coverage takes longer than starting Python, and most of the processes that tests start run the same lines.
``scripts/measured`` writes the file; ``python -m tests.support.measuring DATA`` does its last step.
"""

import base64
import json
import os
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping
from functools import cache

import pytest

from tests.support.paths import ROOT

FILE = ROOT / "tests/measured.txt"
_CONFIG = "COVERAGE_PROCESS_CONFIG"  # coverage's own variable, which makes it start in child processes


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--measure-children",
        action="store_true",
        help="measure the children of every test, those of each file in a context of its own",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    wanted = os.environ.get(_CONFIG)
    if wanted is None:
        return (yield)
    if item.config.getoption("--measure-children"):
        fields = json.loads(base64.b64decode(wanted)) | {"context": file_of(item)}
        os.environ[_CONFIG] = base64.b64encode(json.dumps(fields).encode()).decode()
    elif file_of(item) not in measured():
        del os.environ[_CONFIG]
    try:
        return (yield)
    finally:
        os.environ[_CONFIG] = wanted


def file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


@cache
def measured() -> frozenset[str]:
    return frozenset(FILE.read_text().splitlines())


Arc = tuple[int, int, int]  # file, from line, to line


def chosen(arcs: Mapping[str, Iterable[Arc]]) -> list[str]:
    """Few files that together have all ``arcs``."""
    left = {name: set(of_file) for name, of_file in arcs.items()}
    names: list[str] = []
    while best := max(left, key=lambda name: len(left[name]), default=None):
        found = left[best]
        names.append(best)
        left = {name: rest for name, of_file in left.items() if (rest := of_file - found)}
    return sorted(names)


def _choose(data: str) -> None:
    arcs: dict[str, set[Arc]] = defaultdict(set)
    query = "SELECT context, file_id, fromno, tono FROM arc JOIN context ON context.id = context_id"
    with sqlite3.connect(data) as connection:
        for context, *arc in connection.execute(query):
            arcs[context].add(tuple(arc))
    in_process = arcs.pop("", set())
    names = chosen({name: of_file - in_process for name, of_file in arcs.items() if of_file - in_process})
    FILE.write_text("".join(f"{name}\n" for name in names))


if __name__ == "__main__":
    _choose(sys.argv[1])
