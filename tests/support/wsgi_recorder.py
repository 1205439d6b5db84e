"""One event through a WSGI app, and the response as it was sent."""

from collections.abc import Callable
from wsgiref.validate import validator

import pytest
from werkzeug.middleware.lint import LintMiddleware

from lambda_http_adapter._apps.wsgi import WSGIFunction
from lambda_http_adapter._types import WSGIApp
from lambda_http_adapter._values.config import Config
from tests.support.invocation import CONTEXT, EVENT
from tests.support.response_recorder import Part, ResponseRecorder

# The standard library's and werkzeug's opinion of who breaks PEP 3333: an assertion, and a warning, which is an error.
Guard = Callable[[WSGIApp], WSGIApp]
guarded = pytest.mark.parametrize("guard", [validator, LintMiddleware])


def serve(app: WSGIApp, payload: object = EVENT, streams: bool = False) -> list[Part]:
    """The response to one event."""
    recorder = ResponseRecorder(streams=streams)
    run(app, recorder, payload)
    return recorder.parts


def run(app: WSGIApp, recorder: ResponseRecorder, payload: object = EVENT, config: Config | None = None) -> None:
    WSGIFunction(app, config or Config())(payload, CONTEXT, recorder)
