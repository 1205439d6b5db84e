"""What type checkers say about a user's file, line by line."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

WANTED = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}

USER_FILE = """
from dataclasses import dataclass

import httpx
from fastapi import FastAPI, Request as FastAPIRequest
from flask import Flask
from werkzeug import Request

from lambda_http_adapter import (
    LambdaContext, RequestOrigin, asgi_handler, current_context, http_handler, lambda_request, run, run_asgi, run_http,
    run_wsgi, wsgi_handler
)
from lambda_http_adapter.events import APIGatewayProxyEventV2
from lambda_http_adapter.testing import AsyncLambdaTransport, FrontDoor, LambdaTransport, make_event

api = FastAPI()
site = Flask(__name__)

@dataclass
class Order:
    id: int

def on_order(event: Order, context: LambdaContext) -> str: return context.aws_request_id
async def on_api(event: APIGatewayProxyEventV2) -> dict[str, str]: return {"path": event["rawPath"]}
def create(order: Order, request: Request) -> tuple[dict[str, int], int]: return {"id": order.id}, 201
async def path(request: Request) -> str: return request.path
def number(request: Request) -> int: return 1
def nothing() -> None: ...
def flush(context: LambdaContext) -> None: print(context.aws_request_id)
def three(a: int, b: int, c: int) -> None: ...
def ask(origin: FrontDoor, request: FastAPIRequest) -> None: lambda_request(request)
"""
"""The beginning of the file: what its calls use."""


class Complaint(NamedTuple):
    """One error: what stands on its line, the checker's rule, and the message."""

    call: str
    rule: str
    message: str


Check = Callable[[Sequence[str], Path], list[Complaint]]


def by_mypy(calls: Sequence[str], directory: Path) -> list[Complaint]:
    lines = _write(calls, directory)
    cache = f"--cache-dir={directory / 'cache'}"
    output = _run(directory, "mypy", "--strict", "--config-file=", cache, "--output=json", "user.py")
    errors = [json.loads(line) for line in output.splitlines()]
    return [
        Complaint(lines[error["line"] - 1], error["code"], error["message"])
        for error in errors
        if error["severity"] == "error"
    ]


def by_pyright(calls: Sequence[str], directory: Path) -> list[Complaint]:
    lines = _write(calls, directory)
    # What pyright checks by default; basedpyright's own default is stricter.
    (directory / "pyrightconfig.json").write_text('{"typeCheckingMode": "standard"}')
    output = _run(directory, "basedpyright", "--pythonpath", sys.executable, "--outputjson", "user.py")
    return [
        Complaint(lines[error["range"]["start"]["line"]], error["rule"], error["message"])
        for error in json.loads(output)["generalDiagnostics"]
    ]


def _write(calls: Sequence[str], directory: Path) -> list[str]:
    text = "\n".join([USER_FILE, *calls, ""])
    (directory / "user.py").write_text(text)
    return text.splitlines()


def _run(directory: Path, *arguments: str) -> str:
    process = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=directory, env=WANTED, capture_output=True, text=True, check=False
    )
    assert process.returncode in (0, 1), process.stdout + process.stderr
    return process.stdout
