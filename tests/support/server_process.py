"""A process that serves HTTP on a port until the test has seen enough."""

import signal
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from random import SystemRandom
from subprocess import TimeoutExpired

from tests.support.child_process import Process, inherited_environment
from tests.support.paths import ROOT


def free_ports(number: int) -> list[int]:
    """Ports below the ephemeral range: until they are used, the kernel gives them to no other process by chance."""
    ports: list[int] = []
    for port in SystemRandom().sample(range(20_000, 32_768), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            ports.append(port)
        if len(ports) == number:
            return ports
    raise AssertionError("No ports are free")


def free_port() -> int:
    (port,) = free_ports(1)
    return port


@contextmanager
def server_process(command: Sequence[str], env: Mapping[str, str], directory: Path, port: int) -> Iterator[Process]:
    """Entered when the port accepts connections."""
    environment = {**inherited_environment(), "PYTHONPATH": str(ROOT), **env}
    with Process(command, environment, directory) as process:
        _wait_until_it_listens(process, port)
        yield process
        process.signal(signal.SIGTERM)
        process.wait()


def _wait_until_it_listens(process: Process, port: int) -> None:
    for _ in range(1_000):
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            with suppress(TimeoutExpired):
                process.wait(timeout=0.02)
                break
    raise AssertionError("Nothing is served")
