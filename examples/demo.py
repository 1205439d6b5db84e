"""Serves `fastapi_app` under AWS's Lambda Runtime Interface Emulator and sends it one event of every origin.

What it prints is what the client behind API Gateway, a load balancer … gets to see.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from lambda_http_adapter import RequestOrigin
from lambda_http_adapter.emulator import ClientRequest, ClientResponse, make_event, make_response

ROOT = Path(__file__).parent.parent
EMULATOR = Path(sys.prefix, "emulator", "aws-lambda-rie")
RUNTIME = [sys.executable, "-m", "lambda_http_adapter", "run", "app:app"]

CAPTURE = ClientRequest(
    "POST",
    "/capture/caf%C3%A9",
    "b=1&a=x+y&b=2",
    [(b"content-type", b"application/json"), (b"x-tag", b"1"), (b"x-tag", b"2"), (b"cookie", b"theme=dark")],
    b'{"text":"buy milk"}',
)
# A WebSocket is opened by a handshake, and what is no HTTP at all is an event as it stands, a queue's for example.
REQUESTS = {
    RequestOrigin.websocket: ClientRequest("GET", "/prod"),
    RequestOrigin.pass_through: ClientRequest(
        "POST",
        "/2015-03-31/functions/greeter/invocations",
        body=b'{"Records": [{"eventSource": "aws:sqs", "body": "hello"}]}',
    ),
}


def free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


@contextlib.contextmanager
def emulator(log: IO[bytes]) -> Iterator[str]:
    """Runs the emulator with the example as its function; gives the URL that takes events."""
    front, runtime_api = (f"127.0.0.1:{port}" for port in free_ports())
    addresses = ["--runtime-interface-emulator-address", front, "--runtime-api-address", runtime_api]
    # With a concurrency in its environment the emulator would play a Managed Instance, which needs root.
    environment = {name: value for name, value in os.environ.items() if name != "AWS_LAMBDA_MAX_CONCURRENCY"}
    process = subprocess.Popen(
        [EMULATOR, "--log-level", "error", *addresses, *RUNTIME],
        cwd=ROOT / "examples" / "fastapi_app",
        env=environment,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        wait_until_it_listens(process, front)
        yield f"http://{front}/2015-03-31/functions/function/invocations"
    finally:
        stop(process)


def wait_until_it_listens(process: subprocess.Popen[bytes], address: str) -> None:
    host, port = address.split(":")
    while process.poll() is None:
        try:
            socket.create_connection((host, int(port))).close()
        except ConnectionRefusedError:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.02)
        else:
            return
    raise RuntimeError(f"The emulator ended with exit code {process.returncode} before it listened.")


def stop(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)


def invoke(url: str, event: bytes) -> object:
    """One event, and its answer before the next: classic emulators crash on two at once."""
    request = urllib.request.Request(url, data=event, headers={"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.loads(response.read())
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"The function failed: {error.code} {error.read().decode(errors='replace')}") from error


def lines(response: ClientResponse) -> Iterator[str]:
    yield str(response.status)
    yield from (f"{name.decode()}: {value.decode('latin-1')}" for name, value in response.headers)
    if response.body:
        yield ""
        for name, value in json.loads(response.body).items():
            yield f"{name}: {json.dumps(value, ensure_ascii=False)}"


def show(origin: RequestOrigin, url: str) -> None:
    request = REQUESTS.get(origin, CAPTURE)
    event = make_event(origin, request)
    print(f"{origin}  {request.method} {request.path}")
    result = invoke(url, json.dumps(event).encode())
    if isinstance(result, dict) and "errorMessage" in result:
        raise RuntimeError(f"The function failed: {result['errorMessage']}")
    response = make_response(origin, result, event)
    print("\n".join(f"    {line}".rstrip() for line in lines(response)), end="\n\n")


def main() -> None:
    if not EMULATOR.exists():
        sys.exit(
            f"The Lambda Runtime Interface Emulator is not at {EMULATOR}. It exists for Linux on x86_64 and arm64; "
            f"there, `{sys.executable} scripts/emulator.py` fetches it."
        )
    with tempfile.TemporaryFile() as log:
        try:
            with emulator(log) as url:
                for origin in RequestOrigin:
                    show(origin, url)
        except RuntimeError as error:
            log.seek(0)
            sys.exit(f"{error} What the emulator and the function said:\n{log.read().decode(errors='replace')}")


if __name__ == "__main__":
    main()
