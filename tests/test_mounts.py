"""Where an app is mounted: the URLs that frameworks make lead back to it, through the same front door."""

import json
import re
from base64 import b64decode
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias, cast
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

import flask
import pytest
from fastapi import FastAPI, Request
from starlette.middleware.cors import CORSMiddleware

from lambda_http_adapter import asgi_handler, wsgi_handler
from lambda_http_adapter._types import Receive, Scope, Send
from tests.support.invocation import CONTEXT

Event: TypeAlias = dict[str, Any]
Handler = Callable[[object, object], object]

EXECUTE_API = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"
CUSTOM = "www.example.com"

# An event loop that is collected before it is closed warns: on Lambda it lives as long as the process, here too.
_KEPT: list[Handler] = []


# How each front door makes an event of the URL that its client asks for. ``mount`` is what the URL has before the paths
# of the app: a stage, the key of an API mapping, the path of a rule.


def rest(url: SplitResult, mount: str, stage: str) -> Event:
    """The stage is not in ``path``, the key of a mapping is; both are in requestContext.path."""
    path = url.path.removeprefix(mount) if mount == f"/{stage}" else url.path
    return {
        "resource": "/{proxy+}",
        "path": path or "/",
        "httpMethod": "GET",
        "headers": {"Host": url.netloc, "X-Forwarded-Proto": url.scheme, "X-Forwarded-Port": "443"},
        "multiValueHeaders": None,
        "requestContext": {"domainName": url.netloc, "path": url.path, "stage": stage, "identity": {}},
        "body": None,
        "isBase64Encoded": False,
    }


def http_api_v1(url: SplitResult, mount: str, stage: str) -> Event:
    return {"version": "1.0", **rest(url, mount, stage)}


def http_api_v2(url: SplitResult, mount: str, stage: str) -> Event:
    """``rawPath`` is decoded, and has the stage, on a custom domain too."""
    hidden = "" if stage == "$default" or mount == f"/{stage}" else f"/{stage}"
    return payload_v2(url, hidden + unquote(url.path), url.netloc, stage)


def http_api_v2_mapping(url: SplitResult, mount: str, stage: str) -> Event:
    """``rawPath`` lacks the key of the mapping."""
    return payload_v2(url, unquote(url.path.removeprefix(mount)) or "/", url.netloc, stage)


def function_url(url: SplitResult, mount: str, stage: str) -> Event:
    return payload_v2(url, url.path, url.netloc, "$default")


def behind_a_cdn(url: SplitResult, mount: str, stage: str) -> Event:
    """What CloudFront makes of it that takes ``mount`` away and hands on the Host header."""
    origin = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws"
    return payload_v2(url, url.path.removeprefix(mount) or "/", origin, "$default")


def payload_v2(url: SplitResult, raw_path: str, domain: str, stage: str) -> Event:
    return {
        "version": "2.0",
        "rawPath": raw_path,
        "rawQueryString": url.query,
        "headers": {"host": url.netloc, "x-forwarded-proto": url.scheme, "x-forwarded-port": "443"},
        "requestContext": {"domainName": domain, "stage": stage, "http": {"method": "GET", "path": unquote(raw_path)}},
        "isBase64Encoded": False,
    }


def alb(url: SplitResult, mount: str, stage: str) -> Event:
    return {
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:…"}},
        "httpMethod": "GET",
        "path": url.path,
        "queryStringParameters": {},
        "headers": {"host": url.netloc, "x-forwarded-proto": url.scheme, "x-forwarded-port": "443"},
        "body": "",
        "isBase64Encoded": False,
    }


class MountedDoor(NamedTuple):
    """A front door at ``https://{host}{mount}``, and the options that it needs."""

    event: Callable[[SplitResult, str, str], Event]
    host: str
    mount: str = ""
    stage: str = "$default"
    options: dict[str, str] = {}  # noqa: RUF012  # never changed

    @property
    def base(self) -> str:
        return f"https://{self.host}{self.mount}"


