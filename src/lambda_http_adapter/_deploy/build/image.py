"""The recipe of an image: a Dockerfile, a .dockerignore and a wheel of this package."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import NamedTuple

from ...errors import ConfigurationError
from ..platform import DOCKER_ARCHITECTURES, Platform
from .adapter_wheel import NAME
from .entry import Entry

WHEELS = "wheels"

# Layers from the one that changes least to the one that changes most, so that a build reuses the first ones: the base
# with its compiled standard library, the requirements with their bytecode, the app.
_DOCKERFILE = Template("""\
# docker build --platform linux/$architecture --provenance=false --tag app .
# Lambda doesn't accept images with an attestation, hence --provenance=false.

FROM $base AS requirements
WORKDIR /build
# wheels/ holds lambda-http-adapter, for where no package index has it. It may be missing.
COPY $files ./
$install
# /var/task is read-only on Lambda: what isn't compiled here is compiled again in every cold start.
# "|| true": packages hold files that no Python compiles, such as templates.
RUN $python -m compileall -q --invalidation-mode unchecked-hash -s /requirements -p /var/task /requirements || true

FROM $base AS app
WORKDIR /var/task
COPY $source ./
RUN $python -m compileall -q --invalidation-mode unchecked-hash .

FROM $base
# So is the standard library, whose bytecode python:*-slim leaves out: that costs half a second.
RUN $python -m compileall -q $library || true
WORKDIR /var/task
COPY --from=requirements /requirements ./
COPY --from=app /var/task ./
# For other places than Lambda, which runs every image as an unprivileged user of its own.
USER 65534
ENTRYPOINT ["$python", "-m", "lambda_http_adapter", "run"]
CMD [$app]
""")

_PIP = "RUN $python -m pip install --no-cache-dir --root-user-action=ignore --find-links . --target /requirements"
_UV = "uv pip install --no-cache --find-links . --target /requirements"
_GET_UV = "RUN $python -m pip install --no-cache-dir --root-user-action=ignore uv"

_DOCKERIGNORE = """\
# Hidden files are .git, .venv, .env and caches.
**/.*
**/__pycache__
**/*.py[co]
**/*.egg-info
**/node_modules
**/tests
**/test_*.py
**/conftest.py
**/*.pem
**/*.key
**/*.tfstate*
venv
cdk.out
*.zip
Dockerfile*
template.y*ml
samconfig.toml
README*
"""


class _Base(NamedTuple):
    image: str
    python: str
    library: str


# AWS's base images keep their Python in /var/lang.
_BASES = {
    "slim": _Base("python:$version-slim", "python", "/usr/local/lib/python$version"),
    "aws": _Base(
        "public.ecr.aws/lambda/python:$version", "/var/lang/bin/python$version", "/var/lang/lib/python$version"
    ),
}


def dockerfile(
    base: str, platform: Platform, entry: Entry, project: Path, requirements: Sequence[str], names_adapter: bool
) -> str:
    """``requirements``: the files in ``project``. ``names_adapter``: whether they ask for this package.

    Raises ConfigurationError for what is outside of ``project``: Docker copies from there.
    """
    for path in (*map(Path, requirements), entry.directory):
        if not (project / path).resolve().is_relative_to(project.resolve()):
            raise ConfigurationError(f"{str(path)!r} is outside of {project}, where an image is built from.")
    chosen = _BASES[base]._replace(python=_BASES[base].python.replace("$version", platform.python))
    version = {"version": platform.python}
    source = entry.directory.resolve().relative_to(project.resolve()).as_posix()
    return _DOCKERFILE.substitute(
        architecture=DOCKER_ARCHITECTURES[platform.architecture],
        base=Template(chosen.image).substitute(version),
        python=chosen.python,
        library=Template(chosen.library).substitute(version),
        files=" ".join([*_copied(requirements), f"{WHEELS}*"]),
        install=Template(_install(requirements, names_adapter)).substitute(python=chosen.python),
        source=source,
        app=json.dumps(_import_string(entry.handler)),
    )


def write_recipe(project: Path, text: str) -> list[str]:
    """Write the Dockerfile, and the .dockerignore if there is none. Returns their names. Raises ConfigurationError."""
    file = project / "Dockerfile"
    if file.exists():
        raise ConfigurationError("There is a Dockerfile here, which is not overwritten. Rename it to get this one.")
    file.write_text(text)
    if (project / ".dockerignore").exists():
        return ["Dockerfile"]
    (project / ".dockerignore").write_text(_DOCKERIGNORE)
    return ["Dockerfile", ".dockerignore"]


def _copied(requirements: Sequence[str]) -> list[str]:
    return ["pyproject.toml", "uv.lock"] if list(requirements) == ["uv.lock"] else list(requirements)


def _install(requirements: Sequence[str], names_adapter: bool) -> str:
    adapter = "" if names_adapter else f" {NAME}"
    if list(requirements) == ["uv.lock"]:
        # The lock's copy of this package may be a path of this machine, and its hash isn't that of the wheel.
        export = f"uv export --frozen --no-dev --no-emit-project --no-emit-package {NAME} --quiet -o requirements.txt"
        return " && \\\n    ".join([_GET_UV, export, f"{_UV} --requirement requirements.txt{adapter}"])
    if list(requirements) == ["pyproject.toml"]:
        return " && \\\n    ".join([_GET_UV, f"{_UV} --requirement pyproject.toml{adapter}"])
    files = "".join(f" --requirement {Path(name).name}" for name in requirements)
    return f"{_PIP}{files}{adapter}"


def _import_string(handler: str) -> str:
    """``main:app`` for ``main.app``, as command lines have it."""
    return handler if ":" in handler else re.sub(r"\.([^.]+)$", r":\1", handler)
