"""Where the AWS X-Ray SDK sends its segments.

https://docs.aws.amazon.com/xray/latest/devguide/xray-daemon.html
"""

import json
import socket
from typing import cast


class XRayDaemon:
    """AWS's daemon, as far as a program that sends segments knows it."""

    def __init__(self, socket: socket.socket) -> None:
        self._socket = socket
        self.environment = {
            "AWS_XRAY_DAEMON_ADDRESS": "{}:{}".format(*socket.getsockname()),
            "LAMBDA_TASK_ROOT": "/var/task",  # by which the SDK knows Lambda
        }

    def segment(self) -> dict[str, object]:
        """The next document that was sent, without the header in front of it."""
        return cast("dict[str, object]", json.loads(self._socket.recv(65536).partition(b"\n")[2]))


def trace_header(number: int) -> dict[str, str]:
    """The header of an invocation whose trace and parent end in ``number``, below 10."""
    trace = f"Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e70{number};Parent=9a9197af755a641{number};Sampled=1"
    return {"Lambda-Runtime-Trace-Id": trace}


def trace_of(number: int) -> tuple[str, str]:
    """The trace and the parent of a segment in that invocation."""
    return f"1-5bef4de7-ad49b0e87f6ef6c87fc2e70{number}", f"9a9197af755a641{number}"
