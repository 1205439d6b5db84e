"""The pages of the site: which files of the repository are one, and what code gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from .drawings import drawn
from .links import Resolver, rewritten
from .places import REPOSITORY, ROOT
from .reference import filled

ICON = "src/lambda_http_adapter/_emulator/dev/page/icon.svg"


def homes() -> dict[str, str]:
    """The page, or the picture, that each of these files of the repository is on the site."""
    return dict(_homes())


def pages() -> list[str]:
    """The files that are pages."""
    return [file for file, home in homes().items() if home.endswith(".md")]


def _homes() -> Iterator[tuple[str, str]]:
    yield ICON, "assets/icon.svg"
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


def collected() -> dict[str, bytes]:
    """The Markdown and the pictures of the site, by their paths.

    Raises LookupError for a link to a file that doesn't exist, and ValueError for two files that are one page.
    """
    places = homes()
    found: dict[str, bytes] = {}
    for file, home in places.items():
        if home in found:
            raise ValueError(f"{file} and another file are both {home}.")
        found[home] = (ROOT / file).read_bytes()
        if home.endswith(".md"):
            resolve = Resolver(file, places, REPOSITORY, lambda path: (ROOT / path).exists())
            found[home] = filled(drawn(file, rewritten(found[home].decode(), resolve))).encode()
    return found


def write(contents: Mapping[str, bytes], folder: Path) -> None:
    """Make the folder have these contents. What hasn't changed isn't touched, so that nothing is built again for it."""
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in contents:
            path.unlink()
    for name, content in contents.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
