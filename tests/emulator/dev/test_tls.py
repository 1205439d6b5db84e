"""`dev --tls`: HTTPS with a certificate that is made at start and gone at the end."""

import shlex
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser
from websockets.sync.client import connect

from tests.support.dev_process import APP, PATIENCE, Dev, Gate

EVENTS = "tests.support.event_app:handler"


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    options = ("--origin", "http-api", "--tls", "--domain", "api.localhost=/v1")
    with Dev(EVENTS, *options, cwd=tmp_path_factory.mktemp("tls")) as dev:
        yield dev


@pytest.fixture(scope="module")
def authority(dev: Dev) -> str:
    return certificate_file(dev)


def certificate_file(dev: Dev) -> str:
    """It is named in a printed line."""
    while True:
        said = str(dev.line("emulator")["message"])
        if "--cacert" in said:
            return shlex.split(said)[said.split().index("--cacert") + 1]


def get(dev: Dev, authority: str, host: str) -> httpx.Response:
    port = dev.url.rpartition(":")[2]
    context = ssl.create_default_context(cafile=authority)
    with httpx.Client(verify=context, trust_env=False, timeout=PATIENCE) as client:
        return client.get(f"https://{host}:{port}/items")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_client_that_trusts_the_authority(host: str, dev: Dev, authority: str) -> None:
    assert dev.url.startswith("https://127.0.0.1:")
    headers = get(dev, authority, host).json()["event"]["headers"]
    assert headers["x-forwarded-proto"] == "https"
    assert headers["host"].startswith(f"{host}:")


def test_a_client_that_does_not_know_it(dev: Dev) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        dev.get("/")


def test_the_certificate_has_the_names(dev: Dev, authority: str) -> None:
    address = ("127.0.0.1", int(dev.url.rpartition(":")[2]))
    context = ssl.create_default_context(cafile=authority)
    for name in ("api.localhost", "localhost", "127.0.0.1", "::1"):
        with socket.create_connection(address) as plain, context.wrap_socket(plain, server_hostname=name) as secure:
            assert secure.version() == "TLSv1.3"
    with (
        socket.create_connection(address) as plain,
        pytest.raises(ssl.SSLCertVerificationError, match=r"not valid for 'www\.example\.com'"),
    ):
        context.wrap_socket(plain, server_hostname="www.example.com")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "QUERY"])
def test_plain_http_is_told_to_use_https(method: str, dev: Dev) -> None:
    with httpx.Client(trust_env=False, timeout=PATIENCE) as client:
        refused = client.request(method, dev.url.replace("https://", "http://"))
    assert (refused.status_code, refused.headers["connection"]) == (400, "close")
    assert "Use https://" in refused.text


def test_noise_at_the_port(dev: Dev, authority: str) -> None:
    port = int(dev.url.rpartition(":")[2])
    for noise in (b"", b"\x16", b"\x16\x03\x01\xff\xff" + b"x" * 70_000, b"GET / HTTP/1.1\r\n\r\n" * 2000):
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.settimeout(PATIENCE)
            client.sendall(noise)
            client.shutdown(socket.SHUT_WR)
            try:
                while client.recv(4096):
                    pass
            except ConnectionError:
                pass  # it has been closed with something unread
    assert get(dev, authority, "localhost").status_code == 200


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on the PATH")
def test_curl_as_printed(dev: Dev, authority: str) -> None:
    command = ["curl", "--silent", "--show-error", "--noproxy", "*", "--cacert", authority, f"{dev.url}/items"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE)
    assert '"rawPath": "/items"' in done.stdout, done.stderr


def test_streams_over_tls_and_the_end(tmp_path: Path) -> None:
    with Dev(APP, "--stream", "--tls", cwd=tmp_path) as dev, Gate() as gate:
        said = str(dev.line("emulator")["message"])
        file = shlex.split(said)[said.split().index("--cacert") + 1]
        context = ssl.create_default_context(cafile=file)
        with (
            httpx.Client(base_url=dev.url, verify=context, trust_env=False, timeout=PATIENCE) as client,
            client.stream("GET", f"/stream?port={gate.port}") as response,
        ):
            lines = response.iter_lines()
            assert next(lines) == "data: one"
            gate.arrive()
            gate.open()
            assert list(lines) == ["", "data: two", ""]
        assert Path(file).is_file()
        assert dev.end() == 0
        assert not Path(file).parent.exists()


def test_a_page_over_tls(browser: Browser, dev: Dev) -> None:
    with browser.new_context(ignore_https_errors=True) as context:
        page = context.new_page()
        page.goto(f"{dev.url}/items")
        assert page.evaluate("window.isSecureContext")
        assert '"x-forwarded-proto": "https"' in page.inner_text("body")


def test_a_function_reaches_the_management_api(tmp_path: Path) -> None:
    options = ("--origin", "websocket", "--tls")
    with Dev("tests.support.websocket_apps:handler", *options, cwd=tmp_path) as dev:
        context = ssl.create_default_context(cafile=certificate_file(dev))
        with connect(dev.url, ssl=context, proxy=None, open_timeout=PATIENCE) as client:
            client.send('{"action": "echo"}')
            assert '"eventType": "MESSAGE"' in str(client.recv(timeout=PATIENCE))
