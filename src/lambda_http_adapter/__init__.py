"""Any ASGI or WSGI app on AWS Lambda, behind any HTTP front door, on its own Runtime API loop.

The stack. Each row imports only from the rows above it:

    errors                  faults, by whose they are
    events                  AWS events as types
    _values                 what every layer holds: configuration, event, context
    origins                 an event to an HTTP request and back, one file for each front door
    _delivery               a response to bytes: buffered or streamed
    _types                  the public signatures, for type checkers only: never loaded
    _apps                   the colours: ASGI, WSGI, a plain handler
    _runtime                the Runtime API loop, and handlers for AWS's own runtime
    opentelemetry           a span for each invocation: loaded by apps that ask for it
    _emulator               AWS's side, for a developer's machine:
    _emulator.doors         what each front door sends, accepts and refuses
    _emulator.sandbox       processes as Lambda runs them, and their Runtime API
    _emulator.in_process    the same without processes: transports for httpx and httpx2
    _emulator.dev           the command `dev`
    _emulator.commands      the commands `invoke`, `event`, `replay`, `compare`
    _deploy                 from a laptop to AWS: the commands `init`, `build`, `doctor`
    testing _pytest         what a test asks
    cli                     what a person types
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import errors
    from ._runtime.managed import asgi_handler, http_handler, wsgi_handler
    from ._runtime.run import run, run_asgi, run_http, run_wsgi
    from ._values import __version__ as __version__
    from ._values.context import LambdaContext, current_context
    from ._values.lambda_request import lambda_request
    from .origins import RequestOrigin

__all__ = [
    "LambdaContext",
    "RequestOrigin",
    "asgi_handler",
    "current_context",
    "errors",
    "http_handler",
    "lambda_request",
    "run",
    "run_asgi",
    "run_http",
    "run_wsgi",
    "wsgi_handler",
]

_HOMES = {
    "LambdaContext": "._values.context",
    "RequestOrigin": ".origins",
    "__version__": "._values",
    "asgi_handler": "._runtime.managed",
    "current_context": "._values.context",
    "http_handler": "._runtime.managed",
    "lambda_request": "._values.lambda_request",
    "run": "._runtime.run",
    "run_asgi": "._runtime.run",
    "run_http": "._runtime.run",
    "run_wsgi": "._runtime.run",
    "wsgi_handler": "._runtime.managed",
}


def __getattr__(name: str) -> object:
    # PEP 562: a function pays only for the names it uses.
    if name == "errors":
        value: object = importlib.import_module(".errors", __name__)
    elif name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name], __name__), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
