"""The files of a project: those of its app, those that every project has, and those of its deployment.

files/apps/flask/main.py.txt becomes main.py: with ``.txt``, nothing here imports, compiles or tests it.
files/project/dot.gitignore.txt becomes .gitignore: with its own name, git would obey it here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

_FILES = Path(__file__).parent / "files"


class App(NamedTuple):
    entry: str  # import string
    folders: Sequence[str]  # under files/apps


class Deployment(NamedTuple):
    """Lines for a shell, with holes."""

    build: str
    deploy: str


APPS = {
    "fastapi": App("main:app", ("fastapi", "http")),
    "flask": App("main:app", ("flask", "http")),
    "django": App("config.asgi:application", ("django",)),
    "starlette": App("main:app", ("starlette", "http")),
    "handler": App("main:handler", ("handler",)),
}
_BUILD_ZIP = "lambda-http-adapter build $entry"
_SAM_DEPLOY = "sam deploy --stack-name $name --resolve-s3 --capabilities CAPABILITY_IAM"
DEPLOYMENTS = {
    "sam-zip": Deployment(_BUILD_ZIP, _SAM_DEPLOY),
    "sam-image": Deployment("sam build", f"{_SAM_DEPLOY} --resolve-image-repos"),
    "cdk": Deployment(_BUILD_ZIP, "pip install -r infra/requirements.txt && (cd infra && npx aws-cdk@2 deploy)"),
    "terraform": Deployment(_BUILD_ZIP, "terraform init && terraform apply"),
}


def project_files(app: str, deployment: str) -> Iterator[tuple[PurePosixPath, str]]:
    """Each file's path in the project, and its template."""
    for folder in APPS[app].folders:
        yield from _files(f"apps/{folder}")
    yield from _files("project")
    yield from infrastructure_files(deployment)


def infrastructure_files(deployment: str) -> Iterator[tuple[PurePosixPath, str]]:
    """The same for the files of the deployment alone."""
    yield from _files(f"deployments/{deployment}")


def _files(folder: str) -> Iterator[tuple[PurePosixPath, str]]:
    root = _FILES / folder
    for source in sorted(root.rglob("*.txt")):
        target = PurePosixPath(source.relative_to(root).as_posix().removesuffix(".txt"))
        if target.name.startswith("dot."):
            target = target.with_name(target.name.removeprefix("dot"))
        yield target, source.read_text()
