"""Serves `fastapi_app` under AWS's Lambda Runtime Interface Emulator and sends it one event of every origin.

What it prints is what API Gateway, a load balancer … would be handed to answer their client with.
"""

import base64
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
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parent.parent
EMULATOR = Path(sys.prefix, "emulator", "aws-lambda-rie")
RUNTIME = [sys.executable, "-m", "lambda_http_adapter", "run", "app:app"]


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


def request_line(event: object) -> str:
    match event:
        case {"Records": [{"cf": {"request": {"method": method, "uri": path}}}]}:  # Lambda@Edge
            return f"{method} {path}"
        case {"requestContext": {"http": {"method": method, "path": path}}}:  # HTTP API, Function URL
            return f"{method} {path}"
        case {"httpMethod": method, "path": path} | {"method": method, "path": path}:  # REST API, ALB, VPC Lattice
            return f"{method} {path}"
        case {"requestContext": {"eventType": kind, "routeKey": route}}:  # WebSocket API
            return f"{kind} {route}"
    return "an event without a request"


def header_lines(answer: Mapping[str, object]) -> Iterator[str]:
    fields = answer.get("multiValueHeaders") or answer.get("headers")
    if isinstance(fields, dict):
        for name, values in fields.items():
            for value in values if isinstance(values, list) else [values]:
                yield f"{name}: {value['value'] if isinstance(value, dict) else value}"
    cookies = answer.get("cookies")
    if isinstance(cookies, list):
        yield from (f"set-cookie: {cookie}" for cookie in cookies)


def body_lines(answer: Mapping[str, object]) -> list[str]:
    body = str(answer.get("body") or "")
    if answer.get("isBase64Encoded") or answer.get("bodyEncoding") == "base64":
        data = base64.b64decode(body)
        try:
            body = data.decode()
        except UnicodeDecodeError:
            return [f"({len(data)} bytes)"]
    with contextlib.suppress(ValueError):
        body = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    return body.splitlines()


def answer_lines(answer: object) -> list[str]:
    if not isinstance(answer, dict) or not {"statusCode", "status"} & answer.keys():
        return json.dumps(answer, indent=2, ensure_ascii=False).splitlines()
    status = answer.get("statusCode", answer.get("status"))
    return [str(status), *header_lines(answer), "", *body_lines(answer)]


def main() -> None:
    events = sorted(ROOT.glob("tests/events/*/live.json"))
    if not EMULATOR.exists():
        sys.exit(
            f"The Lambda Runtime Interface Emulator is not at {EMULATOR}. It exists for Linux on x86_64 and arm64; "
            f"there, `{sys.executable} scripts/emulator.py` fetches it."
        )
    with tempfile.TemporaryFile() as log:
        try:
            with emulator(log) as url:
                for path in events:
                    event = path.read_bytes()
                    print(f"{path.parent.name}  {request_line(json.loads(event))}")
                    answer = invoke(url, event)
                    print("\n".join(f"    {line}".rstrip() for line in answer_lines(answer)), end="\n\n")
                    if isinstance(answer, dict) and "errorMessage" in answer:
                        raise RuntimeError("The function failed.")
        except RuntimeError as error:
            log.seek(0)
            sys.exit(f"{error} What the emulator and the function said:\n{log.read().decode(errors='replace')}")


if __name__ == "__main__":
    main()
