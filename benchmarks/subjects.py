"""The runtimes that are compared, as programs for a new interpreter."""

from __future__ import annotations

from typing import NamedTuple


class Subject(NamedTuple):
    """A way to serve an app. ``program`` has a field for the app's module; ``handler`` serves it without a loop."""

    name: str
    program: str
    handler: str = ""

    def serving(self, app: str, extras: bool) -> str:
        return _without_extras(extras) + self.program.format(app=f"benchmarks.apps.{app}")

    def starting(self, app: str, extras: bool) -> str:
        """``serving``, after a line of output: the time and the CPU time when the app alone has been imported."""
        loaded = f"import benchmarks.apps.{app}, time; print(time.perf_counter(), time.process_time(), flush=True)\n"
        return _without_extras(extras) + loaded + self.program.format(app=f"benchmarks.apps.{app}")

    def environment(self, app: str) -> dict[str, str]:
        return {"BENCHMARK_APP": f"benchmarks.apps.{app}"}


def _without_extras(extras: bool) -> str:
    """Code that makes imports of the extra ``fast`` fail, as in an installation without it."""
    return "" if extras else "import sys; sys.modules['pybase64'] = sys.modules['uvloop'] = None\n"


def _awslambdaric(peer: str) -> Subject:
    program = f"from awslambdaric.__main__ import main; main(['', 'benchmarks.handlers.with_{peer}.handler'])"
    return Subject(f"awslambdaric + {peer.replace('_', '-')}", program, peer)


OURS_ASGI = Subject(
    "ours", "from lambda_http_adapter import run_asgi; from {app} import app; run_asgi(app)", "asgi_handler"
)
OURS_COMMAND = Subject("ours", "from lambda_http_adapter.cli import main; main(['run', '{app}:app'])")
OURS_WSGI = Subject(
    "ours", "from lambda_http_adapter import run_wsgi; from {app} import app; run_wsgi(app)", "wsgi_handler"
)
OURS_STREAMED = Subject(
    "ours",
    "from lambda_http_adapter import run_asgi; from {app} import app; run_asgi(app, invoke_mode='response_stream')",
)
MANGUM = _awslambdaric("mangum")
APIG_WSGI = _awslambdaric("apig_wsgi")
SERVERLESS_WSGI = _awslambdaric("serverless_wsgi")
