"""Rows that stand for a product of parameters."""

import os
import re
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from tests.support.covering import covering
from tests.support.paths import ROOT


@pytest.mark.parametrize(
    ("sizes", "kept"),
    [
        ([1], ["0"]),
        ([3], ["0", "1", "2"]),
        ([2, 2], ["00", "11"]),
        ([3, 2], ["00", "11", "20"]),
        ([2, 4], ["00", "11", "02", "13"]),
        ([3, 2, 2], ["000", "111", "200"]),
    ],
)
def test_rows_that_show_each_value(sizes: list[int], kept: list[str]) -> None:
    rows = list(product(*(range(size) for size in sizes)))
    indices = covering([frozenset(enumerate(row)) for row in rows])
    assert {"".join(map(str, rows[index])) for index in indices} == set(kept)


TABLE = """
import pytest

@pytest.mark.covering
@pytest.mark.parametrize("fault", ["closed", "reset", pytest.param("late", marks=pytest.mark.slow)])
@pytest.mark.parametrize("driver", ["uvloop", "sockets"])
def test_a_fault(driver, fault):
    pass
"""


@pytest.mark.parametrize(
    ("group", "rows"),
    [
        ("not slow", {"uvloop-closed", "sockets-reset"}),
        ("slow", {"uvloop-reset", "sockets-closed", "uvloop-late", "sockets-late"}),
    ],
)
def test_the_other_rows_are_slow(group: str, rows: set[str], tmp_path: Path) -> None:
    (tmp_path / "test_table.py").write_text(TABLE)
    (tmp_path / "pyproject.toml").write_text('[tool.pytest]\nmarkers = ["slow: not by default"]')
    options = ["-p", "tests.support.covering", "--strict-markers", "--collect-only", "-q", "-m", group]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE_", "PYTEST_"))}
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert set(re.findall(r"\[(.+)\]", listed.stdout)) == rows
