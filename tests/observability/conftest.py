import socket
from collections.abc import Iterator

import pytest

from tests.support.telemetry_sink import TelemetrySink, telemetry_sink
from tests.support.xray_daemon import XRayDaemon


@pytest.fixture
def collector() -> Iterator[socket.socket]:
    """Where telemetry is sent. It is taken when the test says so."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        yield listener


@pytest.fixture
def sink() -> Iterator[TelemetrySink]:
    with telemetry_sink() as sink:
        yield sink


@pytest.fixture
def xray_daemon() -> Iterator[XRayDaemon]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(20)
        yield XRayDaemon(listener)
