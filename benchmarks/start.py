"""One measurement: from the end of the app's import, or the start of the process, to its first poll."""

from __future__ import annotations

import os
import shutil
import sysconfig
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple

from .function import ROOT, Function
from .runtime_api import RuntimeAPI
from .sample import Sample
from .subjects import Subject


class Start(NamedTuple):
    """``compiled``: the installed packages have bytecode. The standard library always has."""

    subject: Subject
    app: str
    compiled: bool = True
    extras: bool = False

    def take(self, quick: bool) -> Sample:
        if self.compiled:
            return self._take({})
        return self._take({"PYTHONPYCACHEPREFIX": _standard_library_cache(self).name, "PYTHONDONTWRITEBYTECODE": "1"})

    def _take(self, environment: dict[str, str]) -> Sample:
        with RuntimeAPI(b"{}") as api:
            environment = environment | self.subject.environment(self.app) | {"AWS_LAMBDA_RUNTIME_API": api.address}
            with Function(self.subject.starting(self.app, self.extras), environment) as function:
                (asked, cpu), _ = api.serve(lambda: (time.perf_counter(), function.cpu()), function.check)
                # The times of both processes are comparable: CLOCK_MONOTONIC is one clock for the machine.
                loaded, loaded_cpu = map(float, function.output.splitlines()[0].split())
                return Sample(asked - loaded, cpu - loaded_cpu, function.peak())


class ColdStart(NamedTuple):
    """From the start of the process to its first poll: interpreter, app and runtime."""

    subject: Subject
    app: str

    def take(self, quick: bool) -> Sample:
        with RuntimeAPI(b"{}") as api:
            environment = self.subject.environment(self.app) | {"AWS_LAMBDA_RUNTIME_API": api.address}
            command = self.subject.serving(self.app, extras=False)
            begin = time.perf_counter()
            with Function(command, environment) as function:
                (asked, cpu), _ = api.serve(lambda: (time.perf_counter(), function.cpu()), function.check)
                return Sample(asked - begin, cpu, function.peak())


@cache
def _standard_library_cache(start: Start) -> tempfile.TemporaryDirectory[str]:
    """A bytecode cache with the modules of the standard library that ``start`` needs, and no others."""
    folder = tempfile.TemporaryDirectory(prefix="benchmarks-bytecode-")
    start._take({"PYTHONPYCACHEPREFIX": folder.name})
    for installed in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), ROOT):
        # Below the prefix, a module is at its absolute path.
        shutil.rmtree(Path(folder.name, os.path.relpath(installed, "/")), ignore_errors=True)
    return folder
