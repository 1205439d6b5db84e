"""The Python files of a guide, imported into the test's process, and a client for their apps."""

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from lambda_http_adapter.testing import FrontDoor, LambdaTransport
from tests.support.guide import blocks, write_files

# Event loops of handlers: on Lambda one lives as long as the process, and one that is collected earlier warns.
_KEPT: list[ModuleType] = []

Import = Callable[[str, str], ModuleType]
"""The module of this name on this page."""

# What the programs on the pages read when they are imported.
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "BUCKET": "files",
    "DATABASE_URL": "sqlite:///notes.db",
    "SESSION_KEY": "the same in all environments",
}


@pytest.fixture
def import_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Import]:
    monkeypatch.chdir(tmp_path)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    loaded: set[str] = set()

    def load(page: str, name: str) -> ModuleType:
        directory = tmp_path / page
        directory.mkdir(parents=True, exist_ok=True)
        write_files(page, directory)
        monkeypatch.syspath_prepend(directory)
        loaded.update(block.file_name.removesuffix(".py") for block in blocks(page, "python"))
        module = importlib.import_module(name)
        _KEPT.append(module)
        return module

    yield load
    for name in loaded:
        sys.modules.pop(name, None)


SITE = "https://example.com"
API = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"


@contextmanager
def client(
    app: object, origin: FrontDoor = "function-url", url: str = SITE, **options: object
) -> Iterator[httpx.Client]:
    transport = LambdaTransport(app, origin, **options)  # type: ignore[arg-type]
    with httpx.Client(transport=transport, base_url=url) as client:
        yield client
