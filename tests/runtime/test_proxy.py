"""A proxy between this runtime and Lambda: the runtime's calls go there, those of the extension to Lambda itself."""

import pytest

from tests.support.child_process import RunProcess
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.http_bytes import answer
from tests.support.programs import launch
from tests.support.runtime_process import GRACEFUL, every_program, http, told

HELLO = """
async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b"{}"})

def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b"{}"]
"""


@pytest.mark.covering
@pytest.mark.parametrize("form", ["{}", "http://{}", "http://{}/"])
@every_program
def test_the_runtimes_calls_go_to_the_proxy(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, form: str
) -> None:
    with FakeRuntimeAPI() as platform:
        delivery = fake_runtime_api.invoke(http())
        addresses = {
            "AWS_LAMBDA_RUNTIME_API": platform.address,
            "AWS_LWA_LAMBDA_RUNTIME_API_PROXY": form.format(fake_runtime_api.address),
        }
        launch(run_process, driver, HELLO, **addresses, **GRACEFUL)
        told(delivery.wait())
        platform.wait_until(lambda: len(platform.requests) == 2)
        assert {request.endpoint for request in platform.requests} == {"extension/register", "extension/event/next"}
        assert {request.endpoint for request in fake_runtime_api.requests} == {"next", "response"}


@pytest.mark.parametrize("driver", ["asyncio", "sockets"])
def test_a_snapshot_and_an_init_error_are_the_proxy_s(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str
) -> None:
    fake_runtime_api.script("restore/next", answer(500))
    with FakeRuntimeAPI() as platform:
        env = {
            "AWS_LAMBDA_RUNTIME_API": platform.address,
            "AWS_LWA_LAMBDA_RUNTIME_API_PROXY": fake_runtime_api.address,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
        }
        assert launch(run_process, driver, HELLO, **env).wait() == 64
        assert platform.requests == []
        assert [request.endpoint for request in fake_runtime_api.requests] == ["restore/next", "init/error"]


def test_an_address_that_is_none_is_told(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess) -> None:
    env = {
        "AWS_LAMBDA_RUNTIME_API": fake_runtime_api.address,
        "AWS_LWA_LAMBDA_RUNTIME_API_PROXY": "proxy.local",
    }
    process = launch(run_process, "asyncio", HELLO, **env)
    assert process.wait() == 1
    expected = "AWS_LWA_LAMBDA_RUNTIME_API_PROXY is 'proxy.local'; expected host:port."
    assert expected in process.logs
    assert fake_runtime_api.requests == []
