"""Outside Lambda: the same app on a real HTTP port."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote

from ..errors import ConfigurationError
from ..origins._http_request import path_below, strip_base, strip_segments

if TYPE_CHECKING:
    from .._types import ASGIApp, Environ, Receive, Scope, Send, SingleCallable, StartResponse, WSGIApp
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
    lifespan = cast("uvicorn.config.LifespanType", config.lifespan)
    uvicorn.run(mounted_asgi(app, config), host=host, port=port, lifespan=lifespan)


def serve_wsgi(app: WSGIApp, config: Config) -> None:
    """Serve with werkzeug's development server."""
    from werkzeug.serving import run_simple

    host, port = _bind()
    print(f"Not on AWS Lambda: serving with werkzeug on http://{host}:{port}", file=sys.stderr)
    run_simple(host, port, mounted_wsgi(app, config), threaded=True)


def mounted_asgi(app: ASGIApp, config: Config) -> ASGIApp:
    """``app`` at its mount point, by the rule for requests on Lambda; itself if it has none."""
    from .._apps.asgi import single_callable
    from .._apps.exchange import mounted_config

    config = mounted_config(app, config)
    if not _has_mount(config):
        return app
    target = single_callable(app)

    async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            scope = {**scope, **_mounted_paths(cast("bytes", scope["raw_path"]).decode("ascii"), config)}
        await target(scope, receive, send)

    return cast("SingleCallable", mounted)


def _mounted_paths(path: str, config: Config) -> dict[str, object]:
    """``root_path``, ``path`` and ``raw_path`` of a request for the percent-encoded ``path``."""
    below = strip_base(path, config.base_path) if config.base_path else None
    root_path = "" if below is None else config.base_path
    if config.root_path != "auto":
        root_path = config.root_path
    raw_path = path_below(root_path, path if below is None else below)
    return {"root_path": root_path, "path": unquote(raw_path), "raw_path": raw_path.encode()}


def mounted_wsgi(app: WSGIApp, config: Config) -> WSGIApp:
    """The same for a WSGI app."""
    if not _has_mount(config):
        return app
    base_path = _native(config.base_path)

    def mounted(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        below = strip_segments(environ["PATH_INFO"], base_path)
        if below is not None:
            environ |= {"SCRIPT_NAME": base_path, "PATH_INFO": below}
        if config.root_path != "auto":
            environ["SCRIPT_NAME"] = _native(config.root_path)
        return app(environ, start_response)

    return mounted


def _native(path: str) -> str:
    """A path as PEP 3333 has it in an environ: each character stands for a byte."""
    return path.encode().decode("latin-1")


def _has_mount(config: Config) -> bool:
    return bool(config.base_path) or config.root_path != "auto"


def _bind() -> tuple[str, int]:
    port = os.environ.get("PORT", "8000")
    if not port.isdecimal() or len(port) > 5 or int(port) > 65535:
        raise ConfigurationError(f"The environment variable PORT is {port!r}; expected a port number.")
    return os.environ.get("HOST", "127.0.0.1"), int(port)


def not_on_lambda(handler: object) -> ConfigurationError:
    """Events come from nowhere else: what to do instead."""
    attribute = getattr(handler, "__qualname__", "")
    if "<" in attribute or not attribute:  # a lambda, a local function, an object
        attribute = "handler"
    name = f"handler:{_module_name(handler)}:{attribute}"
    return ConfigurationError(
        "Not on AWS Lambda (AWS_LAMBDA_RUNTIME_API is not set), and only Lambda sends events. To run this "
        f"function here as Lambda would, behind HTTP, `lambda-http-adapter dev {name}`; to send it a recorded event, "
        f"`lambda-http-adapter replay event.json --app {name}`. In a test, call the handler itself."
    )


def _module_name(handler: object) -> str:
    """By which a command line can import the handler."""
    module = getattr(handler, "__module__", None) or "main"
    if module != "__main__":
        return str(module)
    name = os.path.basename(sys.argv[0])
    return name.removesuffix(".py") if name.endswith(".py") else "main"
