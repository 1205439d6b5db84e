"""AWS's emulator in the mode that stands for Lambda Managed Instances: several invocations at once.

In this mode it starts `/var/task/bootstrap` as a user of its own. For that, /var must be replaced, and the user must be
able to read Python and this package. So it needs root, a mount namespace, and an interpreter outside of root's home.
"""

import http.client
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from shlex import quote
from types import TracebackType
from typing import NamedTuple

import httptools

import lambda_http_adapter
from tests.support.child_process import Process, inherited_environment
from tests.support.runtime_interface_emulator import _INVOCATIONS, BINARY, Emulator
from tests.support.server_process import free_ports

_USER, _GROUP = 993, 990
_PATHS = [Path(package.__path__[0]).parent for package in (lambda_http_adapter, httptools)]
_PYTHONPATH = os.pathsep.join(map(str, _PATHS))


class Result(NamedTuple):
    status: int
    body: bytes


class ManagedInstances(Emulator):
    """An environment for `concurrency` invocations, started at once, with the app in app.py."""

    def __init__(self, source: str, app: str, env: Mapping[str, str], directory: Path) -> None:
        task = directory / "var" / "task"
        task.mkdir(parents=True)
        (task / "app.py").write_text(source)
        bootstrap = task / "bootstrap"
        run = f"exec {quote(_interpreter())} -m lambda_http_adapter run {app}"
        bootstrap.write_text(f"#!/bin/sh\nexport PYTHONPATH={quote(_PYTHONPATH)}\n{run}\n")
        for path in (task.parent, task, bootstrap):
            path.chmod(0o755)
        (task / "app.py").chmod(0o644)
        runtime_api, self._port = free_ports(2)
        self._one_at_a_time = threading.Lock()
        command = [
            str(BINARY),
            *("--log-level", "info"),
            *("--runtime-api-address", f"127.0.0.1:{runtime_api}"),
            *("--runtime-interface-emulator-address", f"127.0.0.1:{self._port}"),
        ]
        script = f"mount --bind {quote(str(task.parent))} /var && exec {' '.join(map(quote, command))}"
        self._process = Process(
            ["unshare", "--mount", "sh", "-c", script], {**inherited_environment(), **env}, directory
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.terminate()  # without a Runtime API several pollers would go on asking for a while
        super().__exit__(kind, error, trace)

    def call(self, event: object, headers: Mapping[str, str] | None = None) -> Result:
        """`invoke`, as many at once as there are callers. It is tried again where no poller was free."""
        while True:
            result = self._call(event, headers or {})
            if b"Runtime.Unavailable" not in result.body:
                return result

    def _call(self, event: object, headers: Mapping[str, str]) -> Result:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        with self._shown_on_failure():
            try:
                connection.request("POST", _INVOCATIONS, json.dumps(event), dict(headers))
                response = connection.getresponse()
                return Result(response.status, response.read())
            finally:
                connection.close()


@cache
def obstacle() -> str | None:
    """Why it can't be had here."""
    if not BINARY.exists():
        return f"AWS's emulator is not at {BINARY}; scripts/install puts it there"
    if os.geteuid() != 0:
        return "the emulator's multi-concurrency mode changes its user, which only root can"
    if shutil.which("unshare") is None:
        return "unshare, of util-linux, gives the emulator a /var of its own, and there is none"
    if subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode:
        return "unshare --mount is not permitted here"
    if not _interpreter():
        return f"no Python {sys.version_info.major}.{sys.version_info.minor} can be run by the user {_USER}"
    return None


@cache
def _interpreter() -> str:
    for candidate in (os.path.realpath(sys.executable), "/usr/bin/python3", "/usr/local/bin/python3"):
        check = (
            f"import sys; assert sys.version_info[:2] == {sys.version_info[:2]}; import lambda_http_adapter._runtime"
        )
        try:
            process = subprocess.run(
                [candidate, "-c", check],
                check=False,
                env={"PYTHONPATH": _PYTHONPATH},
                cwd="/",
                user=_USER,
                group=_GROUP,
                extra_groups=[],
                capture_output=True,
            )
        except OSError:
            continue
        if process.returncode == 0:
            return candidate
    return ""
