"""The rows of a product of parameters that run by default; the others are for the slow group."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "covering: runs rows that show each value of each parameter; the other combinations are slow"
    )


@pytest.hookimpl(tryfirst=True)  # before the slow tests are deselected
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    tables: dict[str, list[pytest.Function]] = defaultdict(list)
    for item in items:
        marked = item.get_closest_marker("covering") and not item.get_closest_marker("slow")
        if marked and isinstance(item, pytest.Function):
            table, _, _ = item.nodeid.partition("[")
            tables[table].append(item)
    for rows in tables.values():
        kept = covering([values(row) for row in rows])
        for index, row in enumerate(rows):
            if index not in kept:
                row.add_marker(pytest.mark.slow)


def values(row: pytest.Function) -> frozenset[Hashable]:
    """What ``row`` has of each ``parametrize``, and of each fixture with parameters.

    All rows have the same objects, which may not be hashable.
    """
    identities = {name: id(value) for name, value in row.callspec.params.items()}
    found: set[Hashable] = set()
    for mark in row.iter_markers("parametrize"):
        names = mark.args[0]
        if isinstance(names, str):
            names = [name.strip() for name in names.split(",")]
        found.add(tuple((name, identities.pop(name)) for name in names))
    return frozenset(found | set(identities.items()))


def covering(rows: Sequence[frozenset[Hashable]]) -> set[int]:
    """Indices of rows that together have every value of ``rows``.

    Each next row has the most values that no row before it has. Among equals it is one whose values have been shown
    least, so that the rows run diagonally through the product.
    """
    missing = set().union(*rows)
    shown: Counter[Hashable] = Counter()
    kept: set[int] = set()
    while missing:
        _, _, index = min(
            (-len(row & missing), sum(shown[value] for value in row), index) for index, row in enumerate(rows)
        )
        kept.add(index)
        missing -= rows[index]
        shown.update(rows[index])
    return kept
