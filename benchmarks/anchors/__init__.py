"""Runtimes in other languages, built outside of the source tree: what an invocation costs there.

Each is built once, from the sources in this folder or from a registry's package, into a folder of the user's cache.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

SOURCES = Path(__file__).parent
_MINUTES = 20


class Anchor(NamedTuple):
    """``command`` builds in a copy of the folder ``source``, and leaves an executable at ``executable``."""

    name: str
    package: str
    command: tuple[str, ...]
    executable: str
    source: str = ""


class AbsentError(Exception):
    """It can't be built here. The message is the reason."""


GO = Anchor(
    "Go lambdaurl",
    "aws-lambda-go 1.55.1",
    ("go", "build", "-tags", "lambda.norpc", "-trimpath", "-o", "anchor", "."),
    "anchor",
    "go",
)
RUST = Anchor("Rust lambda_http", "lambda_http 1.3.2", ("cargo", "build", "--release"), "target/release/anchor", "rust")
WEB_ADAPTER = Anchor(
    "Lambda Web Adapter + uvicorn",
    "lambda_web_adapter 0.9.1",
    ("cargo", "install", "lambda_web_adapter", "--version", "=0.9.1", "--root", ".", "--target-dir", "target"),
    "bin/lambda-adapter",
)
ANCHORS = (GO, RUST, WEB_ADAPTER)


def build(anchor: Anchor) -> Path:
    """The executable. Raises AbsentError without the toolchain, without its registry, and if the build fails."""
    tool = anchor.command[0]
    if shutil.which(tool) is None:
        raise AbsentError(f"{tool} isn't installed")
    folder = _folder(anchor)
    executable = folder / anchor.executable
    if executable.exists():
        return executable
    print(f"building {anchor.package} in {folder} ", file=sys.stderr, flush=True)
    folder.mkdir(parents=True, exist_ok=True)  # a build that was interrupted goes on
    if anchor.source:
        shutil.copytree(SOURCES / anchor.source, folder, dirs_exist_ok=True)
    try:
        built = subprocess.run(
            anchor.command,
            check=False,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_MINUTES * 60,
        )
    except subprocess.TimeoutExpired as error:
        raise AbsentError(f"{tool} took more than {_MINUTES} minutes") from error
    if built.returncode:
        print(built.stderr, file=sys.stderr)
        raise AbsentError(f"{tool} failed: {_reason(built.stderr)}")
    if not executable.exists():
        raise AbsentError(f"{tool} left no {anchor.executable}")
    return executable


def version(anchor: Anchor) -> str:
    """What was built, and by what: ``aws-lambda-go 1.55.1 (go1.26.8)``."""
    command = ["go", "env", "GOVERSION"] if anchor.command[0] == "go" else ["rustc", "--version"]
    compiler = subprocess.run(command, capture_output=True, text=True, check=True).stdout.partition(" (")[0].strip()
    return f"{anchor.package} ({compiler})"


def _folder(anchor: Anchor) -> Path:
    """A folder whose name changes with the sources and the command, so that a change builds anew."""
    digest = hashlib.sha256(repr(anchor).encode())
    if anchor.source:
        for path in sorted((SOURCES / anchor.source).rglob("*")):
            if path.is_file():
                digest.update(path.read_bytes())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "lambda-http-adapter" / "anchors" / f"{anchor.package.replace(' ', '-')}-{digest.hexdigest()[:12]}"


def _reason(errors: str) -> str:
    """The first line that calls itself an error, as cargo has it, else the last, as in Go."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    return next((line for line in lines if line.startswith("error")), lines[-1] if lines else "it says nothing")
