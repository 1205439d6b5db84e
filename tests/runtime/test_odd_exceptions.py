"""Whatever an app raises, and whatever its logging does with that: it is answered, and the next invocation served."""

import os
from typing import cast

import pytest

from tests.support.child_process import RunProcess
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.odd_exceptions import ODD_EXCEPTIONS
from tests.support.paths import ROOT
from tests.support.programs import launch
from tests.support.runtime_process import every_program, http

APP = """
from tests.support.odd_exceptions import ODD_EXCEPTIONS, OwnBaseError

class MuteBaseError(BaseException):
    def __repr__(self):
        raise OwnBaseError("no words")

ERRORS = [*ODD_EXCEPTIONS.values(), MuteBaseError]

class OddHook:
    def __getattr__(self, name):
        raise OwnBaseError("no name") if name == "__qualname__" else AttributeError(name)

    def __call__(self, context):
        raise ERRORS[0]()

async def app(scope, receive, send):
    raise ERRORS[int(scope["path"][1:])]()

def wsgi(environ, start_response):
    raise ERRORS[int(environ["PATH_INFO"][1:])]()
"""

# Of an app whose logging is broken.
LOGGING = """
import logging

class Raises(logging.Handler):
    def emit(self, record):
        raise OwnBaseError("no log")

logging.basicConfig(handlers=[Raises()])
"""

OPTIONS = "lifespan='off', on_invocation_start=OddHook(), on_invocation_end=OddHook()"


@pytest.mark.covering
@every_program
@pytest.mark.parametrize("logging", ["", LOGGING], ids=["", "broken logging"])
@pytest.mark.parametrize("concurrency", ["1", "2"])
def test_odd_exceptions_cost_their_own_invocation_only(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, logging: str, concurrency: str
) -> None:
    deliveries = [fake_runtime_api.invoke(http(f"/{number}")) for number in range(len(ODD_EXCEPTIONS) + 1)]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {"PYTHONPATH": path, "AWS_LAMBDA_MAX_CONCURRENCY": concurrency}
    launch(run_process, driver, APP + logging, OPTIONS, **environment)
    for delivery in deliveries:
        answer = cast("dict[str, object]", delivery.wait().json())
        assert answer.get("statusCode") == 500 or answer.get("errorType"), answer
