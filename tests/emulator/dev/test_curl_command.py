"""`Copy as curl`, run by a shell: the function must get the same event once more."""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.dev_process import Dev

ECHO = "import json\ndef handler(event, context):\n    return {'statusCode': 200, 'body': json.dumps(event)}\n"
SHELLS = [shell for shell in ("bash", "zsh") if shutil.which(shell)]


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    directory = tmp_path_factory.mktemp("echo")
    (directory / "function.py").write_text(ECHO)
    with Dev("function:handler", cwd=directory) as dev:
        yield dev


REQUESTS = {
    "GET": b"GET /items HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer a'b\r\nCookie: a=1; b=2\r\n\r\n",
    "HEAD": b"HEAD / HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "path": b"GET /a/../[x]{{y}}//%2F?q=1&q=%26&$(id) HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n\r\n",
    "bytes": b"GET /caf%C3%A9 HTTP/1.1\r\nHost: {host}\r\nX-Name: J\xe9r\xf4me's \\n\r\nX-Empty:\r\n\r\n",
    "JSON": b"POST /notes HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n"
    b'{{"text": "it\'s \xe2\x98\x95"}}',
    "file name": b"PUT /x HTTP/1.1\r\nHost: {host}\r\nContent-Length: 14\r\n\r\n@/etc/hostname\n",
    "binary": b"POST /x HTTP/1.1\r\nHost: {host}\r\nContent-Type: image/png\r\nContent-Length: 4\r\n\r\n\0\r\n\xff",
    "not UTF-8": b"POST /x HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\n\r\n\xff\xfe",
    "DELETE": b"DELETE /x HTTP/1.1\r\nHost: {host}\r\nUser-Agent: mine\r\nAccept-Encoding: gzip\r\n\r\n",
}


def event_of(dev: Dev, number: int) -> dict[str, object]:
    """What the client is the cause of."""
    event = dev.get(f"/_lambda/invocations/{number}").json()["event"]
    headers = {name: value for name, value in event["headers"].items() if name != "x-amzn-trace-id"}
    fields = ("rawPath", "rawQueryString", "cookies", "body", "isBase64Encoded")
    method = event["requestContext"]["http"]["method"]
    return {"method": method, "headers": headers, **{name: event.get(name) for name in fields}}


@pytest.mark.covering
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", REQUESTS)
def test_the_same_event(name: str, shell: str, dev: Dev) -> None:
    host = dev.url.removeprefix("http://")
    with socket.create_connection(("127.0.0.1", int(dev.url.rpartition(":")[2]))) as client:
        client.sendall(REQUESTS[name].replace(b"{host}", host.encode()).replace(b"{{", b"{").replace(b"}}", b"}"))
        first = latest(dev)
    command = dev.get(f"/_lambda/invocations/{first}").json()["curl"]
    subprocess.run([shell, "-c", command], check=True, capture_output=True, timeout=30)
    second = latest(dev)
    assert second == first + 1
    assert event_of(dev, second) == event_of(dev, first)


def latest(dev: Dev) -> int:
    """The number of the invocation that ends now."""
    request_id = dev.line("request")["request_id"]
    number: int = dev.get(f"/_lambda/invocations/{request_id}").json()["number"]
    return number


def test_a_large_body(dev: Dev, tmp_path: Path) -> None:
    body = json.dumps({"text": "ü" * 60_000}, ensure_ascii=False).encode()
    with dev.client() as client:
        client.post("/large", content=body, headers={"content-type": "application/json"})
    first = latest(dev)
    script = tmp_path / "again.sh"
    script.write_text(dev.get(f"/_lambda/invocations/{first}").json()["curl"])
    subprocess.run(["bash", str(script)], check=True, capture_output=True, timeout=30)
    assert event_of(dev, latest(dev)) == event_of(dev, first)
