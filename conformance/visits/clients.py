"""Programs of others that speak HTTP, through ``dev``: git with klaus, pip with pypiserver, hg with its own server."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from ..environment import Environment, variables


class Client(NamedTuple):
    """``steps(url, folder, bin)`` raises CalledProcessError, or AssertionError if what came back is other than sent.

    ``app`` is the one that is served, ``program`` what has to be there.
    """

    name: str
    app: str
    does: str
    program: str
    steps: Callable[[str, Path, Path], None]


def _git(url: str, folder: Path, _bin: Path) -> None:
    first, second = folder / "first", folder / "second"
    _run("git", "clone", "--quiet", f"{url}/shop", first)
    (first / "large.bin").write_bytes(os.urandom(300_000))
    (first / "é.txt").write_text("é")
    _run("git", "-C", first, "add", "--all")
    _run("git", "-C", first, "commit", "--quiet", "--message", "Add two files")
    _run("git", "-C", first, "push", "--quiet", "origin", "HEAD")
    _run("git", "clone", "--quiet", f"{url}/shop", second)
    for name in ("large.bin", "é.txt", "README.md"):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def _pip(url: str, folder: Path, bin_: Path) -> None:
    index = ("--index-url", f"{url}/simple/", "--no-deps", "--no-cache-dir", "--dest", folder)
    _run(bin_ / "python", "-m", "pip", "--quiet", "--isolated", "download", *index, "apple", "apple-pie==2.0")
    names = sorted(file.name for file in folder.glob("*.whl"))
    assert names == ["apple-1.1-py3-none-any.whl", "apple_pie-2.0-py3-none-any.whl"], names


def _hg(url: str, folder: Path, bin_: Path) -> None:
    hg = bin_ / "hg"
    first, second = folder / "first", folder / "second"
    _run(hg, "clone", "--quiet", url, first)
    (first / "large.bin").write_bytes(os.urandom(300_000))
    _run(hg, "--cwd", first, "commit", "--quiet", "--addremove", "--message", "Add a file", "--user", "ines")
    _run(hg, "--cwd", first, "push", "--quiet")
    _run(hg, "clone", "--quiet", url, second)
    for name in ("large.bin", "a.txt"):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


CLIENTS = (
    Client("git", "klaus", "clone, commit, push, clone again", "git", _git),
    Client("pip", "pypiserver", "download of two packages, the newest of one", "", _pip),
    Client("hg", "hgweb", "clone, commit, push, clone again", "", _hg),
)
ORIGINS = ("function-url", "http-api", "rest", "alb")


def through_dev(client: Client, folder: Path, origin: str) -> str:
    """ "" if the client did its work through ``dev --origin``, else what went wrong."""
    environment = Environment(folder / client.app / "venv")
    state, place = folder / client.app / "state", folder / client.app / "client"
    for each in (state, place):
        shutil.rmtree(each, ignore_errors=True)
        each.mkdir(parents=True)
    if client.program and shutil.which(client.program) is None:
        return f"there is no {client.program}"
    try:
        with _dev(client.app, environment, state, origin) as url:
            client.steps(url, place, environment.python.parent)
    except subprocess.SubprocessError as error:  # an exit code, or no end
        return f"{error} {getattr(error, 'output', '')}"
    except AssertionError as error:
        return f"other files came back: {error}"
    return ""


@contextlib.contextmanager
def _dev(app: str, environment: Environment, state: Path, origin: str) -> Iterator[str]:
    """The URL of ``dev``. Raises AssertionError if it doesn't start."""
    prefix = "/live" if origin == "rest" else ""
    (state.parent / "served.py").write_text(
        "from pathlib import Path\n"
        "from conformance.apps import load\n"
        f"app = load({app!r}).makers['wsgi'](Path({str(state)!r}), {prefix!r})\n"
    )
    options = ("--app-dir", state.parent, "--port", "0", "--no-reload", "--origin", origin, "--max-concurrency", "1")
    stage = ("--stage", "live") if prefix else ()
    dev = subprocess.Popen(
        [environment.python, "-m", "lambda_http_adapter", "dev", *options, *stage, "served:app"],
        cwd=state.parent,
        env=variables(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        assert dev.stdout is not None
        found = None
        seen = ""
        while found is None:
            line = dev.stdout.readline()
            assert line, f"dev ended: {seen}"
            seen += line
            found = re.search(r"http://127\.0\.0\.1:\d+[\w/]*", line)
        yield found[0].rstrip("/")
    finally:
        dev.terminate()
        dev.communicate()


def _run(*command: str | Path) -> None:
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0", "HGPLAIN": "1", "HGRCPATH": os.devnull}
    author = {"GIT_AUTHOR_NAME": "Inés", "GIT_AUTHOR_EMAIL": "ines@example.com"}
    committer = {name.replace("AUTHOR", "COMMITTER"): value for name, value in author.items()}
    subprocess.run(
        command,
        check=True,
        env={**os.environ, **quiet, **author, **committer},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
    )
