"""The matrix of tests/test_matrix.py over real sockets: the same apps, processes and clients of their own."""

from pathlib import Path

import httpx
import pytest

from lambda_http_adapter._emulator.doors.client import ClientRequest, ClientResponse
from tests.support.behaviour_apps import BEHAVIOURS, HEADER
from tests.support.dev_process import Dev
from tests.test_matrix import comparable, expected_at

DOORS = {
    "function-url": "Function URL",
    "http-api": "HTTP API, payload 2.0",
    "http-api-v1": "HTTP API, payload 1.0",
    "rest": "REST API",
    "alb": "ALB",
    "alb-multi": "ALB, multi-value",
    "vpc-lattice": "VPC Lattice, version 2",
    "lambda-edge": "CloudFront, viewer",
}
# Said by the server that is on this machine in the front door's place.
OWN = (b"date", b"transfer-encoding")


def seen(client: httpx.Client, name: str, request: ClientRequest) -> ClientResponse:
    target = f"{request.path}?{request.query}" if request.query else request.path
    headers = [*request.headers, (HEADER, name.encode())]
    client.cookies.clear()
    with client.stream(request.method, target, headers=headers, content=request.body or None) as response:
        fields = [(key.lower(), value) for key, value in response.headers.raw]
        body = b"".join(response.iter_raw())
    return ClientResponse(response.status_code, [field for field in fields if field[0] not in OWN], body)


@pytest.mark.parametrize("colour", ["asgi", "wsgi"])
@pytest.mark.parametrize(
    ("origin", "options"), [*((origin, []) for origin in DOORS), ("function-url", ["--stream"]), ("rest", ["--stream"])]
)
def test_every_behaviour(origin: str, options: list[str], colour: str, tmp_path: Path) -> None:
    app = f"tests.support.behaviour_apps:{colour}_app"
    unknown = b"content-length" if options else b""  # of a stream
    with Dev(app, "--origin", origin, *options, cwd=tmp_path) as dev, dev.client() as client:
        for name, (request, _, expected) in BEHAVIOURS.items():
            expected = expected_at(DOORS[origin], expected, request.method)
            expected = expected._replace(headers=[field for field in expected.headers if field[0] != unknown])
            assert comparable(seen(client, name, request)) == comparable(expected), name