MOUNTED_DOORS = {
    "REST API, stage": MountedDoor(rest, EXECUTE_API, "/live", "live"),
    "HTTP API 1.0, stage": MountedDoor(http_api_v1, EXECUTE_API, "/live", "live"),
    "HTTP API 2.0, stage": MountedDoor(http_api_v2, EXECUTE_API, "/live", "live"),
    "REST API, custom domain": MountedDoor(rest, CUSTOM, "", "live"),
    "HTTP API 1.0, custom domain": MountedDoor(http_api_v1, CUSTOM, "", "live"),
    "HTTP API 2.0, custom domain": MountedDoor(http_api_v2, CUSTOM, "", "live"),
    "REST API, mapping": MountedDoor(rest, CUSTOM, "/shop", "live", {"base_path": "shop"}),
    "HTTP API 1.0, mapping": MountedDoor(http_api_v1, CUSTOM, "/shop", "live", {"base_path": "/shop"}),
    "HTTP API 2.0, mapping": MountedDoor(http_api_v2_mapping, CUSTOM, "/shop", "$default", {"root_path": "/shop"}),
    "HTTP API 2.0, routes below a path": MountedDoor(http_api_v2, CUSTOM, "/shop", "$default", {"base_path": "/shop"}),
    "HTTP API 2.0, $default": MountedDoor(http_api_v2, EXECUTE_API),
    "Function URL": MountedDoor(function_url, "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws"),
    "Function URL behind a CDN": MountedDoor(behind_a_cdn, CUSTOM, "/shop", "$default", {"root_path": "/shop"}),
    "load balancer": MountedDoor(alb, "shop-1234567890.eu-central-1.elb.amazonaws.com"),
    "load balancer, rule": MountedDoor(alb, CUSTOM, "/shop/v1", "$default", {"base_path": "/shop/v1"}),
}
every_door = pytest.mark.parametrize("door", MOUNTED_DOORS.values(), ids=MOUNTED_DOORS)


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str


class Browser:
    """A client of one front door: URLs that are not behind it don't reach the function."""

    def __init__(self, door: MountedDoor, handler: Handler) -> None:
        self._door = door
        self._handler = handler
        _KEPT.append(handler)

    def get(self, link: str, page: str = "") -> Answer:
        """Follow ``link``, found on ``page``."""
        url = quote(urljoin(page or self._door.base + "/", link), safe="/:%")  # as browsers do
        assert url == self._door.base or url.startswith(self._door.base + "/"), url
        event = self._door.event(urlsplit(url), self._door.mount, self._door.stage)
        answer = cast("Event", self._handler(event, CONTEXT))
        several = {name: values[0] for name, values in answer.get("multiValueHeaders", {}).items()}
        text = b64decode(answer["body"]).decode() if answer["isBase64Encoded"] else answer["body"]
        return Answer(answer["statusCode"], {**several, **answer.get("headers", {})}, text)


def fastapi_app() -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def root() -> str:
        return "root"

    @app.get("/items/{name}")
    def item(name: str) -> dict[str, str]:
        return {"item": name}

    @app.get("/links")
    def links(request: Request) -> dict[str, str]:
        return {
            "item": str(request.url_for("item", name="7 ü")),
            "path": request.url_for("item", name="7 ü").path,
            "self": str(request.url),
            "base": str(request.base_url),
        }

    return app


def fastapi_browser(door: MountedDoor) -> Browser:
    return Browser(door, asgi_handler(fastapi_app(), **door.options))  # type: ignore[arg-type]  # each is a text


def own_mount_browser(door: MountedDoor) -> Browser:
    """The app says itself where it is mounted, as ``FastAPI(root_path=…)`` does, and needs no option."""
    app = fastapi_app()
    app.root_path = door.mount
    return Browser(door, asgi_handler(CORSMiddleware(app)))


fastapi_mounts = pytest.mark.parametrize("make", [fastapi_browser, own_mount_browser], ids=["options", "own root_path"])


@every_door
@fastapi_mounts
def test_fastapi_docs(door: MountedDoor, make: Callable[[MountedDoor], Browser]) -> None:
    browser, page = make(door), door.base + "/docs"
    docs = browser.get(page)
    assert docs.status == 200
    found = re.search(r"url: '([^']+)'", docs.text)
    assert found is not None
    assert found[1] == door.mount + "/openapi.json"
    schema = json.loads(browser.get(found[1], page).text)
    assert schema.get("servers", []) == ([{"url": door.mount}] if door.mount else [])
    (server,) = schema.get("servers", [{"url": ""}])
    assert "/items/{name}" in schema["paths"]
    tried_out = browser.get(urljoin(page, server["url"] + "/items/7"))
    assert (tried_out.status, json.loads(tried_out.text)) == (200, {"item": "7"})


@every_door
@fastapi_mounts
def test_starlette_url_for(door: MountedDoor, make: Callable[[MountedDoor], Browser]) -> None:
    browser = make(door)
    links = json.loads(browser.get(door.base + "/links").text)
    assert links == {
        "item": door.base + "/items/7 ü",  # which is how Starlette has it
        "path": door.mount + "/items/7 ü",
        "self": door.base + "/links",
        "base": door.base + "/",
    }
    assert json.loads(browser.get(links["item"]).text) == {"item": "7 ü"}


