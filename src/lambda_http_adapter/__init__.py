"""Any ASGI or WSGI app on AWS Lambda, behind any HTTP front door, on its own Runtime API loop.

Layers, each importing only from those below it:

    9   cli testing _pytest                                                                      what a person types, and what a test asks
    8   emulator/*                                                                               AWS's side of every origin
    7   _runtime.run                                                                             a function of one's own becomes what is below
        _runtime.run_apps _runtime.managed                                                       configuration becomes a driver or a handler
    6   _runtime.async_loop _runtime.sync_loop                                                   the drivers
        _runtime.local                                                                           outside Lambda: a development server in their place
    5   _runtime.start _runtime.snapstart                                                        what surrounds the loop
        _runtime.extension
        _runtime.logs _runtime.log_sink                                                          records as Lambda wants them
        _runtime.sync_connection _runtime.async_connection                                       the only files that touch a socket
        _runtime.client _runtime.extension_api                                                   the Runtime API without I/O
        _runtime.invocation _runtime.answer
        _runtime.failure _runtime.hooks
        _runtime.environment
    4   _apps.http                                                                               a function of a request, as an app of either protocol
        _apps.asgi _apps.wsgi                                                                    an app's protocol
    3   _apps.on_event                                                                           handlers beside an app
        _apps.handler                                                                            any callable: its event decoded, its result sent
        _apps.plan                                                                               how it is called, what its event is decoded to
        _apps.exchange _apps.asgi_lifespan                                                       an event recognised, and how its answer will be encoded
        _delivery.encoders _values.lambda_request                                                status, headers and body to bytes; the invocation behind a request
        _apps.asgi_files _apps.deadline_sync _apps.deadline_async _apps.access_log
        _apps.annotations _delivery.results                                                      JSON to what an annotation asks for; a result to bytes
    2   origins/*                                                                                the front doors' shapes; they don't know each other
    1   _apps.importer                                                                           what an import string leads to
        _values.request _values.context _values.config                                           values
        _values.client_context
        _apps.signature _apps.decoders _apps.interruption
    0   errors _values.codec _values.b64 _apps.arity events/* _values _delivery _apps _runtime
        _types                                                                                   for type checkers and never loaded
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import errors
    from ._runtime.managed import asgi_handler, http_handler, wsgi_handler
    from ._runtime.run import run, run_http
    from ._runtime.run_apps import run_asgi, run_wsgi
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
__version__ = "0.1.0"

_HOMES = {
    "LambdaContext": "._values.context",
    "RequestOrigin": ".origins",
    "asgi_handler": "._runtime.managed",
    "current_context": "._values.context",
    "http_handler": "._runtime.managed",
    "lambda_request": "._values.lambda_request",
    "run": "._runtime.run",
    "run_asgi": "._runtime.run_apps",
    "run_http": "._runtime.run",
    "run_wsgi": "._runtime.run_apps",
    "wsgi_handler": "._runtime.managed",
}


def __getattr__(name: str) -> object:
    # PEP 562: a function pays only for the names it uses.
    if name in __all__:
        value = getattr(importlib.import_module(_HOMES[name], __name__), name) if name in _HOMES else _module(name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _module(name: str) -> object:
    return importlib.import_module(f".{name}", __name__)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
