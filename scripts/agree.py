"""Checks that documents, scripts, version, and the built wheel and sdist (the arguments) agree. Prints what doesn't."""

import os
import re
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lambda_http_adapter import __version__

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "lambda_http_adapter"


def changelog() -> Iterator[str]:
    sections = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    if not {"Unreleased", __version__} & set(sections[:1]):
        yield f"CHANGELOG.md: Expected [Unreleased] or [{__version__}] as the first section, got {sections[:1]}."


def documents() -> Iterator[str]:
    visible = "[!.]*"  # without .venv and caches
    patterns = ("*.md", "docs/**/*.md", f"{visible}/README.md", f"{visible}/*/README.md", ".github/**/*.yml")
    pages = {path: path.read_text() for pattern in patterns for path in ROOT.glob(pattern)}
    for page, text in pages.items():
        name = page.relative_to(ROOT)
        for script in sorted(set(re.findall(r"\bscripts/[a-z_.]+\b", text))):
            if not os.access(ROOT / script, os.R_OK if script.endswith(".py") else os.X_OK):
                yield f"{name}: names {script}, which doesn't exist or isn't executable."
        for link in re.findall(r"\]\(([^):#\s]+)[)#]", text):
            if not (page.parent / link).exists():
                yield f"{name}: links to {link}, which doesn't exist."
    for script in sorted(path.name for path in ROOT.glob("scripts/*") if not path.suffix and path.is_file()):
        if f"scripts/{script}" not in pages[ROOT / "CONTRIBUTING.md"]:
            yield f"CONTRIBUTING.md: doesn't name scripts/{script}."


def package_page() -> Iterator[str]:
    """README.md is shown without the repository: its links are absolute, and those into it lead to a file."""
    page = (ROOT / "README.md").read_text()
    repository = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Repository"]
    files = f"{repository}/blob/main/"
    defined = dict(re.findall(r"^\[(.+?)\]: (\S+)$", page, re.MULTILINE))
    for link in [*re.findall(r"\]\((\S+?)\)", page), *defined.values()]:
        if not link.startswith("https://"):
            yield f"README.md: links to {link}, which isn't absolute; expected {files}{link}."
        elif link.startswith(repository) and not (ROOT / re.split("[#?]", link.removeprefix(files))[0]).is_file():
            yield f"README.md: links to {link}, which doesn't exist."
    for name in re.findall(r"\[([^\]\s]+\.md)\](?!\(|: http)", page):
        if name not in defined:
            yield f"README.md: has no link for [{name}]."


def versions_of_python() -> Iterator[str]:
    """Each version in the classifiers is tested by CI."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    claimed = re.findall(r"Python :: (3\.\d+)'", str(project["classifiers"]))
    (tested,) = re.findall(r"^ +python: \[(.+)\]$", (ROOT / ".github/workflows/ci.yml").read_text(), re.MULTILINE)
    for version in claimed:
        if f'"{version}"' not in tested:
            yield f"pyproject.toml: claims Python {version}, which ci.yml doesn't test."


def sdist(path: Path) -> Iterator[str]:
    with tarfile.open(path) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    expected = {file.name for pattern in ("*.md", "LICENSE", "pyproject.toml") for file in ROOT.glob(pattern)}
    yield from (f"The sdist doesn't contain {name}." for name in sorted(expected - held))


def wheel(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    files = (file for file in PACKAGE.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    expected = {file.relative_to(PACKAGE.parent).as_posix() for file in files} | {"lambda_http_adapter/py.typed"}
    yield from (f"The wheel doesn't contain {name}." for name in sorted(expected - held))
    yield from (f"The wheel contains {name}, which isn't a file of the package." for name in sorted(held - expected))


built = [Path(argument) for argument in sys.argv[1:]]
(the_wheel,) = [path for path in built if path.suffix == ".whl"]
(the_sdist,) = [path for path in built if path.suffix == ".gz"]
problems = [*changelog(), *documents(), *package_page(), *versions_of_python(), *wheel(the_wheel), *sdist(the_sdist)]
print("\n".join(problems), end="\n" if problems else "")
sys.exit(bool(problems))
