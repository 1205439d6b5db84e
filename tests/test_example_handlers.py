"""The examples without a framework under AWS's emulator, and outside of Lambda."""

import json
import sys
from typing import cast

import httpx
import pytest

from tests.support.paths import EVENTS, ROOT
from tests.support.runtime_interface_emulator import Emulator, StartEmulator
from tests.support.server_process import free_port, server_process

EXAMPLE = ROOT / "examples" / "handlers"

Object = dict[str, object]


def ask(function: Emulator, event: object) -> Object:
    status, answer = function.invoke(event)
    assert status == 200
    return cast("Object", json.loads(answer))


def test_greet(emulator: StartEmulator) -> None:
    function = emulator([sys.executable, "greet.py"], cwd=EXAMPLE)
    reply = ask(function, {"firstName": "Ines", "sent": "2026-01-31T12:00:00Z", "lastName": "ignored"})
    assert reply["message"] == "Hello Ines!"
    assert cast("float", reply["seconds_ago"]) > 0
    misfit = ask(function, {"firstName": "Ines", "times": "twice"})
    assert misfit["errorMessage"] == "The event doesn't fit Greeting: times is a string, not an integer."
    failed = ask(function, {"firstName": "Ines", "times": 0})
    assert (failed["errorType"], failed["errorMessage"]) == ("ValueError", "Nobody can be greeted less than once.")
    assert ask(function, {"firstName": "Lu"})["message"] == "Hello Lu!"


def test_hello(emulator: StartEmulator) -> None:
    event = json.loads((EVENTS / "function_url" / "plain.json").read_bytes())
    event |= {"rawPath": "/", "rawQueryString": "name=Ines"}
    assert ask(emulator([sys.executable, "hello.py"], cwd=EXAMPLE), event) == {
        "statusCode": 200,
        "headers": {"content-type": "text/plain; charset=utf-8", "content-length": "27"},
        "body": "Hello Ines, from AWS Lambda",
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize("origin", ["alb", "api_gateway_v1", "api_gateway_v2", "function_url"])
def test_hello_knows_its_front_door(origin: str, emulator: StartEmulator) -> None:
    event = json.loads((EVENTS / origin / "plain.json").read_bytes()) | {"path": "/origin", "rawPath": "/origin"}
    answer = ask(emulator([sys.executable, "-m", "lambda_http_adapter", "run", "hello:handler"], cwd=EXAMPLE), event)
    assert (answer["statusCode"], answer["body"]) == (200, f'{{"origin":"{origin}"}}')


def test_hello_outside_lambda() -> None:
    port = free_port()
    with server_process([sys.executable, "hello.py"], {"PORT": str(port)}, EXAMPLE, port):
        response = httpx.get(f"http://127.0.0.1:{port}/?name=Ines", headers={"Accept-Language": "de"})
        missing = httpx.get(f"http://127.0.0.1:{port}/nowhere")
    assert (response.status_code, response.text) == (200, "Hallo Ines, from AWS Lambda")
    assert missing.status_code == 404


def test_layered(emulator: StartEmulator) -> None:
    function = emulator([sys.executable, "layered.py"], cwd=EXAMPLE)
    assert ask(function, {"id": "a", "amount": 30}) == {"balance": 70}
    assert ask(function, {"id": "a", "amount": 30}) == {"balance": 70}
    assert ask(function, {"id": "b", "amount": 71}) == {"refused": "71 is more than the 70 there are."}
    assert ask(function, {"id": "c"})["errorType"] == "PayloadError"
    assert ask(function, {"id": "d", "amount": 70}) == {"balance": 0}
    assert function.logs.count(" ms\n") == 4
