"""Outside Lambda: the same app on a real HTTP port."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, cast

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from .._types import ASGIApp, WSGIApp
    from .._values.config import Config


def serve_asgi(app: ASGIApp, config: Config) -> None:
    """Serve with uvicorn; raises ConfigurationError where it isn't installed."""
    try:
        import uvicorn
    except ImportError:
        raise ConfigurationError(
            "Not on AWS Lambda (AWS_LAMBDA_RUNTIME_API is not set), and uvicorn is not installed to serve the app "
            "here. Either `pip install 'lambda-http-adapter[dev]'` and run this again, or serve the app with a server "
            "of your own, such as `hypercorn main:app`."
        ) from None
    host, port = _bind()
    print(f"Not on AWS Lambda: serving with uvicorn on http://{host}:{port}", file=sys.stderr)
    root_path = config.base_path if config.root_path == "auto" else config.root_path
    uvicorn.run(
        app, host=host, port=port, lifespan=cast("uvicorn.config.LifespanType", config.lifespan), root_path=root_path
    )


def serve_wsgi(app: WSGIApp) -> None:
    """Serve with werkzeug's development server."""
    from werkzeug.serving import run_simple

    host, port = _bind()
    print(f"Not on AWS Lambda: serving with werkzeug on http://{host}:{port}", file=sys.stderr)
    run_simple(host, port, app, threaded=True)


def _bind() -> tuple[str, int]:
    port = os.environ.get("PORT", "8000")
    if not port.isdecimal() or len(port) > 5 or int(port) > 65535:
        raise ConfigurationError(f"The environment variable PORT is {port!r}; expected a port number.")
    return os.environ.get("HOST", "127.0.0.1"), int(port)
