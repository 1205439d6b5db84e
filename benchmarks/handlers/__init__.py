"""The app that the environment variable ``BENCHMARK_APP`` names, as ``handler(event, context)``."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from lambda_http_adapter._types import SingleCallable, WSGIApp


def asgi_app() -> SingleCallable:
    return cast("SingleCallable", importlib.import_module(os.environ["BENCHMARK_APP"]).app)


def wsgi_app() -> WSGIApp:
    return cast("WSGIApp", importlib.import_module(os.environ["BENCHMARK_APP"]).app)
