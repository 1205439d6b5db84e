"""``python -m conformance``: run suites behind front doors, and compare what fails with what is expected to.

With ``--apps``, visit applications instead, and compare what they answer with what their servers do.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lambda_http_adapter._emulator.doors.door import DOORS

from . import apps
from .environment import default_folder, variables
from .expectations import EXPECTED, compare, load
from .front_door import FrontDoor
from .suites import SUITES, Suite
from .visits.command import visit
from .workspace import Workspace

_STREAMING = ("function-url", "rest")


class Outcome(NamedTuple):
    passed: int
    failures: dict[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/conformance", description=__doc__)
    parser.add_argument("--suite", action="append", choices=SUITES, help="may be repeated (default: all)")
    parser.add_argument("--origin", action="append", choices=DOORS, help="may be repeated (default: function-url)")
    parser.add_argument("--streamed", action="store_true", help=f"responses stream; for {' and '.join(_STREAMING)}")
    parser.add_argument("--own-clients", action="store_true", help="run without a front door, and compare nothing")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), metavar="N", help="number of processes")
    parser.add_argument("--folder", type=Path, default=default_folder(), help="where to download and install to")
    parser.add_argument("-v", "--verbose", action="store_true", help="print the first line of each failure")
    parser.add_argument("--apps", nargs="*", metavar="NAME", help=f"visit apps instead: {', '.join(apps.NAMES)}")
    parser.add_argument("--write", action="store_true", help="with --apps: write docs/apps.md")
    options = parser.parse_args()
    if options.write and options.apps != []:
        parser.error("--write needs --apps without names: the page is about all of them")
    if options.apps is not None:
        if not set(options.apps) <= set(apps.NAMES):
            parser.error(f"the apps are {', '.join(apps.NAMES)}")
        sys.exit(not visit(options.apps or apps.NAMES, options.folder / "apps", options.workers, options.write))
    origins = options.origin or ["function-url"]
    if options.streamed and not set(origins) <= set(_STREAMING):
        parser.error(f"only {' and '.join(_STREAMING)} stream")
    front_doors = [FrontDoor(origin, options.streamed).name for origin in origins]
    options.folder.mkdir(parents=True, exist_ok=True)
    workspace = Workspace(options.folder)
    workspace.install()
    suites = [SUITES[name] for name in options.suite or SUITES]
    if options.own_clients:
        for suite in suites:
            _run(workspace, suite, None, options.workers, options.verbose)
        return
    whole = [_holds(workspace, suite, front_doors, options.workers, options.verbose) for suite in suites]
    sys.exit(not all(whole))


def _holds(workspace: Workspace, suite: Suite, front_doors: Sequence[str], workers: int, verbose: bool) -> bool:
    """Whether ``suite`` fails exactly as expected behind ``front_doors``. Prints what doesn't."""
    explanations = list(load(EXPECTED / f"{suite.name}.toml"))
    outcomes = {name: _run(workspace, suite, name, workers, verbose) for name in front_doors}
    comparison = compare({name: list(outcome.failures) for name, outcome in outcomes.items()}, explanations)
    for front_door, test in comparison.unexplained:
        print(f"UNEXPLAINED {suite.name} behind {front_door}: {test}\n    {outcomes[front_door].failures[test]}")
    for explanation in comparison.stale:
        print(f"STALE {suite.name}: {explanation.tests} fails nowhere now ({explanation.reason})")
    return not comparison.unexplained and not comparison.stale


def _run(workspace: Workspace, suite: Suite, front_door: str | None, workers: int, verbose: bool) -> Outcome:
    """Raises RuntimeError if pytest itself fails."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "outcomes.json")
        pytest = [
            str(workspace.python),
            "-m",
            "pytest",
            "-p",
            "conformance.plugin",
            "-p",
            "no:cacheprovider",
            "--quiet",
        ]
        # Warnings are errors in these suites, also those that newer dependencies give.
        pytest += ["--override-ini=filterwarnings=", "--override-ini=timeout=300", f"--numprocesses={workers}"]
        pytest += ["--no-summary", f"--outcomes={file}", *suite.options, "tests"]
        if front_door is not None:
            pytest.append(f"--front-door={front_door}")
        # No marks in the lines of tracebacks: Python before 3.11.8 parses a line to place them, and where that happens
        # while the garbage collector interrupts another parse, the other one fails (gh-106905).
        environment = {**variables(), "PYTHONNODEBUGRANGES": "1"}
        run = subprocess.run(
            pytest, check=False, cwd=workspace.source(suite), env=environment, text=True, capture_output=True
        )
        if run.returncode not in (0, 1):
            raise RuntimeError(f"pytest exited with {run.returncode}:\n{run.stdout}{run.stderr}")
        outcome = Outcome(**json.loads(file.read_text()))
    where = "with its own clients" if front_door is None else f"behind {front_door}"
    print(f"{suite.name} {suite.version} {where}: {outcome.passed} passed, {len(outcome.failures)} failed", flush=True)
    if verbose:
        for test, line in outcome.failures.items():
            print(f"    {test}: {line}")
    return outcome


if __name__ == "__main__":
    main()
