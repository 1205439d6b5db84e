"""Trailers as AWS's own other side reads them: its emulator understands them when it plays a managed instance."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from subprocess import TimeoutExpired

import httptools
import httpx
import pytest

import lambda_http_adapter
from tests.support import streaming_apps as apps
from tests.support.child_process import Process, inherited_environment
from tests.support.runtime_interface_emulator import BINARY, Emulator
from tests.support.server_process import free_ports
from tests.support.streamed_response import DELIMITER, MEDIA_TYPE, function_url

# The user that the function's process becomes.
_UID, _GID = 993, 990
_PROBE = """
import os, sys
os.setgroups([])
os.setgid(int(sys.argv[2]))
os.setuid(int(sys.argv[3]))
os.execv(sys.argv[1], [sys.argv[1], "-c", "import httptools, lambda_http_adapter"])
"""


class ManagedInstance(Emulator):
    """The emulator in its other mode. It starts /var/task/bootstrap, as another user and from the beginning.

    So /var is ours, in a mount namespace of the process's own, and holds all that this user may not see where it is.
    """

    def __init__(self, app: str, directory: Path) -> None:
        runtime_api, self._port = free_ports(2)
        self._one_at_a_time = threading.Lock()
        self._var = directory / "var"
        places = {
            "python": Path(sys.base_prefix),
            "packages": Path(httptools.__file__).parent.parent,
            "src": Path(lambda_http_adapter.__file__).parent.parent,
        }
        mounts = [f"mount --bind {shlex.quote(str(place))} {self._var}/{name}" for name, place in places.items()]
        for name in ("task", *places):
            (self._var / name).mkdir(parents=True)
        self._script = " && ".join([*mounts, f"mount --rbind {self._var} /var", 'exec "$@"'])
        self._environment = {
            **inherited_environment(),
            "PYTHONPATH": "/var/src:/var/packages",
            "LD_LIBRARY_PATH": "/var/python/lib",
            "LAMBDA_HTTP_ADAPTER_INVOKE_MODE": "response_stream",
            "AWS_LAMBDA_MAX_CONCURRENCY": "1",
            "AWS_LAMBDA_FUNCTION_TIMEOUT": "30",
        }
        python = f"/var/python/bin/{os.path.basename(os.path.realpath(sys.executable))}"
        self._skip_if_impossible(python)
        shutil.copy(apps.__file__, self._var / "task" / "app.py")
        bootstrap = self._var / "task" / "bootstrap"
        bootstrap.write_text(f"#!/bin/sh\nexec {python} -m lambda_http_adapter run app:{app}\n")
        bootstrap.chmod(0o755)
        address, invocations = f"127.0.0.1:{runtime_api}", f"127.0.0.1:{self._port}"
        emulator = [
            str(BINARY),
            *("--log-level", "info"),
            *("--runtime-api-address", address),
            *("--runtime-interface-emulator-address", invocations),
        ]
        self._process = Process(self._in_namespace(*emulator), self._environment, directory)

    def _in_namespace(self, *command: str) -> list[str]:
        return ["unshare", "--mount", "sh", "-c", self._script, "sh", *command]

    def _skip_if_impossible(self, python: str) -> None:
        if os.geteuid() != 0:
            pytest.skip("needs root, for a mount namespace of its own")
        if shutil.which("unshare") is None:
            pytest.skip("needs unshare, for a mount namespace of its own")
        probe = self._in_namespace(sys.executable, "-c", _PROBE, python, str(_GID), str(_UID))
        run = subprocess.run(probe, env=self._environment, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            pytest.skip(f"no process of the user {_UID} can be started in a mount namespace: {run.stderr.strip()}")

    def ask(self, path: str) -> httpx.Response:
        """The answer with its headers, as soon as the function has asked for the event."""
        for _ in range(500):
            url = f"http://127.0.0.1:{self._port}/2015-03-31/functions/function/invocations"
            response = httpx.post(url, json=function_url(path), timeout=20, trust_env=False)
            if "Runtime.Unavailable" not in response.text:
                return response
            with suppress(TimeoutExpired):
                self._process.wait(timeout=0.02)
        raise AssertionError(self.logs)


@pytest.fixture(params=["asgi", "wsgi"])
def instance(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ManagedInstance]:
    if not BINARY.exists():
        pytest.skip(f"AWS's emulator is not at {BINARY}; scripts/install puts it there")
    with ManagedInstance(request.param, tmp_path) as instance:
        yield instance


def test_trailers_are_understood(instance: ManagedInstance) -> None:
    """And the same process serves what comes next, on the same connection."""
    for _ in range(2):
        whole = instance.ask("/digits")
        prelude, _, body = whole.content.partition(DELIMITER)
        assert whole.headers["content-type"] == MEDIA_TYPE
        assert whole.headers["lambda-runtime-function-response-mode"] == "streaming"
        assert (json.loads(prelude)["statusCode"], body) == (200, b"12345")

        broken = instance.ask("/breaks/late")
        assert broken.headers["error-type"] == "Function.LookupError"
        error = broken.json()
        assert (error["errorType"], error["errorMessage"]) == ("LookupError", "no ü")
    assert instance.logs.count("LocalProcessSupervisor.Exec") == 1
