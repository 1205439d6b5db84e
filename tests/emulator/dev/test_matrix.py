"""The matrix of tests/test_matrix.py over real sockets: the same apps, processes and clients of their own."""

from pathlib import Path

import httpx
import pytest

from lambda_http_adapter._emulator.doors.client import ClientRequest, ClientResponse
from tests.support.behaviour_apps import BEHAVIOURS, HEADER
from tests.support.dev_process import Dev
from tests.support.doors import NAME_OF_OPTION
from tests.test_matrix import comparable, expected_at

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


@pytest.mark.covering
@pytest.mark.parametrize("colour", ["asgi", "wsgi"])
@pytest.mark.parametrize(
    ("origin", "options"),
    [*((origin, []) for origin in NAME_OF_OPTION), ("function-url", ["--stream"]), ("rest", ["--stream"])],
)
def test_every_behaviour(origin: str, options: list[str], colour: str, tmp_path: Path) -> None:
    app = f"tests.support.behaviour_apps:{colour}_app"
    unknown = b"content-length" if options else b""  # of a stream
    with Dev(app, "--origin", origin, *options, cwd=tmp_path) as dev, dev.client() as client:
        for name, (request, _, expected) in BEHAVIOURS.items():
            expected = expected_at(NAME_OF_OPTION[origin], expected, request.method)
            expected = expected._replace(headers=[field for field in expected.headers if field[0] != unknown])
            assert comparable(seen(client, name, request)) == comparable(expected), name
