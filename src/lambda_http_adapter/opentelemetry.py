"""A span for each invocation, made with OpenTelemetry.

Call ``instrument()`` before the app is served. It needs the package ``opentelemetry-api``, and an SDK and an exporter
that the app sets up.

https://opentelemetry.io/docs/languages/python/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _apps
from ._runtime.tracing import Tracing

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

__all__ = ["instrument"]


def instrument(tracer_provider: TracerProvider | None = None) -> None:
    """Make a span of each invocation from now on, whatever serves it: ``run_*``, ``*_handler``, the command line.

    The span is current while the app runs. Its parent is what ``opentelemetry.propagate`` extracts, of the invocation's
    own trace before that of the request. After each reply the provider is flushed, and the meter provider too.

    ``tracer_provider``: the one to use; None is the global one. Call it before ``run_*`` or ``*_handler``.
    """
    _apps.tracing = Tracing(tracer_provider)
