"""Outside Lambda: the same call serves the app on a port."""

import sys
from pathlib import Path

import httpx
import pytest

from lambda_http_adapter import run_asgi
from lambda_http_adapter.errors import ConfigurationError
from tests.support.child_process import Process, inherited_environment, python
from tests.support.paths import ROOT
from tests.support.server_process import free_port, server_process
from tests.support.small_apps import hello

ASGI = "from lambda_http_adapter import run_asgi; from tests.support.small_apps import hello; run_asgi(hello)"
WSGI = "from lambda_http_adapter import run_wsgi; from wsgiref.simple_server import demo_app; run_wsgi(demo_app)"
MOUNTED = {
    "asgi": "from lambda_http_adapter import run_asgi; from tests.support.small_apps import mounts; "
    "run_asgi(mounts, {})",
    "wsgi": "from lambda_http_adapter import run_wsgi; from tests.support.small_apps import wsgi_mounts; "
    "run_wsgi(wsgi_mounts, {})",
}


@pytest.mark.parametrize(
    ("code", "host", "start", "server"),
    [
        (ASGI, "127.0.0.1", "hello", "uvicorn"),
        (ASGI, "0.0.0.0", "hello", "uvicorn"),
        (WSGI, "127.0.0.1", "Hello world!", "werkzeug"),
        (WSGI, "0.0.0.0", "Hello world!", "werkzeug"),
    ],
)
def test_an_app_is_served(code: str, host: str, start: str, server: str, tmp_path: Path) -> None:
    port = free_port()
    env = {"PORT": str(port)} | ({} if host == "127.0.0.1" else {"HOST": host})
    with server_process(python(code=code), env, tmp_path, port) as process:
        response = httpx.get(f"http://127.0.0.1:{port}")
        said = [line for line in process.stderr.splitlines() if "AWS Lambda" in line]
    assert response.status_code == 200
    assert response.text.startswith(start)
    assert response.headers["server"].lower().startswith(server)
    assert said == [f"Not on AWS Lambda: serving with {server} on http://{host}:{port}"]


# What the client asks for, and what the app gets: where it is mounted and the path below that.
MOUNTS: dict[str, dict[str, tuple[str, str]]] = {
    "": {"/items": ("", "/items")},
    "base_path='/v1'": {
        "/v1/items": ("/v1", "/items"),
        "/v1": ("/v1", ""),
        "/v1/": ("/v1", "/"),
        "/items": ("", "/items"),
        "/v10/items": ("", "/v10/items"),
    },
    "base_path='/größe'": {"/gr%C3%B6%C3%9Fe/a%20b": ("/größe", "/a b")},
    "root_path='/shop'": {"/items": ("/shop", "/items")},
    "base_path='/v1', root_path='/shop'": {"/v1/items": ("/shop", "/items")},
    "base_path='/v1', root_path=''": {"/v1/items": ("", "/items")},
}


@pytest.mark.covering
@pytest.mark.parametrize("options", MOUNTS)
@pytest.mark.parametrize("colour", ["asgi", "wsgi"])
def test_the_app_is_mounted_as_on_lambda(colour: str, options: str, tmp_path: Path) -> None:
    port = free_port()
    with server_process(python(code=MOUNTED[colour].format(options)), {"PORT": str(port)}, tmp_path, port):
        seen = {asked: httpx.get(f"http://127.0.0.1:{port}{asked}").json() for asked in MOUNTS[options]}
    assert seen == {asked: [root_path, root_path + path] for asked, (root_path, path) in MOUNTS[options].items()}


OWN = """
from fastapi import FastAPI, Request
from lambda_http_adapter import run_asgi

app = FastAPI()
app.root_path = "/v1"

@app.get("/items")
def items(request: Request) -> str:
    return str(request.url_for("items"))

run_asgi(app)
"""


@pytest.mark.parametrize("path", ["/v1/items", "/items"])
def test_a_fastapi_app_with_its_own_root_path_is_mounted_there(path: str, tmp_path: Path) -> None:
    port = free_port()
    with server_process(python(code=OWN), {"PORT": str(port)}, tmp_path, port):
        assert httpx.get(f"http://127.0.0.1:{port}{path}").json() == f"http://127.0.0.1:{port}/v1/items"


def test_the_lifespan_is_run(tmp_path: Path) -> None:
    app = "from tests.support.small_apps import broken_startup"
    code = f"{app}; from lambda_http_adapter import run_asgi; run_asgi(broken_startup)"
    environment = {**inherited_environment(), "PYTHONPATH": str(ROOT), "PORT": str(free_port())}
    with Process(python(code=code), environment, tmp_path) as process:
        assert process.wait() != 0
        assert "no database" in process.stderr


def test_without_uvicorn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_RUNTIME_API", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ConfigurationError) as raised:
        run_asgi(hello)
    assert str(raised.value) == (
        "Not on AWS Lambda (AWS_LAMBDA_RUNTIME_API is not set), and uvicorn is not installed to serve the app here. "
        "Either `pip install 'lambda-http-adapter[dev]'` and run this again, or serve the app with a server of your "
        "own, such as `hypercorn main:app`."
    )


@pytest.mark.parametrize("port", ["", "http", "-1", "80.0", "65536", "9" * 5000], ids=lambda port: port[:5])
def test_a_port_that_is_none(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_RUNTIME_API", raising=False)
    monkeypatch.setenv("PORT", port)
    with pytest.raises(ConfigurationError) as raised:
        run_asgi(hello)
    assert str(raised.value) == f"The environment variable PORT is {port!r}; expected a port number."


def test_a_wrong_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_RUNTIME_API", raising=False)
    monkeypatch.setenv("LAMBDA_HTTP_ADAPTER_LIFESPAN", "maybe")
    with pytest.raises(
        ConfigurationError, match=r"^The environment variable LAMBDA_HTTP_ADAPTER_LIFESPAN is 'maybe'; "
    ):
        run_asgi(hello)
