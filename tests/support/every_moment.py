"""``python -m tests.support.every_moment CASE:STEP[:FUNCTION,…]…`` prints a line of JSON per case.

A case is ``DRIVER-MODE-STRIKE``; every STEP-th of its moments is tried, those in the named functions only.
"""

from __future__ import annotations

import gc
import json
import pkgutil
import sys
import time
from importlib import import_module
from typing import NamedTuple

import httptools  # noqa: F401  # imported before the fork, as all that a child needs

import lambda_http_adapter
from tests.support.moment_observer import Observer
from tests.support.moment_rules import complaints
from tests.support.moments import Case

_NOT_DEPLOYED = ("_emulator", "_deploy", "_pytest", "__main__", "cli", "opentelemetry")


class Result(NamedTuple):
    """``faults``: each with the place and the number of its moment."""

    case: str
    opcodes: int
    tried: int
    seconds: float
    faults: list[str]


def tried(observer: Observer, specification: str) -> Result:
    name, step, functions = (specification + ":").split(":")[:3]
    case = Case(*name.split("-"))
    begun = time.monotonic()
    faults = [f"without a strike: {complaint}" for complaint in complaints(case, observer.observe(case, 0))]
    opcodes, moments = observer.moments([name for name in functions.split(",") if name])
    moments = moments[len(name) % int(step) :: int(step)]  # not the same ones in each case
    for moment in moments:
        seen = observer.observe(case, moment)
        place = (seen.noted("struck") or ["nowhere"])[0]
        faults += [f"{place} ({moment}): {complaint}" for complaint in complaints(case, seen)]
    return Result(name, opcodes, len(moments), time.monotonic() - begun, faults)


def main() -> None:
    for _, name, _ in pkgutil.walk_packages(lambda_http_adapter.__path__, "lambda_http_adapter."):
        if not any(part in name for part in _NOT_DEPLOYED):
            import_module(name)
    gc.freeze()  # a child's collections then copy no page of ours
    observer = Observer()
    for specification in sys.argv[1:]:
        print(json.dumps(tried(observer, specification)._asdict()), flush=True)


if __name__ == "__main__":
    main()
