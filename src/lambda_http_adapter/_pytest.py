"""Fixtures for pytest: ``lambda_client`` repeats a test behind every front door."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

    from ._emulator.in_process.runners import App
    from ._emulator.in_process.transport import TransportOptions

# Said here once more: pytest loads plugins in every run, also where nobody asks for them.
ORIGINS = ("function-url", "http-api", "http-api-v1", "rest", "alb", "alb-multi", "vpc-lattice", "lambda-edge")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("lambda_app", "what lambda_client asks: module:attribute, as on the command line")


@pytest.fixture
def lambda_app(pytestconfig: pytest.Config) -> App:
    """What ``lambda_client`` asks: what the setting ``lambda_app`` names. To be overridden by who has it at hand."""
    app = str(pytestconfig.getini("lambda_app"))
    if not app:
        raise pytest.UsageError(
            'lambda_client has no app: set lambda_app = "main:app" in pytest\'s configuration, or define a fixture '
            "lambda_app that returns it."
        )
    return app


@pytest.fixture(params=ORIGINS)
def lambda_origin(request: pytest.FixtureRequest) -> str:
    """The front door of ``lambda_client``: each in turn, or those that a test is parametrised with."""
    origin: str = request.param
    return origin


@pytest.fixture
def lambda_options() -> TransportOptions:
    """Keyword arguments of ``LambdaTransport``: none. To be overridden."""
    return {}


@pytest.fixture
def lambda_client(lambda_app: App, lambda_origin: str, lambda_options: TransportOptions) -> Iterator[httpx.Client]:
    """An ``httpx.Client`` of the app behind a front door. What is at its base URL is the app's root."""
    from ._emulator.in_process.transport import open_client

    with open_client(lambda_app, lambda_origin, **lambda_options) as client:
        yield client
