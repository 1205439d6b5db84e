"""The diff on each page of docs/migrate: before it, the other adapter serves the project; after it, ours does."""

import json
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from tests.differential.observed import Handler
from tests.differential.projects import BEFORE, DOORS, PAGES, Answer, ServeWithZappa, answers, moved
from tests.support.child_process import FUNCTION, RunProcess
from tests.support.dockerfile_steps import instructions
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.handler_process import HandlerProcess
from tests.support.server_process import free_port, server_process

# What the plugin serverless-wsgi adds to a bundle does this, with the app that its configuration names.
PLUGINS_HANDLER = """
import serverless_wsgi
from main import app

def handler(event, context):
    return serverless_wsgi.handle_request(app, event, context)
"""

JSON = "application/json"


def test_every_page_has_a_project_and_a_diff() -> None:
    pages = {path.stem for path in PAGES.glob("*.md")}
    assert pages == {path.name for path in BEFORE.iterdir() if path.is_dir()}
    assert [page for page in pages if "```diff\n" not in (PAGES / f"{page}.md").read_text()] == []


def check_served(seen: list[Answer]) -> None:
    """What every project answers, so that two that are equal aren't equally broken."""
    item, login, nowhere = seen
    assert item[:3] == (200, JSON, [])
    assert item.body == {"id": 7, "color": "dark red"}
    assert login[:2] == (200, JSON)
    assert [cookie.partition(";")[0] for cookie in login.cookies] == ["session=Ann", "theme=dark"]
    assert nowhere.status == 404


def configured_handler(directory: Path) -> str:
    """The one that serverless.yml names."""
    configuration = directory / "serverless.yml"
    if not configuration.exists():
        return "main.handler"
    return str(yaml.safe_load(configuration.read_text())["functions"]["api"]["handler"])


@pytest.mark.parametrize("name", ["mangum", "apig-wsgi", "serverless-wsgi"])
def test_the_project_answers_the_same_before_and_after_the_diff(name: str, tmp_path: Path) -> None:
    project = moved(name, tmp_path)
    if name == "serverless-wsgi":
        (project.before / "wsgi_handler.py").write_text(PLUGINS_HANDLER)
    with (
        HandlerProcess(project.before, configured_handler(project.before)) as theirs,
        HandlerProcess(project.after, configured_handler(project.after)) as ours,
    ):
        for door in DOORS:
            seen = answers(theirs, door)
            check_served(seen)
            assert answers(ours, door) == seen, door


@pytest.mark.slow
def test_zappa_serves_its_project_before_the_diff(tmp_path: Path, serve_with_zappa: ServeWithZappa) -> None:
    project = moved("zappa", tmp_path)
    theirs = serve_with_zappa(project.before)
    with HandlerProcess(project.after, "main.handler") as ours:
        for door in ("function-url", "http-api", "rest"):  # it encodes a load balancer's query again
            # It sends each cookie more than once.
            seen = [answer._replace(cookies=sorted(set(answer.cookies))) for answer in answers(theirs, door)]
            check_served(seen)
            assert answers(ours, door) == seen, door


def test_the_project_of_zappa_is_served_after_the_diff(tmp_path: Path) -> None:
    with HandlerProcess(moved("zappa", tmp_path).after, "main.handler") as ours:
        check_served(answers(ours, "http-api"))


# Commands instead of handlers: each is the function of a Runtime API.


def handler_of(api: FakeRuntimeAPI) -> Handler:
    """Sends the event to the function, and reads what it posts."""

    def handler(event: object, context: object) -> object:
        reply = api.invoke(event).wait()
        assert reply.endpoint == "response", reply
        return reply.json()

    return handler


def command_of(directory: Path) -> Sequence[str]:
    """The last CMD in the Dockerfile."""
    commands = [rest for name, rest in instructions((directory / "Dockerfile").read_text()) if name == "CMD"]
    return [str(word) for word in json.loads(commands[-1])]


def test_the_project_of_lambda_web_adapter_is_served_after_the_diff(
    tmp_path: Path, run_process: RunProcess, fake_runtime_api: FakeRuntimeAPI
) -> None:
    after = moved("lambda-web-adapter", tmp_path).after
    python, *arguments = command_of(after)
    assert [python, *arguments[:2]] == ["python", "-m", "lambda_http_adapter"]
    assert "lambda-http-adapter" in (after / "requirements.txt").read_text().split()
    run_process(*arguments[2:], cwd=after)
    for door in DOORS:
        check_served(answers(handler_of(fake_runtime_api), door))


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("lambda-adapter"), reason="needs `cargo install lambda_web_adapter` on the PATH")
def test_lambda_web_adapter_serves_its_project_before_the_diff(tmp_path: Path) -> None:
    before = moved("lambda-web-adapter", tmp_path).before
    uvicorn, app, option, _ = command_of(before)
    port = free_port()
    with FakeRuntimeAPI(strict=False) as api:
        variables = FUNCTION | {"AWS_LAMBDA_RUNTIME_API": api.address, "AWS_LWA_PORT": str(port)}
        server = [sys.executable, "-m", uvicorn, app, option, str(port)]
        with server_process(server, {}, before, port), server_process(["lambda-adapter"], variables, before, port):
            for door in DOORS:
                check_served(answers(handler_of(api), door))


def test_the_project_of_web_functions_is_served_after_the_diff(
    tmp_path: Path, run_process: RunProcess, fake_runtime_api: FakeRuntimeAPI
) -> None:
    """Without a name on the command line, as Web Functions load the app."""
    project = moved("web-functions", tmp_path)
    assert (project.after / "main.py").read_bytes() == (project.before / "main.py").read_bytes()
    run_process("run", cwd=project.after)
    for door in DOORS:
        check_served(answers(handler_of(fake_runtime_api), door))


def test_the_first_block_of_a_page_is_its_diff() -> None:
    for page in PAGES.glob("*.md"):
        (first, *_) = re.findall(r"^```(\w*)\n", page.read_text(), re.MULTILINE)
        assert first == "diff", page.name
