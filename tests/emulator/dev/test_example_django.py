"""The Django example in Chromium: a guest and an administrator behind each front door, over HTTPS."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, Request, Response, expect

from tests.support.boto3_client import lambda_client
from tests.support.dev_process import Dev
from tests.support.django_site import Site, build_site

PASSWORD = "correct horse battery staple"


class Deployment(NamedTuple):
    """Where the site is served. ``stage`` is empty for none."""

    app: str
    origin: str
    stage: str = ""


# The first needs most of the settings. The others take seconds each, and differ from it in what other tests cover.
DEPLOYMENTS = [
    Deployment("wsgi", "rest", "live"),
    *(
        pytest.param(deployment, marks=pytest.mark.slow)
        for deployment in [
            Deployment("asgi", "rest", "live"),
            Deployment("asgi", "http-api"),
            Deployment("wsgi", "http-api"),
            Deployment("wsgi", "http-api", "live"),
            Deployment("wsgi", "function-url"),
            Deployment("wsgi", "alb"),
        ]
    ),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return build_site(tmp_path_factory.mktemp("django"))


@pytest.fixture(params=DEPLOYMENTS, ids="-".join)
def dev(request: pytest.FixtureRequest, site: Site, tmp_path: Path) -> Iterator[Dev]:
    """The site over HTTPS, its tables made and its administrator created by the function itself."""
    deployment: Deployment = request.param
    options = ["--tls", "--origin", deployment.origin, "--no-reload"]
    if deployment.stage:
        options += ["--stage", deployment.stage]
    environment = site.environment(
        STAGE=deployment.stage, TMPDIR=str(tmp_path), DJANGO_SUPERUSER_PASSWORD=PASSWORD, DJANGO_SUPERUSER_EMAIL=""
    )
    with Dev(f"project.{deployment.app}:handler", *options, cwd=site.directory, env=environment) as dev:
        (authority,) = tmp_path.glob("lambda-http-adapter-*/authority.pem")
        function = lambda_client(dev.url, verify=str(authority))
        for command in (b'["migrate"]', b'["createsuperuser", "--noinput", "--username", "ines"]'):
            result = function.invoke(FunctionName="dev", Payload=b'{"manage": %b}' % command)
            assert "FunctionError" not in result, result["Payload"].read()
        yield dev


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(ignore_https_errors=True) as context:
        yield context.new_page()


def redirects(request: Request | None) -> list[str]:
    """The URLs that led to this one."""
    urls = []
    while request is not None:
        urls.append(request.url)
        request = request.redirected_from
    return urls[1:]


def test_a_guest_and_an_administrator(dev: Dev, page: Page) -> None:
    root = f"{dev.url}{dev.mount}"
    responses: list[Response] = []
    page.on("response", lambda response: responses.append(response))  # noqa: PLW0108 - playwright marks a function

    page.goto(f"{root}/")
    page.get_by_label("Name").fill("Inês")
    page.get_by_label("Text").fill("good evening ☕")
    page.get_by_role("button", name="Sign").click()
    expect(page).to_have_url(f"{root}/")
    expect(page.get_by_role("article")).to_contain_text(["good evening ☕"])
    expect(page.get_by_label("Name")).to_have_value("Inês")  # from the session
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert "good evening ☕" in download.value.path().read_text()

    page.goto(f"{root}/admin")
    expect(page).to_have_url(f"{root}/admin/login/?next={dev.mount}/admin/")
    page.get_by_label("Username").fill("ines")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(f"{root}/admin/")
    page.get_by_role("link", name="Entries").click()
    expect(page).to_have_url(f"{root}/admin/guestbook/entry/")
    expect(page.get_by_role("row", name="Inês")).to_contain_text("good evening ☕")
    cookies = {str(cookie.get("name")): cookie for cookie in page.context.cookies()}
    assert set(cookies) == {"csrftoken", "sessionid"}
    assert [cookie.get("secure") for cookie in cookies.values()] == [True, True]
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Logged out")).to_be_visible()
    page.goto(f"{root}/admin/")
    expect(page).to_have_url(f"{root}/admin/login/?next={dev.mount}/admin/")

    static = [response for response in responses if "/static/" in response.url]
    assert {response.url.partition("/static/")[0] for response in static} == {root}
    assert {response.headers["content-type"].partition(";")[0] for response in static} >= {
        "text/css",
        "text/javascript",
    }
    assert [(response.url, response.status) for response in responses if response.status >= 400] == []
    assert max(len(redirects(response.request)) for response in responses) == 2  # /admin, /admin/, the login
