"""`dev --cors`: preflights answered without the function, and a page of another origin in Chromium."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support.dev_process import APP, Dev

EVENTS = "tests.support.event_app:handler"
SITE = "https://www.example.com"
CORS = {
    "AllowOrigins": [SITE],
    "AllowMethods": ["GET", "PUT"],
    "AllowHeaders": ["x-token"],
    "ExposeHeaders": ["content-length"],
    "AllowCredentials": True,
    "MaxAge": 60,
}
PREFLIGHT = {"origin": SITE, "access-control-request-method": "PUT", "access-control-request-headers": "x-token"}


def started(app: str, directory: Path, *options: str, **changes: object) -> Dev:
    (directory / "cors.json").write_text(json.dumps(CORS | changes))
    return Dev(app, "--cors", "cors.json", *options, cwd=directory)


@pytest.mark.parametrize(
    ("origin", "status", "own"),
    [
        ("function-url", 200, [SITE]),
        ("http-api", 204, []),
        pytest.param("http-api-v1", 204, [], marks=pytest.mark.slow),
    ],
)
def test_preflights_and_responses(origin: str, status: int, own: list[str], tmp_path: Path) -> None:
    with started(EVENTS, tmp_path, "--origin", origin) as dev, dev.client() as client:
        preflight = client.options("/items", headers=PREFLIGHT)
        assert (preflight.status_code, preflight.content) == (status, b"")
        assert preflight.headers.get_list("access-control-allow-origin") == [SITE]
        assert preflight.headers["access-control-allow-methods"] == "GET,PUT"
        assert preflight.headers["access-control-max-age"] == "60"
        line = dev.line("request", target="/items")
        assert (line["note"], line["request_id"]) == ("a preflight, which the function doesn't see", None)
        # The function sends https://from.the.function, which only a Function URL keeps.
        sent = client.get("/items", headers={"origin": SITE})
        expected = ["https://from.the.function", SITE] if own else [SITE]
        assert sent.headers.get_list("access-control-allow-origin") == expected
        assert sent.headers["access-control-expose-headers"] == "content-length"
        other = client.get("/items", headers={"origin": "https://other.example"})
        assert other.headers.get_list("access-control-allow-origin") == expected[:-1]
        # OPTIONS alone is no preflight.
        assert client.options("/items").json()["event"]["requestContext"][
            "http" if origin != "http-api-v1" else "stage"
        ]


@pytest.mark.parametrize("origin", ["function-url", "http-api"])
def test_errors_and_streams_have_the_headers_too(origin: str, tmp_path: Path) -> None:
    options = ["--stream"] if origin == "function-url" else []
    with started(APP, tmp_path, "--origin", origin, *options) as dev:
        for path in ("/error", "/stream"):
            response = dev.get(path, origin=SITE)
            assert response.headers.get_list("access-control-allow-origin") == [SITE]


def test_a_refused_request_has_the_headers_too(tmp_path: Path) -> None:
    with started(EVENTS, tmp_path, "--origin", "http-api", "--authorizer", "jwt") as dev, dev.client() as client:
        assert client.options("/", headers=PREFLIGHT).status_code == 204
        refused = client.get("/", headers={"origin": SITE})
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, SITE)


# In a browser, whose rules are the reason for all this

FETCH = """
async ([url, options]) => {
  try {
    const response = await fetch(url, options);
    return [response.status, response.headers.get("content-length") !== null];
  } catch (error) {
    return error.name;
  }
}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    """Another port is another origin."""
    with Dev(APP, cwd=tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def page(browser: Browser, site: Dev) -> Iterator[Page]:
    with browser.new_context(ignore_https_errors=True) as context:
        page = context.new_page()
        page.goto(f"{site.url}/page")
        yield page


PUT = {"method": "PUT", "headers": {"x-token": "t"}, "credentials": "include"}


@pytest.mark.parametrize("options", [[], ["--tls"]], ids=str)
def test_a_page_of_another_origin(options: list[str], site: Dev, page: Page, tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text("def handler(event, context):\n    return {'statusCode': 200, 'body': 'x'}\n")
    with started("page:handler", tmp_path, *options, AllowOrigins=[site.url]) as dev:
        for request, expected in (
            (PUT, [200, True]),
            ({"method": "DELETE"}, "TypeError"),
            (PUT | {"headers": {"x-other": "t"}}, "TypeError"),
        ):
            assert page.evaluate(FETCH, [f"{dev.url}/items", request]) == expected, request


def test_a_browser_refuses_headers_of_both(site: Dev, page: Page, tmp_path: Path) -> None:
    with started(EVENTS, tmp_path, "--origin", "http-api", AllowOrigins=[site.url]) as dev:
        assert page.evaluate(FETCH, [f"{dev.url}/items", PUT]) == [200, True]
    # A Function URL sends the function's own Access-Control-Allow-Origin beside the configured one.
    with started(EVENTS, tmp_path, AllowOrigins=[site.url]) as dev:
        assert page.evaluate(FETCH, [f"{dev.url}/items", PUT]) == "TypeError"
