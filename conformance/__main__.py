"""``python -m conformance``: run suites behind front doors, and compare what fails with what is expected to.

With ``--apps``, visit applications instead, and compare what they answer with what their servers do.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lambda_http_adapter._emulator.doors.door import DOORS

from . import apps
from .environment import default_folder
from .expectations import EXPECTED, Explanation, compare, load
from .front_door import FRONT_DOORS, STREAMING, FrontDoor
from .page import PAGE, page
from .runs import OWN_CLIENTS, Outcome, recorded, run
from .suites import SUITES, Suite
from .visits.command import visit
from .workspace import Workspace


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/conformance", description=__doc__)
    parser.add_argument("--suite", action="append", choices=SUITES, help="may be repeated (default: all)")
    parser.add_argument("--origin", action="append", choices=DOORS, help="may be repeated (default: function-url)")
    parser.add_argument("--streamed", action="store_true", help=f"responses stream; for {' and '.join(STREAMING)}")
    parser.add_argument("--own-clients", action="store_true", help="run without a front door, and compare nothing")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), metavar="N", help="number of processes")
    parser.add_argument("--folder", type=Path, default=default_folder(), help="where to download and install to")
    parser.add_argument("-v", "--verbose", action="store_true", help="print the first line of each failure")
    parser.add_argument("--apps", nargs="*", metavar="NAME", help=f"visit apps instead: {', '.join(apps.NAMES)}")
    parser.add_argument("--write", action="store_true", help="write docs/conformance.md, or docs/apps.md with --apps")
    options = parser.parse_args()
    if options.write and options.apps:
        parser.error("--write takes no names of apps: the page is about all of them")
    if options.apps is not None:
        if not set(options.apps) <= set(apps.NAMES):
            parser.error(f"the apps are {', '.join(apps.NAMES)}")
        sys.exit(not visit(options.apps or apps.NAMES, options.folder / "apps", options.workers, options.write))
    origins = options.origin or ["function-url"]
    if options.streamed and not set(origins) <= set(STREAMING):
        parser.error(f"only {' and '.join(STREAMING)} stream")
    front_doors = [FrontDoor(origin, options.streamed).name for origin in origins]
    if options.write and options.origin is None and not options.streamed:
        front_doors = list(FRONT_DOORS)
    options.folder.mkdir(parents=True, exist_ok=True)
    workspace = Workspace(options.folder)
    workspace.install()
    suites = [SUITES[name] for name in options.suite or SUITES]
    whole = True
    for suite in suites:
        if options.own_clients:
            _show(run(workspace, suite, None, options.workers), options.verbose)
        else:
            whole &= _holds(workspace, suite, front_doors, options.workers, options.verbose)
    if options.write:
        _write(workspace)
    sys.exit(not whole)


def _holds(workspace: Workspace, suite: Suite, front_doors: Sequence[str], workers: int, verbose: bool) -> bool:
    """Whether ``suite`` fails exactly as expected behind ``front_doors``. Prints what doesn't."""
    explanations = _explanations(suite)
    outcomes: dict[str, Outcome] = {}
    for name in front_doors:
        outcomes[name] = run(workspace, suite, name, workers)
        _show(outcomes[name], verbose)
    comparison = compare({name: list(outcome.failures) for name, outcome in outcomes.items()}, explanations)
    for front_door, test in comparison.unexplained:
        print(f"UNEXPLAINED {suite.name} behind {front_door}: {test}\n    {outcomes[front_door].failures[test]}")
    for explanation in comparison.stale:
        print(f"STALE {suite.name}: {explanation.tests} fails nowhere now ({explanation.reason})")
    return not comparison.unexplained and not comparison.stale


def _show(outcome: Outcome, verbose: bool) -> None:
    if verbose:
        for test, line in outcome.failures.items():
            print(f"    {test}: {line}")
    sys.stdout.flush()


def _explanations(suite: Suite) -> list[Explanation]:
    return list(load(EXPECTED / f"{suite.name}.toml"))


def _write(workspace: Workspace) -> None:
    """Write docs/conformance.md from the last run of each suite behind each front door, of this call or before it."""
    suites = list(SUITES.values())
    outcomes = {
        (suite.name, name): outcome
        for suite in suites
        for name in (OWN_CLIENTS, *FRONT_DOORS)
        if (outcome := recorded(workspace, suite, name)) is not None
    }
    PAGE.write_text(page(outcomes, suites, {suite.name: _explanations(suite) for suite in suites}))


if __name__ == "__main__":
    main()
