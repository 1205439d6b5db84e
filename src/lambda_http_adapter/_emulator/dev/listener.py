"""The socket on which ``dev`` serves."""

from __future__ import annotations

import errno
import socket
from ipaddress import ip_address

from ...errors import ConfigurationError


def listen(host: str, port: int) -> socket.socket:
    """Raises ConfigurationError if the port is taken."""
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"Port {port} of {host} is taken: try --port {port + 1}, or --port 0 for any free port."
            raise ConfigurationError(message) from None
        raise ConfigurationError(f"Can't listen on {host}:{port}: {error.strerror or error}.") from None
    # asyncio sets this only on sockets that it has opened itself. Without it, each response waits 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    return listener


def is_loopback(listener: socket.socket) -> bool:
    return ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback


def url_of(listener: socket.socket, scheme: str) -> str:
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
