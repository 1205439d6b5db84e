"""A Chalice app and the FastAPI app that docs/migrate/chalice.md makes of it answer the same."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lambda_http_adapter.testing import LambdaTransport
from tests.differential.difference import Event
from tests.differential.observed import Handler, load
from tests.differential.projects import Project, moved
from tests.support.handler_process import HandlerProcess
from tests.support.invocation import CONTEXT


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return moved("chalice", tmp_path)


@pytest.fixture
def ours(project: Project) -> Iterator[Handler]:
    with HandlerProcess(project.after, "app.handler") as process:
        yield process


@pytest.fixture
def chalice(project: Project, rivals_bin: Path) -> Iterator[Handler]:
    with HandlerProcess(project.before, "app.app", str(rivals_bin / "python")) as process:
        yield process


def ask(handler: Handler, method: str, path: str, resource: str, **options: object) -> httpx.Response:
    """Through a REST API with a resource per route, which Chalice finds its routes by."""
    known = {
        "request_context": {"resourcePath": resource},
        "path_parameters": {"number": path.rpartition("/")[2].partition("?")[0]} if "{" in resource else None,
    }
    transport = LambdaTransport(handler, "rest", kind="handler")
    with httpx.Client(transport=transport, base_url="https://shop.example.com") as client:
        return client.request(method, path, extensions={"aws.lambda": known}, **options)  # type: ignore[arg-type]


def seen(response: httpx.Response) -> tuple[int, str, object]:
    return response.status_code, response.headers["content-type"], response.json()


def check_served(handler: Handler) -> None:
    item = ask(handler, "GET", "/items/7?color=dark%20red", "/items/{number}")
    assert seen(item) == (200, "application/json", {"id": 7, "color": "dark red"})
    created = ask(handler, "POST", "/items", "/items", json={"name": "lamp"})
    assert seen(created) == (201, "application/json", {"name": "lamp"})
    assert ask(handler, "GET", "/items/0", "/items/{number}").status_code == 404
    assert ask(handler, "DELETE", "/items/7", "/items/{number}").status_code == 405


def test_the_project_of_chalice_is_served_after_the_diff(ours: Handler) -> None:
    check_served(ours)
    assert ours(load("pass_through", "sqs"), CONTEXT) is None
    assert ask(ours, "GET", "/items/0", "/items/{number}").json() == {"detail": "no item 0"}
    assert ask(ours, "GET", "/items/seven", "/items/{number}").status_code == 422
    form = ask(ours, "POST", "/items", "/items", data={"name": "lamp"})
    assert form.status_code == 422


@pytest.mark.slow
def test_chalice_serves_its_project_before_the_diff(chalice: Handler, project: Project, rivals_bin: Path) -> None:
    check_served(chalice)
    missing = ask(chalice, "GET", "/items/0", "/items/{number}").json()
    assert missing == {"Code": "NotFoundError", "Message": "no item 0"}
    assert ask(chalice, "GET", "/items/seven", "/items/{number}").status_code == 500
    form = ask(chalice, "POST", "/items", "/items", data={"name": "lamp"})
    assert form.status_code == 415
    with HandlerProcess(project.before, "app.ship", str(rivals_bin / "python")) as ship:
        assert ship(load("pass_through", "sqs"), CONTEXT) is None


FRONT_DOORS = ("api_gateway_v2/plain", "function_url/plain", "alb/plain")


@pytest.mark.slow
@pytest.mark.parametrize("event", FRONT_DOORS)
def test_chalice_serves_rest_apis_only(chalice: Handler, event: str) -> None:
    answer = chalice(load(*event.split("/")), CONTEXT)
    assert isinstance(answer, dict)
    assert (answer["statusCode"], "Unknown request." in answer["body"]) == (500, True)


@pytest.mark.parametrize("event", FRONT_DOORS)
def test_other_front_doors_are_served_after_the_diff(ours: Handler, event: str) -> None:
    request: Event = load(*event.split("/")) | {"rawPath": "/items/7", "path": "/items/7"}
    answer = ours(request, CONTEXT)
    assert isinstance(answer, dict)
    assert answer["statusCode"] == 200


def test_a_path_without_a_route(ours: Handler) -> None:
    assert ask(ours, "GET", "/nowhere", "/{proxy+}").status_code == 404


@pytest.mark.slow
def test_chalice_knows_the_paths_of_its_resources_only(chalice: Handler) -> None:
    """With a resource for any path, which it doesn't make, it finds no route."""
    assert ask(chalice, "GET", "/nowhere", "/{proxy+}").status_code == 405
    assert ask(chalice, "GET", "/items/7", "/{proxy+}").status_code == 405


def test_the_middleware_for_cors() -> None:
    from fastapi import FastAPI
    from fastapi.middleware.cors import CORSMiddleware

    app = FastAPI()
    app.add_middleware(CORSMiddleware, allow_origins=["https://shop.example.com"])
    with httpx.Client(transport=LambdaTransport(app, "rest"), base_url="https://api.example.com") as client:
        response = client.get("/", headers={"Origin": "https://shop.example.com"})
    assert response.headers["access-control-allow-origin"] == "https://shop.example.com"
