"""One measurement: a handler called in process, without a loop, which measures the translation of events alone."""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import NamedTuple, cast

from . import events
from .function import Function
from .sample import Sample
from .subjects import Subject

_CALLS = 2000
_WARMUP = 500


class Translation(NamedTuple):
    subject: Subject
    app: str
    origin: str

    def take(self, quick: bool) -> Sample:
        calls = _CALLS // 4 if quick else _CALLS
        program = (
            f"from benchmarks.translation import report; report({self.subject.handler!r}, {self.origin!r}, {calls})"
        )
        with Function([sys.executable, "-c", program], self.subject.environment(self.app)) as function:
            seconds, cpu = json.loads(function.wait())
            return Sample(seconds, cpu, 0)


def report(handler: str, origin: str, calls: int) -> None:
    """Print the time and the CPU time of one call, in seconds."""
    module = importlib.import_module(f"benchmarks.handlers.with_{handler}")
    call = cast("Callable[[object, object], dict[str, object]]", module.handler)
    event = events.of_origin(origin)
    answer: dict[str, object] = {}
    for _ in range(_WARMUP):
        answer = call(event, None)
    assert str(answer.get("statusCode", answer.get("status"))) == "200", answer
    start, cpu = time.perf_counter(), time.process_time()
    for _ in range(calls):
        call(event, None)
    print(json.dumps([(time.perf_counter() - start) / calls, (time.process_time() - cpu) / calls]))
