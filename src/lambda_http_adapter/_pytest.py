"""The pytest plugin: its fixture ``lambda_client`` repeats a test behind every front door."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

    from ._emulator.doors.door import FrontDoor
    from ._emulator.in_process.runners import App
    from ._emulator.in_process.transport import TransportOptions

# A copy of the names in DOORS: pytest loads plugins in every run, and importing the emulator would slow all of them.
ORIGINS = (
    "function-url",
    "http-api",
    "http-api-v1",
    "rest",
    "alb",
    "alb-multi",
    "vpc-lattice",
    "lambda-edge",
    "lambda-edge-origin",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("lambda_app", "the app of lambda_client: module:attribute, as on the command line")


@pytest.fixture
def lambda_app(pytestconfig: pytest.Config) -> App:
    """The app of ``lambda_client``: by default the one that the setting ``lambda_app`` names."""
    app = str(pytestconfig.getini("lambda_app"))
    if not app:
        raise pytest.UsageError(
            'lambda_client has no app: set lambda_app = "main:app" in pytest\'s configuration, or define a fixture '
            "lambda_app that returns the app."
        )
    return app


@pytest.fixture(params=ORIGINS)
def lambda_origin(request: pytest.FixtureRequest) -> FrontDoor:
    """The front door of ``lambda_client``: all of them in turn. Parametrise a test to choose some."""
    origin: FrontDoor = request.param
    return origin


@pytest.fixture
def lambda_options() -> TransportOptions:
    """Keyword arguments for ``LambdaTransport``: none. Override it to configure the front door or the app."""
    return {}


@pytest.fixture
def lambda_client(
    lambda_app: App, lambda_origin: FrontDoor, lambda_options: TransportOptions
) -> Iterator[httpx.Client]:
    """An ``httpx.Client`` for the app behind a front door. Its base URL leads to the app's root."""
    from ._emulator.in_process.by_httpx import open_client

    with open_client(lambda_app, lambda_origin, **lambda_options) as client:
        yield client
