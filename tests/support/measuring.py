"""Which child processes are measured for coverage: those of the tests in tests/measured.txt.

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

import pytest

from tests.support.paths import ROOT

FILE = ROOT / "tests/measured.txt"
_CONFIG = "COVERAGE_PROCESS_CONFIG"  # coverage's own variable, which makes it start in child processes


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--measure-children",
        action="store_true",
        help="measure the children of every test, each in a context of its own",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    wanted = os.environ.get(_CONFIG)
    if wanted is None or not isinstance(item, pytest.Function):
        return (yield)
    if item.config.getoption("--measure-children"):
        fields = json.loads(base64.b64decode(wanted)) | {"context": unit(item)}
        os.environ[_CONFIG] = base64.b64encode(json.dumps(fields).encode()).decode()
    elif unit(item) not in measured():
        del os.environ[_CONFIG]
    try:
        return (yield)
    finally:
        os.environ[_CONFIG] = wanted


def unit(item: pytest.Function) -> str:
    """The test without its parameters; the file, if its process may have been started for another test of the file."""
    definitions = [item.session._fixturemanager.getfixturedefs(name, item) for name in item.fixturenames]
    shared = any(one.scope != "function" and one.baseid for some in definitions for one in some or ())
    file, _, name = item.nodeid.partition("::")
    return file if shared else f"{file}::{name.partition('[')[0]}"


def measured() -> frozenset[str]:
    return frozenset(FILE.read_text().splitlines())


Arc = tuple[int, int, int]  # file, from line, to line


def chosen(arcs: Mapping[str, Iterable[Arc]]) -> list[str]:
    """Few units that together have all ``arcs``."""
    left = {name: set(of_unit) for name, of_unit in arcs.items()}
    names: list[str] = []
    while best := max(left, key=lambda name: len(left[name]), default=None):
        found = left[best]
        names.append(best)
        left = {name: rest for name, of_unit in left.items() if (rest := of_unit - found)}
    return sorted(names)


def _choose(data: str) -> None:
    arcs: dict[str, set[Arc]] = defaultdict(set)
    query = "SELECT context, file_id, fromno, tono FROM arc JOIN context ON context.id = context_id"
    with sqlite3.connect(data) as connection:
        for context, *arc in connection.execute(query):
            arcs[context].add(tuple(arc))
    in_process = arcs.pop("", set())
    names = chosen({name: of_unit - in_process for name, of_unit in arcs.items() if of_unit - in_process})
    FILE.write_text("".join(f"{name}\n" for name in names))


if __name__ == "__main__":
    _choose(sys.argv[1])
