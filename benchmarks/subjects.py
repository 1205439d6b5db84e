"""The runtimes that are compared, as programs for a new interpreter."""

from __future__ import annotations

import shlex
import socket
import sys
from pathlib import Path
from typing import NamedTuple

_PYTHON = (sys.executable, "-c")


class Subject(NamedTuple):
    """A way to serve an app. ``program`` has a field for the app's module; ``handler`` serves it without a loop.

    ``interpreter``: the arguments before the program. ``port``: the app listens on ``AWS_LWA_PORT``.
    """

    name: str
    program: str
    handler: str = ""
    interpreter: tuple[str, ...] = _PYTHON
    port: bool = False

    def serving(self, app: str, extras: bool) -> list[str]:
        """The command of a process that serves the app."""
        return self._command(app, _without_extras(extras))

    def starting(self, app: str, extras: bool) -> list[str]:
        """``serving``, after a line of output: the time and the CPU time when the app alone has been imported."""
        loaded = f"import benchmarks.apps.{app}, time; print(time.perf_counter(), time.process_time(), flush=True)\n"
        return self._command(app, _without_extras(extras) + loaded)

    def environment(self, app: str) -> dict[str, str]:
        port = {"AWS_LWA_PORT": str(_free_port())} if self.port else {}
        return {"BENCHMARK_APP": f"benchmarks.apps.{app}"} | port

    def _command(self, app: str, before: str) -> list[str]:
        program = self.program.format(app=f"benchmarks.apps.{app}")
        if self.interpreter == _PYTHON:
            program = before + program
        return [*self.interpreter, program]


def _without_extras(extras: bool) -> str:
    """Code that makes imports of the extra ``fast`` fail, as in an installation without it."""
    return "" if extras else "import sys; sys.modules['pybase64'] = sys.modules['uvloop'] = None\n"


def _awslambdaric(peer: str) -> Subject:
    program = f"from awslambdaric.__main__ import main; main(['', 'benchmarks.handlers.with_{peer}.handler'])"
    return Subject(f"awslambdaric + {peer.replace('_', '-')}", program, peer)


def executable(name: str, path: Path) -> Subject:
    """A program that has the app in it."""
    return Subject(name, _literal(str(path)), interpreter=())


def web_adapter(name: str, path: Path) -> Subject:
    """Lambda Web Adapter at ``path``, and uvicorn at its fastest, in one session: two processes."""
    uvicorn = f"{shlex.quote(sys.executable)} -m uvicorn --loop uvloop --http httptools --no-access-log"
    program = f"{shlex.quote(str(path))} & exec {uvicorn} --port $AWS_LWA_PORT"
    return Subject(name, _literal(program) + " {app}:app", interpreter=("sh", "-c"), port=True)


def _literal(text: str) -> str:
    """``text`` as a program without fields."""
    return text.replace("{", "{{").replace("}", "}}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


OURS = "lambda-http-adapter"
OURS_ASGI = Subject(
    OURS, "from lambda_http_adapter import run_asgi; from {app} import app; run_asgi(app)", "asgi_handler"
)
OURS_COMMAND = Subject(OURS, "from lambda_http_adapter.cli import main; main(['run', '{app}:app'])")
OURS_WSGI = Subject(
    OURS, "from lambda_http_adapter import run_wsgi; from {app} import app; run_wsgi(app)", "wsgi_handler"
)
OURS_STREAMED = Subject(
    OURS,
    "from lambda_http_adapter import run_asgi; from {app} import app; run_asgi(app, invoke_mode='response_stream')",
)
MANGUM = _awslambdaric("mangum")
APIG_WSGI = _awslambdaric("apig_wsgi")
SERVERLESS_WSGI = _awslambdaric("serverless_wsgi")
