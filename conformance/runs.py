"""A suite's run behind a front door, and what came out of it, which stays in the workspace."""

from __future__ import annotations

import json
import subprocess
from typing import NamedTuple

from .environment import variables
from .suites import Suite
from .workspace import Workspace

OWN_CLIENTS = "own clients"


class Outcome(NamedTuple):
    """``failures`` has a line of each failed test's report by its id."""

    passed: int
    failures: dict[str, str]


def run(workspace: Workspace, suite: Suite, front_door: str | None, workers: int) -> Outcome:
    """Behind ``front_door``, or with the suite's own clients. Raises RuntimeError if the script itself fails."""
    file = workspace.outcome_file(suite, front_door or OWN_CLIENTS)
    file.unlink(missing_ok=True)
    options = [f"--outcomes={file}", *suite.options]
    if front_door is not None:
        options.append(f"--front-door={front_door}")
    source = workspace.source(suite)
    if suite.own_script:
        source /= "tests"
        module = ["conformance.django_tests", f"--workers={workers}"]
    else:
        module = ["pytest", "-p", "conformance.plugin", "-p", "no:cacheprovider", "--quiet", "--no-summary"]
        # Warnings are errors in these suites, also those that newer dependencies give.
        module += ["--override-ini=filterwarnings=", "--override-ini=timeout=300", f"--numprocesses={workers}"]
        module += [f"--suite={suite.name}"]
    # No marks in the lines of tracebacks: Python before 3.11.8 parses a line to place them, and where that happens
    # while the garbage collector interrupts another parse, the other one fails (gh-106905).
    environment = {**variables(), "PYTHONNODEBUGRANGES": "1"}
    script = [str(workspace.python), "-m", *module, *options, *suite.tests]
    process = subprocess.run(script, check=False, cwd=source, env=environment, text=True, capture_output=True)
    if process.returncode not in (0, 1) or not file.is_file():
        raise RuntimeError(f"{module[0]} exited with {process.returncode}:\n{process.stdout}{process.stderr}")
    outcome = Outcome(**json.loads(file.read_text()))
    print(f"{suite.name} {suite.version} {_where(front_door)}: {outcome.passed} passed, {len(outcome.failures)} failed")
    return outcome


def recorded(workspace: Workspace, suite: Suite, front_door: str) -> Outcome | None:
    """What came out of the last run of this version, None if there was none."""
    file = workspace.outcome_file(suite, front_door)
    return Outcome(**json.loads(file.read_text())) if file.is_file() else None


def _where(front_door: str | None) -> str:
    return "with its own clients" if front_door is None else f"behind {front_door}"
