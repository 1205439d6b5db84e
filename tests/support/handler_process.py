"""A handler of another project, as a process in its directory: called with events, it answers with results."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.child_process import inherited_environment

# What the handler prints must not come between its results. Mangum takes the thread's event loop.
_PROGRAM = """
import asyncio, importlib, json, os, sys, types
results = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)
sys.path.insert(0, "")
asyncio.set_event_loop(asyncio.new_event_loop())
module, _, name = sys.argv[1].rpartition(".")
handler = getattr(importlib.import_module(module), name)
context = types.SimpleNamespace(aws_request_id="8476a536", get_remaining_time_in_millis=lambda: 3_000)
for line in sys.stdin:
    try:
        result = {"result": handler(json.loads(line), context)}
    except Exception as error:
        result = {"error": repr(error)}
    print(json.dumps(result), file=results)
"""


class HandlerError(Exception):
    """What the handler raised."""


class HandlerProcess:
    """``handler`` is named as in a function's configuration: ``main.handler``."""

    def __init__(
        self,
        directory: Path,
        handler: str,
        python: str = sys.executable,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._process = subprocess.Popen(
            [python, "-c", _PROGRAM, handler],
            cwd=directory,
            env={**inherited_environment(), **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=20)

    def __call__(self, event: object, context: object) -> object:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(event), file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise HandlerError(answer["error"])
        return answer["result"]
