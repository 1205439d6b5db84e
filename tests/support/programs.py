"""Programs that serve an app with options that can only be given in code."""

from tests.support.child_process import Process, RunProcess

DRIVERS = ("uvloop", "asyncio", "sockets")

_PROGRAM = """
import sys
if {driver!r} == "asyncio":
    sys.modules.update(uvloop=None, pybase64=None)
{source}
import lambda_http_adapter
if {driver!r} == "sockets":
    lambda_http_adapter.run_wsgi(wsgi, {options})
else:
    lambda_http_adapter.run_asgi(app, {options})
"""


def launch(run_process: RunProcess, driver: str, source: str, options: str = "", **env: str) -> Process:
    """`source` defines `app` and `wsgi`, one for each colour, and whatever `options` name."""
    return run_process(code=_PROGRAM.format(driver=driver, source=source, options=options), env=env)
