"""What docs/testing.md shows is what happens."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from lambda_http_adapter._emulator.doors.door import DOORS
from tests.support.child_process import Process, RunProcess, inherited_environment
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "testing.md").read_text()
MAIN, *TESTS = re.findall(r"^```python\n(.+?)^```", PAGE, re.MULTILINE | re.DOTALL)
CONSOLE = re.findall(r"^```console\n\$ lambda-http-adapter (.+?)\n(.+?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_examples(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(MAIN)
    for number, example in enumerate(TESTS):
        (tmp_path / f"test_{number}.py").write_text(example)
    command = [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider"]
    with Process(command, inherited_environment(), tmp_path) as process:
        assert process.wait(60) == 0, process.stdout
        assert len(TESTS) == 7
        assert sum(example.count("def test_") for example in TESTS) == 9


@pytest.mark.parametrize(("arguments", "output"), CONSOLE, ids=["invoke", "compare"])
def test_the_command_line(arguments: str, output: str, run_process: RunProcess, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(MAIN)
    process = run_process(*shlex.split(arguments))
    assert process.wait() == 0
    shown = output.splitlines()
    written = (process.stderr + process.stdout).splitlines()
    assert len(written) == len(shown)
    for line, whole in zip(shown, written, strict=True):
        assert whole == line or ("…" in line and whole.startswith(line.removesuffix("…")))


def test_the_front_doors() -> None:
    table = PAGE.partition("| name | front door | `RequestOrigin` |\n")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `([\w-]+)`(?: \(the default\))? \|.+\| `(\w+)` \|$", table, re.M)
    assert rows == [(name, door.origin) for name, door in DOORS.items()]
