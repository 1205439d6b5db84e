"""An app in trouble behind a front door: in `dev` as a process, or in the transport in the test's own."""

from __future__ import annotations

import runpy
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, Self

import httpx
import pytest

from lambda_http_adapter.testing import FrontDoor, LambdaTransport
from tests.support.dev_process import Dev
from tests.support.paths import ROOT

FROM_PAGE = "the page's"
"""In place of a block or a file: the Python block of the page's entry."""

_APPS = ROOT / "tests" / "support" / "troubled_apps"
_NOTHING: Mapping[str, Any] = {}


class Server(NamedTuple):
    """`dev` with ``arguments`` and ``environment``; with ``origin`` the transport with ``options``.

    ``app`` is a file or a directory in ``troubled_apps``. ``files`` are written beside it, and ``block`` is appended to
    it, or to the settings of a Django project.
    """

    app: str = "shop.py"
    arguments: str = ""
    environment: Mapping[str, str] = _NOTHING
    files: Mapping[str, str] = _NOTHING
    origin: FrontDoor | None = None
    options: Mapping[str, Any] = _NOTHING
    block: str = ""

    def with_block(self, block: str) -> Server:
        """``block`` wherever it says ``FROM_PAGE``."""
        files = {name: block if text == FROM_PAGE else text for name, text in self.files.items()}
        return self._replace(files=files, block=block if self.block == FROM_PAGE else self.block)


class Ask(NamedTuple):
    """A request; ``target`` is a path, or a URL for the transport."""

    target: str
    method: str = "GET"
    headers: Mapping[str, str] = _NOTHING
    body: bytes = b""

    def of(self, client: httpx.Client, base: str) -> httpx.Response:
        url = httpx.URL(base).join(self.target)
        return client.request(self.method, url, headers=dict(self.headers), content=self.body)


class Seen(NamedTuple):
    """The response to a request and what is logged: a part of each, and what is nowhere in them."""

    status: int
    body: str = ""
    header: str = ""
    log: str = ""
    absent: str | None = None

    def compare(self, response: httpx.Response) -> None:
        lines = [f"{name}: {value}" for name, value in response.headers.items()]
        assert response.status_code == self.status
        assert self.body in response.text
        assert not self.header or self.header in lines
        assert self.absent is None or not any(self.absent in text for text in (response.text, *lines))


class Servers:
    """Each `dev` serves all tests that ask for it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._started: dict[str, Dev] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with ThreadPoolExecutor() as threads:
            for ended in [threads.submit(dev.__exit__) for dev in self._started.values()]:
                ended.result()

    def check(self, server: Server, ask: Ask, seen: Seen, caplog: pytest.LogCaptureFixture) -> None:
        if server.origin is None:
            self._check_dev(self._dev(server), ask, seen)
            return
        app = runpy.run_path(str(self._written(server) / "main.py"))["app"]
        transport = LambdaTransport(app, server.origin, **server.options)
        caplog.clear()
        with httpx.Client(transport=transport) as client:
            seen.compare(ask.of(client, "https://shop.example.com"))
        assert seen.log in caplog.text
        assert seen.absent is None or seen.absent not in caplog.text

    def url(self, server: Server) -> str:
        """Where `dev` serves it."""
        return self._dev(server).url

    def _check_dev(self, dev: Dev, ask: Ask, seen: Seen) -> None:
        with dev.client() as client:
            seen.compare(ask.of(client, dev.url))
        if seen.log:
            dev.text(seen.log)
        assert seen.absent is None or seen.absent not in "".join(dev.seen)

    def _dev(self, server: Server) -> Dev:
        key = repr(server)
        if key not in self._started:
            arguments = ("main:app", *server.arguments.split())
            dev = Dev(*arguments, cwd=self._written(server), env=server.environment, json_lines=False)
            self._started[key] = dev.__enter__()
        return self._started[key]

    def _written(self, server: Server) -> Path:
        """The directory with the app."""
        directory = self._directory / str(len(list(self._directory.iterdir())))
        source = _APPS / server.app
        if source.is_dir():
            shutil.copytree(source, directory)
            changed = directory / "settings.py"
        else:
            directory.mkdir()
            changed = directory / "main.py"
            shutil.copy(source, changed)
        for name, text in server.files.items():
            (directory / name).write_text(text)
        changed.write_text(f"{changed.read_text()}\n{server.block}")
        return directory
