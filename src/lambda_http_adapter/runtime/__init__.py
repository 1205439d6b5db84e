"""From an app and its options to the loop that serves it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .._config import load_config

if TYPE_CHECKING:
    from typing import Unpack

    from .._types import ASGIApp, Options, WSGIApp

__all__ = ["run_asgi", "run_wsgi"]


def run_asgi(app: ASGIApp, **options: Unpack[Options]) -> None:
    """Serve an ASGI app: FastAPI, Starlette, Litestar, Quart, Django, or any other.

    On Lambda this is the function's runtime: it runs the app's lifespan startup, then answers invocations until the
    environment ends, and exits with 1 where the app can't start or the Runtime API is gone. Elsewhere it serves the
    app with uvicorn on ``HOST`` (127.0.0.1) and ``PORT`` (8000).

    ``options`` are described in ``Config``. Raises ConfigurationError for a wrong option, and outside Lambda without
    uvicorn. Follows https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html.
    """
    authority = os.environ.get("AWS_LAMBDA_RUNTIME_API")
    if not authority:
        from ._local import serve_asgi

        serve_asgi(app, load_config(options, os.environ))
        return
    from .._asgi import ASGIFunction
    from ._async import run
    from ._sync import fail_init

    try:
        function = ASGIFunction(app, load_config(options, os.environ))
    except Exception as error:
        fail_init(authority, error)
    run(authority, function)


def run_wsgi(app: WSGIApp, **options: Unpack[Options]) -> None:
    """Serve a WSGI app: Flask, Django, Bottle, Falcon, Pyramid, or any other.

    On Lambda this is the function's runtime, without an event loop: it answers invocations until the environment ends,
    and exits with 1 where the Runtime API is gone. Elsewhere it serves the app with werkzeug's development server on
    ``HOST`` (127.0.0.1) and ``PORT`` (8000).

    ``options`` are described in ``Config``. Raises ConfigurationError for a wrong option. Follows
    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html.
    """
    authority = os.environ.get("AWS_LAMBDA_RUNTIME_API")
    if not authority:
        from ._local import serve_wsgi

        load_config(options, os.environ)
        serve_wsgi(app)
        return
    from .._wsgi import WSGIFunction
    from ._sync import fail_init, run

    try:
        function = WSGIFunction(app, load_config(options, os.environ))
    except Exception as error:
        fail_init(authority, error)
    run(authority, function)
