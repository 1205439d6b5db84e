"""``scripts/docs``: the documentation site."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable

from .external import unreachable
from .html import external, problems, unlisted
from .pages import collected, write
from .places import HTML, PAGES, REPOSITORY, ROOT

_WATCHED = ("docs", "examples", "benchmarks", "src", "website")


def collect() -> int:
    try:
        write(collected(), PAGES)
    except (LookupError, ValueError) as error:
        return _told([str(error)])
    return 0


def build() -> int:
    """Build the site strictly, and check it. Every problem is printed."""
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    if failed := collect() or subprocess.run(command, cwd=ROOT, check=False).returncode:
        return failed
    return _told([*problems(HTML), *unlisted(HTML)])


def serve() -> int:
    """Show the site at http://localhost:8000, and again after each change of a document or of the code."""
    from watchfiles import watch

    if failed := collect():
        return failed
    with subprocess.Popen([sys.executable, "-m", "zensical", "serve"], cwd=ROOT) as server:
        try:
            for _ in watch(*(ROOT / folder for folder in _WATCHED)):
                # In a process of its own, which imports the code as it is now.
                subprocess.run([sys.executable, "-m", "website", "collect"], cwd=ROOT, check=False)
        finally:
            server.terminate()
    return 0


def check_external() -> int:
    """Ask each page of others that the built site links to. Links into the repository are checked by ``collect``."""
    if failed := build():
        return failed
    linked = external(HTML, but=REPOSITORY)
    return _told(f"{linked[address]}: {address} {fault}." for address, fault in unreachable(linked))


def _told(problems: Iterable[str]) -> int:
    """The exit status, after all problems are printed."""
    status = 0
    for problem in problems:
        print(problem, file=sys.stderr)
        status = 1
    return status


COMMANDS = {"build": build, "collect": collect, "external": check_external, "serve": serve}

if __name__ == "__main__":
    name = [*sys.argv[1:], "build"][0]
    if name not in COMMANDS:
        sys.exit(f"scripts/docs: there is no command {name!r}; there are: {', '.join(COMMANDS)}.")
    try:
        sys.exit(COMMANDS[name]())
    except KeyboardInterrupt:
        sys.exit(130)