@every_door
@fastapi_mounts
def test_starlette_redirect(door: MountedDoor, make: Callable[[MountedDoor], Browser]) -> None:
    browser = make(door)
    answer = browser.get(door.base + "/items/7/")
    assert (answer.status, answer.headers["location"]) == (307, door.base + "/items/7")
    assert json.loads(browser.get(answer.headers["location"]).text) == {"item": "7"}


STAGE = MountedDoor(rest, EXECUTE_API, "/dev", "dev")
CDN = MountedDoor(rest, EXECUTE_API, "", "prod")  # which replaces its own path pattern by the stage


@pytest.mark.parametrize(
    ("door", "path", "root_path", "options"),
    [
        (STAGE, "/dev/items/7", "/dev", {}),
        (STAGE, "/dev/items/7", "/dev/", {}),
        (STAGE, "/dev/items/7", "dev", {}),
        (STAGE, "/dev/items/7", "/", {}),
        (STAGE, "/dev/items/7", "/v1", {}),  # the key of the custom domain
        (STAGE, "/dev/items/7", "/v1", {"root_path": ""}),
        (STAGE, "/dev/items/7", "/v1", {"root_path": "/dev"}),
        (CDN, "/api/items/7", "/api", {}),
        (CDN, "/api/items/7", "/api", {"base_path": "/api"}),
        (CDN, "/api/items/7", "api", {"base_path": "/api"}),
        (CDN, "/shop/items/7", "/api", {"base_path": "/shop"}),
    ],
)
def test_a_fastapi_app_is_found_whatever_root_path_it_brings(
    door: MountedDoor, path: str, root_path: str, options: dict[str, str]
) -> None:
    app = fastapi_app()
    app.root_path = root_path
    browser = Browser(door, asgi_handler(app, **options))  # type: ignore[arg-type]  # each is a text
    assert browser.get(f"https://{door.host}{path}").status == 200


def test_a_root_path_that_is_no_path_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    app = fastapi_app()
    app.root_path = "dev"
    _KEPT.append(asgi_handler(app))
    assert [record.getMessage() for record in caplog.records] == [
        "FastAPI(root_path='dev') should be '/dev': the URL of a request lacks it otherwise"
    ]


@pytest.mark.parametrize("root_path", ["/var/task", None])
def test_only_fastapi_brings_a_root_path(root_path: object) -> None:
    """Quart's is a directory."""
    seen: list[object] = []

    class App:
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            seen.append((scope["root_path"], scope["path"]))

    app = App()
    app.root_path = root_path  # type: ignore[attr-defined]
    app.app = app  # type: ignore[attr-defined]  # middleware around itself
    Browser(STAGE, asgi_handler(app, lifespan="off")).get(STAGE.base + "/items/7")
    assert seen == [("/dev", "/dev/items/7")]


def flask_browser(door: MountedDoor) -> Browser:
    app = flask.Flask(__name__)

    @app.get("/")
    def root() -> flask.Response:
        return flask.jsonify("root")

    @app.get("/items/<name>/")
    def item(name: str) -> dict[str, str]:
        return {"item": name}

    @app.get("/links")
    def links() -> dict[str, str]:
        return {
            "item": flask.url_for("item", name="7 ü", _external=True),
            "path": flask.url_for("item", name="7 ü"),
            "self": flask.request.url,
            "base": flask.request.url_root,
        }

    return Browser(door, wsgi_handler(app, **door.options))  # type: ignore[arg-type]  # each is a text


@every_door
def test_flask_url_for(door: MountedDoor) -> None:
    browser = flask_browser(door)
    links = json.loads(browser.get(door.base + "/links").text)
    assert links == {
        "item": door.base + "/items/7%20%C3%BC/",
        "path": door.mount + "/items/7%20%C3%BC/",
        "self": door.base + "/links",
        "base": door.base + "/",
    }
    assert json.loads(browser.get(links["item"]).text) == {"item": "7 ü"}


@every_door
def test_flask_redirect(door: MountedDoor) -> None:
    browser = flask_browser(door)
    answer = browser.get(door.base + "/items/7")
    assert answer.status == 308
    assert urljoin(door.base, answer.headers["location"]) == door.base + "/items/7/"
    assert json.loads(browser.get(answer.headers["location"]).text) == {"item": "7"}


@every_door
@pytest.mark.parametrize("make", [fastapi_browser, flask_browser])
def test_the_root(door: MountedDoor, make: Callable[[MountedDoor], Browser]) -> None:
    browser = make(door)
    bare = browser.get(door.base)
    for answer in (browser.get(door.base + "/"), bare if bare.status == 200 else browser.get(bare.headers["location"])):
        assert (answer.status, answer.text.strip()) == (200, '"root"')
