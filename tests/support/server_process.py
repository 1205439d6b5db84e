"""A process that serves HTTP on a port, for as long as somebody looks."""

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
    """Below those that are given to whoever asks for any: until they are used, nobody gets them by chance."""
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
    """From when the port can be connected to."""
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
