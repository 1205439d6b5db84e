"""What docs/recipes/apps.md says of apps by others, asked of them."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from lambda_http_adapter._types import Receive, Scope, Send
from lambda_http_adapter.testing import LambdaTransport
from tests.support.child_process import inherited_environment
from tests.support.guide import PAGES, write_files
from tests.support.guide_modules import Import, import_from
from tests.support.in_process_clients import ask_client
from tests.support.paths import ROOT

__all__ = ["import_from"]

PAGE = "recipes/apps"


def test_root_path_hides_the_mount_point(import_from: Import) -> None:
    app = import_from(PAGE, "bare").app
    for options, status in (({}, 404), ({"root_path": ""}, 200)):
        transport = LambdaTransport(app, "rest", stage="live", lifespan="off", **options)  # type: ignore[arg-type]
        api = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/live"
        with httpx.Client(transport=transport, base_url=api) as client:
            assert client.get("/hello").status_code == status


@pytest.mark.parametrize(("size", "status"), [(700_000, 200), (800_000, 502)])
def test_the_size_of_a_picture_behind_a_load_balancer(size: int, status: int) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"image/png")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"\xff" * size})

    assert ask_client(app, "alb", lifespan="off").status_code == status


# The apps themselves, in an environment of their own

REQUIREMENTS = ("datasette>=0.65,<0.66", "dash>=4.4,<5", "kinto>=26,<27")

# Asks an app at several places, and prints what it has answered.
ASK = """
import importlib, json, re, sys
import httpx
from lambda_http_adapter.testing import LambdaTransport

name, requests = sys.argv[1], json.loads(sys.argv[2])
module = importlib.import_module(name)


def dash(**prefixes):
    app = module.Dash("another", **prefixes)
    app.layout = module.html.Div("Hello")
    return app.server


def datasette():
    return module.Datasette(memory=True).app()


answers = []
for base_url, path, origin, options, app in requests:
    app = eval(app) if app else module.app
    if "execute-api" in base_url:
        options["stage"] = "live"
    with httpx.Client(transport=LambdaTransport(app, origin, **options), base_url=base_url) as client:
        response = client.get(path)
    links = re.findall(r'(?:href|src)="([^"]+)"', response.text)
    answers.append([response.status_code, response.headers.get("location"), links])
print(json.dumps(answers))
"""
API = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"
STAGE = f"{API}/live"
SITE = "https://example.com"

Answer = tuple[int, str | None, list[str]]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with these apps and this package."""
    directory = tmp_path_factory.mktemp("apps") / "venv"
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, directory], check=True)
    python = directory / "bin" / "python"
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *REQUIREMENTS, ROOT], check=True)
    return python


def ask(python: Path, directory: Path, name: str, *requests: tuple[str, str, str, dict[str, str], str]) -> list[Answer]:
    write_files(PAGE, directory)
    done = subprocess.run(
        [python, "-c", ASK, name, json.dumps(requests)],
        cwd=directory,
        env={**inherited_environment(), "PYTHONPATH": str(directory)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: list[Answer] = [tuple(answer) for answer in json.loads(done.stdout.splitlines()[-1])]
    return answers


def make_database(directory: Path) -> None:
    code = "import sqlite3; d = sqlite3.connect('shop.db'); d.execute('CREATE TABLE items (id)'); d.commit()"
    subprocess.run([sys.executable, "-c", code], cwd=directory, check=True)


@pytest.mark.slow
def test_datasette_needs_both_settings(python: Path, tmp_path: Path) -> None:
    make_database(tmp_path)
    both, table, no_root_path, no_base_url, neither = ask(
        python,
        tmp_path,
        "datasette_main",
        (STAGE, "/", "rest", {"root_path": ""}, ""),
        (STAGE, "/shop/items", "rest", {"root_path": ""}, ""),
        (STAGE, "/", "rest", {}, ""),
        (STAGE, "/", "rest", {"root_path": ""}, "datasette()"),
        (STAGE, "/_memory", "rest", {}, "datasette()"),
    )
    assert (both[0], table[0]) == (200, 200)
    own = [link for link in both[2] + table[2] if link.startswith(("/", API))]
    assert own
    for link in own:
        assert link.removeprefix(API).startswith("/live/")
        assert "/live/live" not in link
    assert no_root_path[0] == 200
    assert any("/live/live" in link for link in no_root_path[2])
    assert no_base_url[0] == 200
    assert not any("/live/" in link for link in no_base_url[2])
    assert neither[0] == 404


@pytest.mark.slow
def test_dash_has_two_prefixes(python: Path, tmp_path: Path) -> None:
    script = "/_dash-component-suites/plotly/package_data/plotly.min.js"
    page, dependencies, script_rest, script_alb, one_prefix, domain = ask(
        python,
        tmp_path,
        "dash_main",
        (STAGE, "/", "rest", {}, ""),
        (STAGE, "/_dash-dependencies", "rest", {}, ""),
        (STAGE, script, "rest", {}, ""),
        (SITE, script, "alb", {}, ""),
        (STAGE, "/", "rest", {}, "dash(url_base_pathname='/live/')"),
        (SITE, "/", "function-url", {}, "dash()"),
    )
    assert (page[0], dependencies[0], domain[0]) == (200, 200, 200)
    scripts = [link for link in page[2] if link.endswith(".js")]
    assert scripts
    assert all(link.startswith("/live/_dash-component-suites/") for link in scripts)
    assert one_prefix[0] == 404
    assert (script_rest[0], script_alb[0]) == (200, 502)
    assert all(link.startswith("/_dash-component-suites/") for link in domain[2] if link.endswith(".js"))


@pytest.mark.slow
def test_kinto_needs_a_domain_without_a_path(python: Path, tmp_path: Path) -> None:
    stage, domain, version, balancer = ask(
        python,
        tmp_path,
        "kinto_main",
        (STAGE, "/", "rest", {}, ""),
        (SITE, "/", "rest", {}, ""),
        (SITE, "/v1/", "rest", {}, ""),
        (SITE, "/v1/", "alb", {}, ""),
    )
    assert stage[:2] == (307, f"{API}/v1/live/")
    assert domain[:2] == (307, f"{SITE}/v1/")
    assert (version[0], balancer[0]) == (200, 200)


def test_the_page_names_the_versions_that_are_asked() -> None:
    last = PAGES[PAGE].read_text().split("\n\n")[-1]
    for requirement, name in zip(REQUIREMENTS, ("Datasette 0.65", "Dash 4.4", "Kinto 26"), strict=True):
        assert name in last
        assert name.split()[1] in requirement
