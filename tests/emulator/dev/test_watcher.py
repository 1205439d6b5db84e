"""Which files restart the app, and which don't."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from lambda_http_adapter._emulator.dev import watcher
from lambda_http_adapter._emulator.dev.watcher import Watcher


def muted(message: str) -> None:
    raise AssertionError(message)


@pytest.mark.parametrize(
    ("name", "matters"),
    [
        ("main.py", True),
        ("shop/views.py", True),
        ("templates/index.html", True),
        ("static/app.css", True),
        ("config.toml", True),
        (".env", True),
        (".env.local", True),
        ("shop/.env", True),
        # Tests
        ("test_main.py", False),
        ("shop/main_test.py", False),
        ("conftest.py", False),
        ("tests/helper.py", False),
        ("shop/tests/index.html", False),
        ("testing.py", True),
        ("latest_news.py", True),
        # What tools and apps write
        (".git/index", False),
        (".hypothesis/x/y", False),
        (".main.py.swp", False),
        ("main.py~", False),
        ("4913", False),
        ("__pycache__/main.cpython-311.pyc", False),
        ("node_modules/x/index.js", False),
        (".venv/lib/x.py", False),
        ("venv/lib/x.py", False),
        ("build/lib/main.py", False),
        ("db.sqlite3", False),
        ("db.sqlite3-journal", False),
        ("notes.db-wal", False),
        ("app.log", False),
        ("events/0001-GET-.json", False),
        ("events2/x.json", True),
    ],
)
def test_names(name: str, matters: bool, tmp_path: Path) -> None:
    files = Watcher(tmp_path, muted, except_=[tmp_path / "events"])
    assert files.matters(tmp_path / name) is matters


def test_outside_the_directory(tmp_path: Path) -> None:
    app = tmp_path / "tests/app"  # the directory's own name doesn't count
    env_file = tmp_path / "variables.log"
    files = Watcher(app, muted, env_file)
    assert files.matters(app / "main.py")
    assert files.matters(env_file)
    assert not files.matters(tmp_path / "main.py")


# Real files


class Watched:
    """A watcher at work in a directory."""

    def __init__(self, directory: Path, env_file: Path | None = None) -> None:
        self.directory = directory
        self.said: list[str] = []
        self._stop = asyncio.Event()
        self._changes = Watcher(directory, self.said.append, env_file).changes(self._stop)

    async def names(self, *written: str) -> set[str]:
        """The files that count among ``written``: those of the next batches, until a last one that always counts."""
        task = asyncio.ensure_future(self._until("last.py"))
        while not task.done():
            # The watcher begins in a thread: until it has, changes go unseen.
            for name in (*written, "last.py"):
                path = self.directory / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(str(os.urandom(4)))
            await asyncio.wait([task], timeout=0.5)
        return task.result()

    async def _until(self, last: str) -> set[str]:
        found: set[str] = set()
        async for files in self._changes:
            found |= {str(file.relative_to(self.directory)) for file in files}
            if last in found:
                break
        return found - {last}

    def stop(self) -> None:
        self._stop.set()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    directory = tmp_path.resolve()
    subprocess.run(["git", "init", "-q", str(directory)], check=True)
    (directory / ".gitignore").write_text("/uploads/\n*.css\n.env\nvariables\n")
    return directory


def watched(directory: Path, *written: str, env_file: Path | None = None) -> set[str]:
    async def run() -> set[str]:
        files = Watched(directory, env_file)
        try:
            return await files.names(*written)
        finally:
            files.stop()

    return asyncio.run(run())


def test_what_git_ignores_does_not_count(repository: Path) -> None:
    written = ("index.html", "static/app.css", "uploads/a.png", ".env", "variables", "täxt é.txt")
    found = watched(repository, *written, env_file=repository / "variables")
    assert found == {"index.html", ".env", "variables", "täxt é.txt"}


def test_without_a_repository(tmp_path: Path) -> None:
    assert watched(tmp_path.resolve(), "app.css", "uploads/a.png") == {"app.css", "uploads/a.png"}


def test_without_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    assert watched(repository, "app.css") == {"app.css"}


def test_a_file_that_is_gone_counts(tmp_path: Path) -> None:
    async def run() -> list[Path]:
        stop = asyncio.Event()
        task = asyncio.ensure_future(anext(Watcher(tmp_path, muted).changes(stop)))
        while not task.done():
            (tmp_path / "page.html").write_text("")
            (tmp_path / "page.html").unlink()
            await asyncio.wait([task], timeout=0.5)
        stop.set()
        return task.result()

    assert asyncio.run(run()) == [tmp_path / "page.html"]


def test_the_file_that_the_output_goes_to_does_not_count(tmp_path: Path) -> None:
    output = os.open(tmp_path / "out.txt", os.O_CREAT | os.O_WRONLY)
    before = os.dup(1)
    os.dup2(output, 1)
    try:
        assert watched(tmp_path.resolve(), "out.txt", "in.txt") == {"in.txt"}
    finally:
        os.dup2(before, 1)
        os.close(before)
        os.close(output)


def test_a_file_that_the_app_keeps_writing_is_muted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "_NOISY_SECONDS", 600)
    said: list[str] = []
    batches: list[list[str]] = []

    async def receive(stop: asyncio.Event) -> None:
        async for files in Watcher(tmp_path, said.append).changes(stop):
            batches.append([file.name for file in files])  # noqa: PERF401  # it is read meanwhile

    async def run() -> None:
        stop = asyncio.Event()
        task = asyncio.ensure_future(receive(stop))
        while not said:
            (tmp_path / "state.json").write_text(str(os.urandom(4)))
            await asyncio.wait([task], timeout=0.5)
        while batches[-1] != ["main.py"]:
            for name in ("state.json", "main.py"):
                (tmp_path / name).write_text(str(os.urandom(4)))
            await asyncio.wait([task], timeout=0.5)
        stop.set()
        await task

    asyncio.run(run())
    assert batches == [["state.json"]] * 7 + [["main.py"]]
    assert said == ["Not reloading for state.json any more: it changes so often that the app seems to write it"]


def test_an_env_file_elsewhere(tmp_path: Path) -> None:
    directory = tmp_path.resolve() / "app"
    directory.mkdir()
    variables = tmp_path.resolve() / "variables"

    async def run() -> None:
        stop = asyncio.Event()
        changes = Watcher(directory, muted, variables).changes(stop)
        task = asyncio.ensure_future(anext(changes))
        while not task.done():
            # As an editor that writes another file and renames it.
            (tmp_path / "other").write_text(str(os.urandom(4)))
            (tmp_path / "other").rename(variables)
            await asyncio.wait([task], timeout=0.5)
        assert task.result() == [variables]
        stop.set()

    asyncio.run(run())
