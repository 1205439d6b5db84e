"""The pages of the site: which files of the repository are one, and what code gives."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

from .links import Resolver, rewritten

ROOT = Path(__file__).parent.parent
SITE = ROOT / ".site"
PAGES = SITE / "pages"
REPOSITORY: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Repository"]


def homes() -> dict[str, str]:
    """The page, or the picture, that each of these files of the repository is on the site."""
    return dict(_homes())


def _homes() -> Iterator[tuple[str, str]]:
    for file in _files("docs", "**/*"):
        yield file, file.removeprefix("docs/")
    for file in _files("examples", "*/README.md", "*/*.png"):
        _, name, last = file.split("/")
        if name == "deploy":
            yield file, "deploy/index.md"
        else:
            yield file, f"examples/{name}.md" if last == "README.md" else f"examples/{name}/{last}"
    for file in _files("examples/deploy", "*/README.md"):
        yield file, f"deploy/{Path(file).parent.name}.md"
    for file in _files("benchmarks", "*.png"):
        yield file, f"project/{Path(file).name}"
    yield "benchmarks/README.md", "project/benchmarks.md"
    yield "CHANGELOG.md", "project/changelog.md"
    yield "CONTRIBUTING.md", "project/contributing.md"
    yield "SECURITY.md", "project/security.md"


def _files(folder: str, *patterns: str) -> list[str]:
    paths = (path for pattern in patterns for path in (ROOT / folder).glob(pattern))
    return sorted(path.relative_to(ROOT).as_posix() for path in paths if path.is_file())


def collect() -> None:
    """Write all pages and pictures to ``PAGES``. Raises ``LookupError`` for a link to a file that doesn't exist."""
    shutil.rmtree(PAGES, ignore_errors=True)
    places = homes()
    for file, home in places.items():
        destination = PAGES / home
        destination.parent.mkdir(parents=True, exist_ok=True)
        if destination.exists():
            raise ValueError(f"{file} and another file are both {home}.")
        if home.endswith(".md"):
            resolve = Resolver(file, places, REPOSITORY, lambda path: (ROOT / path).exists())
            destination.write_text(rewritten((ROOT / file).read_text(), resolve))
        else:
            shutil.copyfile(ROOT / file, destination)
