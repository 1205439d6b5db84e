"""``python -m conformance.django_tests``: Django's own script for its tests, with the options of the pytest plugin."""

from __future__ import annotations

import argparse
import json
import os
import runpy
import sys
import unittest
from pathlib import Path

from django.test.runner import DiscoverRunner
from django.test.utils import iter_test_cases

from .front_door import FrontDoor

_OUTCOMES = "CONFORMANCE_OUTCOMES"
_DESELECTED = "CONFORMANCE_DESELECTED"


class Runner(DiscoverRunner):  # type: ignore[misc]
    """Leaves out what is deselected, and writes down what failed: of a subtest the test it belongs to."""

    def load_tests_for_label(self, label: str, discover_kwargs: dict[str, object]) -> unittest.TestSuite:
        tests = iter_test_cases(super().load_tests_for_label(label, discover_kwargs))
        deselected = tuple(os.environ[_DESELECTED].split())
        selected: unittest.TestSuite = self.test_suite(test for test in tests if not test.id().startswith(deselected))
        return selected

    def run_suite(self, suite: unittest.TestSuite, **options: object) -> unittest.TestResult:
        result: unittest.TestResult = super().run_suite(suite, **options)
        failures = {}
        for test, report in [*result.failures, *result.errors]:
            failures[getattr(test, "test_case", test).id()] = report.strip().splitlines()[-1]
        failures |= {test.id(): "It was expected to fail" for test in result.unexpectedSuccesses}
        passed = result.testsRun - len(failures) - len(result.skipped) - len(result.expectedFailures)
        Path(os.environ[_OUTCOMES]).write_text(json.dumps({"passed": passed, "failures": failures}))
        return result


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m conformance.django_tests")
    parser.add_argument("--front-door")
    parser.add_argument("--outcomes", required=True)
    parser.add_argument("--workers", required=True)
    parser.add_argument("--deselect", action="append", default=[], help="the beginning of an id")
    options, rest = parser.parse_known_args()
    os.environ[_DESELECTED] = " ".join(options.deselect)
    os.environ[_OUTCOMES] = options.outcomes
    if options.front_door is not None:
        from .django_clients import replace_clients

        replace_clients(FrontDoor.named(options.front_door))
    sys.argv = ["runtests.py", "--settings=conformance.django_settings", f"--parallel={options.workers}", *rest]
    runpy.run_path("runtests.py", run_name="__main__")


if __name__ == "__main__":
    main()
