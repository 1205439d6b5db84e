"""The internal extension: Lambda sends SIGTERM to an environment that has one, and to no other."""

import warnings

import pytest

from lambda_http_adapter._runtime.start import register
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.http_bytes import Answer, answer
from tests.support.runtime_process import GRACEFUL, Serve, every_colour, http, seen, told


@every_colour
def test_registered_before_the_first_poll(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    """The first poll closes the registration, and until the extension waits there is no end of the init phase."""
    delivery = fake_runtime_api.invoke(http())
    process = serve(**GRACEFUL)
    told(delivery.wait())
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 2)
    register, wait = (fake_runtime_api.received(name)[0] for name in ("extension/register", "extension/event/next"))
    assert register.json() == {"events": []}
    assert register.header("lambda-extension-name") == "lambda-http-adapter"
    assert wait.header("lambda-extension-identifier") == "8c5a2c4e-6f0d-4f5b-9d53-5c0f2b7f9a11"
    endpoints = [endpoint for _, endpoint in seen(fake_runtime_api)]
    assert endpoints[0] == "extension/register"
    assert sorted(endpoints[1:3]) == ["extension/event/next", "next"]
    assert endpoints[3:] == ["response", "next"]
    # Held for as long as the process lives, on a connection that nothing else uses.
    assert wait.answer is None
    assert [x.connection for x in fake_runtime_api.requests].count(wait.connection) == 1
    assert process.running


@every_colour
def test_registered_once_however_many_run(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    serve(AWS_LAMBDA_MAX_CONCURRENCY="4", **GRACEFUL)
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 4)
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("extension/event/next"))
    endpoints = [endpoint for _, endpoint in seen(fake_runtime_api)]
    assert [endpoints.count(name) for name in ("extension/register", "extension/event/next")] == [1, 1]


@pytest.mark.covering
@pytest.mark.parametrize("serve", ["asyncio", "sockets"], indirect=True)
@pytest.mark.parametrize(
    ("reply", "fact"),
    [
        (answer(403, {"errorType": "Extension.RegistrationClosed"}), "RegistrationClosed"),
        (answer(400, {"errorType": "Extension.TooManyExtensions"}), "TooManyExtensions"),
        (answer(500, {"errorType": "InternalServerError"}), "InternalServerError"),
        (answer(200, {}), "200"),
        (answer(404), "404"),
        (Answer(b"", "close"), "Lost"),
        (Answer(b"", "reset"), "Lost"),
        (Answer(b"HTTP/1.1 200 O", "close"), "middle"),
        (Answer(b"what?\r\n\r\n", "close"), "not HTTP"),
    ],
    ids=["closed", "too many", "500", "no identifier", "404", "lost", "reset", "half", "garbage"],
)
def test_a_refused_registration_is_a_warning(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, reply: Answer, fact: str
) -> None:
    fake_runtime_api.script("extension/register", reply)
    delivery = fake_runtime_api.invoke(http())
    process = serve(**GRACEFUL)
    told(delivery.wait())
    assert "[WARNING]" in process.logs
    assert fact in process.logs
    assert not fake_runtime_api.received("extension/event/next")


@every_colour
def test_turned_off_there_is_no_extension(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    delivery = fake_runtime_api.invoke(http())
    serve(LAMBDA_HTTP_ADAPTER_GRACEFUL_SHUTDOWN="false")
    told(delivery.wait())
    assert {endpoint for _, endpoint in seen(fake_runtime_api)} <= {"next", "response"}


@every_colour
def test_what_becomes_of_the_extensions_wait_does_not_matter(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    fake_runtime_api.script("extension/event/next", answer(500, {"errorType": "InternalServerError"}, then="close"))
    deliveries = [fake_runtime_api.invoke(http()) for _ in range(2)]
    process = serve(**GRACEFUL)
    for delivery in deliveries:
        told(delivery.wait())
    assert process.running


def test_at_the_end_its_connection_is_closed(fake_runtime_api: FakeRuntimeAPI) -> None:
    """Python's development mode warns of a socket that is only forgotten."""
    extension = register(fake_runtime_api.address)
    assert extension is not None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del extension
    assert caught == []
