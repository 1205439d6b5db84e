import socket
from collections.abc import Iterator

import pytest


@pytest.fixture
def collector() -> Iterator[socket.socket]:
    """Where telemetry is sent. It is taken when the test says so."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        yield listener
