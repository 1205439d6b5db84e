"""One measurement: a runtime serves the same event many times."""

from __future__ import annotations

import json
import time
from base64 import b64decode
from typing import Literal, NamedTuple

from .function import Function
from .runtime_api import Request, RuntimeAPI
from .sample import Sample
from .subjects import Subject

QUICK = 4


class Loop(NamedTuple):
    """``memory``: the process's peak, the growth of its peak after the first event, or the memory of all processes.

    ``processes``: the number of ours. Both runtimes then have every core, and the Runtime API sleeps while it waits;
    with 0, they have a core of their own.
    """

    subject: Subject
    app: str
    event: bytes
    invocations: int
    warmup: int
    expected: bytes | int
    extras: bool = False
    pollers: int = 1
    memory: Literal["peak", "growth", "all"] = "peak"
    processes: int = 0

    def take(self, quick: bool) -> Sample:
        count = max(self.pollers, self.invocations // QUICK) if quick else self.invocations
        warmup = self.warmup // QUICK if quick else self.warmup
        environment = self.subject.environment(self.app)
        if self.pollers > 1:
            environment["AWS_LAMBDA_MAX_CONCURRENCY"] = str(self.pollers)
            environment["LAMBDA_HTTP_ADAPTER_PROCESSES"] = str(self.processes or 1)
        every_core = self.processes > 0
        with RuntimeAPI(self.event, keep=not isinstance(self.expected, int)) as api:
            environment["AWS_LAMBDA_RUNTIME_API"] = api.address
            with Function(self.subject.serving(self.app, self.extras), environment, every_core) as function:

                def mark() -> tuple[float, float, int]:
                    resident = 0
                    if self.memory == "growth" and api.answer is None:
                        function.forget_peak()
                        resident = function.peak()
                    return time.perf_counter(), function.cpu(), resident

                start, end = api.serve(
                    mark, function.check, pollers=self.pollers, warmup=warmup, count=count, sleep=every_core
                )
                used = function.resident() if self.memory == "all" else function.peak() - start[2]
        assert api.answer is not None
        self._check(api.answer)
        return Sample((end[0] - start[0]) / count, (end[1] - start[1]) / count, used, api.times)

    def _check(self, answer: Request) -> None:
        """Check the first response: a wrong one would make the time meaningless."""
        if isinstance(self.expected, int):
            assert answer.size >= self.expected, answer.size
            return
        head, mark, streamed = answer.body.partition(bytes(8))  # Go's lambdaurl can only stream
        document = json.loads(head)
        assert document["statusCode"] == 200, document
        if mark:
            body = streamed
        elif document.get("isBase64Encoded"):
            body = b64decode(document["body"])
        else:
            body = document["body"].encode()
        assert body == self.expected, body[:200]
