"""The pytest plugin in a suite's run: puts a front door in place of the clients, and writes down what failed."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

from .front_door import FrontDoor
from .suites import SUITES


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance")
    group.addoption("--suite", help="the suite whose tests run")
    group.addoption(
        "--front-door", help="the front door behind which the tests run; without it, the suite's own clients"
    )
    group.addoption("--outcomes", help="the file to write the outcomes to, as JSON")


def pytest_configure(config: pytest.Config) -> None:
    suite = SUITES[config.getoption("suite")]
    for name, module in suite.left_out.items():
        sys.modules[name] = importlib.import_module(f"conformance.left_out.{module}")
        config.pluginmanager.register(sys.modules[name])  # some have fixtures
    front_door = config.getoption("front_door")
    if front_door is not None:
        for clients in suite.clients:
            importlib.import_module(f"conformance.{clients}").replace_clients(FrontDoor.named(front_door))
    if not hasattr(config, "workerinput"):  # the reports of xdist's workers arrive in the main process
        config.pluginmanager.register(Recorder(Path(config.getoption("outcomes"))))


class Recorder:
    """``passed`` is a number, ``failures`` has the last line of each failed test's report by its id."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._passed = 0
        self._failures: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._record(report)
        self._passed += report.passed and report.when == "call"

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._record(report)

    def pytest_sessionfinish(self) -> None:
        self._path.write_text(json.dumps({"passed": self._passed, "failures": self._failures}))

    def _record(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            lines = (crash.message if crash else str(report.longrepr)).splitlines()
            self._failures[report.nodeid] = lines[0] if lines else ""
