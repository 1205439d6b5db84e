"""Each call and command with each kind of app: on Lambda, as a handler of AWS's runtime, and on a laptop."""

import json
from pathlib import Path
from typing import NamedTuple, cast

import pytest

from tests.support.child_process import Process, RunProcess, inherited_environment, python
from tests.support.fake_runtime_api import Delivery, FakeRuntimeAPI
from tests.support.paths import EVENTS

EVENT = EVENTS / "function_url/live.json"

VIEW = """
async def view(request):
    from starlette.responses import PlainTextResponse
    return PlainTextResponse("hello")

everything = {"path": "/{path:path}", "methods": ["GET", "POST"]}
"""
STARLETTE = "from starlette.applications import Starlette\nfrom starlette.routing import Route\n" + VIEW
FLASK = """
from flask import Flask

def create_app():
    app = Flask(__name__)
    app.before_request(lambda: "hello")
    return app
"""
DJANGO = """
from django.conf import settings
from django.http import HttpResponse
from django.urls import re_path

settings.configure(ROOT_URLCONF="main", ALLOWED_HOSTS=["*"])
urlpatterns = [re_path("", lambda request: HttpResponse("hello"))]
"""


class Kind(NamedTuple):
    """``server``: what serves it on a laptop. ``refusal``: how the functions that take web apps refuse another kind.

    ``command``: how the command refuses it on a laptop; ``on_lambda``: whether it serves it on Lambda.
    """

    source: str
    server: str = ""
    refusal: str = ""
    command: str = ""
    on_lambda: bool = True


KINDS = {
    "FastAPI": Kind(
        f"{VIEW}\nfrom fastapi import FastAPI\napp = FastAPI()\napp.add_route(**everything, route=view)", "uvicorn"
    ),
    "Starlette": Kind(f"{STARLETTE}\napp = Starlette(routes=[Route(**everything, endpoint=view)])", "uvicorn"),
    "Django ASGI": Kind(f"{DJANGO}\nfrom django.core.asgi import get_asgi_application as get\napp = get()", "uvicorn"),
    "Django WSGI": Kind(f"{DJANGO}\nfrom django.core.wsgi import get_wsgi_application as get\napp = get()", "werkzeug"),
    "Flask": Kind(f"{FLASK}\napp = create_app()", "werkzeug"),
    "Flask factory": Kind(
        f"{FLASK}\napp = create_app", "werkzeug", "It looks like a factory: an app is what it returns."
    ),
    "request handler": Kind(
        "def app(request): return 'hello'",
        "werkzeug",
        "It looks like a handler of requests: run_http() and http_handler() serve those.",
    ),
    "handler": Kind(
        "def app(event, context): return {'statusCode': 200, 'body': 'hello'}",
        refusal="It looks like a handler of events: run() serves those.",
        command="Not on AWS Lambda (AWS_LAMBDA_RUNTIME_API is not set), and only Lambda sends events.",
    ),
    "neither": Kind(
        "app = 5",
        refusal="got 5.",
        command="'main:app' is an int, not an app or a handler.",
        on_lambda=False,
    ),
}

every_kind = pytest.mark.parametrize("name", KINDS)


@pytest.mark.covering
@every_kind
@pytest.mark.parametrize("call", ["run_asgi", "run_wsgi"])
def test_a_call_on_lambda(
    call: str, name: str, run_process: RunProcess, fake_runtime_api: FakeRuntimeAPI, tmp_path: Path
) -> None:
    (tmp_path / "main.py").write_text(KINDS[name].source)
    delivery = fake_runtime_api.invoke(json.loads(EVENT.read_bytes()))
    process = run_process(code=f"import main, lambda_http_adapter; lambda_http_adapter.{call}(main.app)")
    assert_served(delivery, process, fake_runtime_api, KINDS[name].refusal)


@every_kind
def test_the_command_on_lambda(
    name: str, run_process: RunProcess, fake_runtime_api: FakeRuntimeAPI, tmp_path: Path
) -> None:
    kind = KINDS[name]
    (tmp_path / "main.py").write_text(kind.source)
    delivery = fake_runtime_api.invoke(json.loads(EVENT.read_bytes()))
    process = run_process("run", "main:app")
    assert_served(delivery, process, fake_runtime_api, "" if kind.on_lambda else kind.command)


def assert_served(delivery: Delivery, process: Process, fake_runtime_api: FakeRuntimeAPI, refusal: str) -> None:
    """Or, with a ``refusal``, that it is reported."""
    if not refusal:
        assert cast("dict[str, object]", delivery.wait().json())["body"] == "hello"
        return
    assert process.wait() == 1
    (report,) = fake_runtime_api.received("init/error")
    assert str(cast("dict[str, object]", report.json())["errorMessage"]).endswith(refusal)


# Servers that serve nothing, so that each call returns.
ELSEWHERE = """
import contextlib, io, json, sys
import uvicorn, werkzeug.serving
import lambda_http_adapter as face
from lambda_http_adapter import cli
from main import app

served = []
uvicorn.run = lambda app, **options: served.append("uvicorn")
werkzeug.serving.run_simple = lambda *arguments, **options: served.append("werkzeug")
event = json.load(open(sys.argv[1]))

def outcome(call):
    served.clear()
    with contextlib.redirect_stderr(io.StringIO()) as said:
        try:
            result = call()
        except SystemExit:
            return said.getvalue()
        except BaseException as error:
            return str(error)
    return served[0] if served else result["body"]

calls = {
    "run_asgi": lambda: face.run_asgi(app),
    "run_wsgi": lambda: face.run_wsgi(app),
    "run": lambda: cli.main(["run", "main:app"]),
    "asgi_handler": lambda: face.asgi_handler(app)(event, None),
    "wsgi_handler": lambda: face.wsgi_handler(app)(event, None),
}
print(json.dumps({name: outcome(call) for name, call in calls.items()}))
"""


@every_kind
def test_on_a_laptop_and_in_aws_s_runtime(name: str, tmp_path: Path) -> None:
    kind = KINDS[name]
    (tmp_path / "main.py").write_text(kind.source)
    with Process([*python(code=ELSEWHERE), str(EVENT)], inherited_environment(), tmp_path) as process:
        assert process.wait() == 0
        outcomes = json.loads(process.stdout.splitlines()[-1])
    expected = dict.fromkeys(("run_asgi", "run_wsgi"), kind.refusal or kind.server)
    expected |= dict.fromkeys(("asgi_handler", "wsgi_handler"), kind.refusal or "hello")
    expected["run"] = kind.command or kind.server
    assert {call: call for call, said in outcomes.items() if expected[call] not in said} == {}, outcomes
