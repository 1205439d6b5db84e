"""A wheel of this package for deployed functions: without the emulator, and asking only for what a function imports."""

# It is made of the running package, from a checkout as well as from an index: what `dev` ran is what is deployed.

from __future__ import annotations

import ast
import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import Distribution, PackagePath, distribution
from pathlib import Path
from typing import NamedTuple

from ..._values import __version__
from .archive import write_archive
from .bare_source import bare

NAME = "lambda-http-adapter"
PACKAGE = "lambda_http_adapter"
_ROOT = Path(__file__).parents[2]

# Distribution → why a function of the app may import it.
ON_DEMAND = {
    "asgiref": "ASGI 2 apps",
    "httpx": "the commands and transports for tests",
    "werkzeug": "run_http() and http_handler()",
}
# Name of our own → the distribution that it needs.
_OF_OURS = {"run_http": "werkzeug", "http_handler": "werkzeug"}
# The last is for type checkers only.
_LEFT_OUT = ("_emulator", "_deploy", "testing.py", "_pytest.py", "_types.py")
_STAND_IN = """\
raise ImportError(
    "This is a bundle for AWS Lambda: `lambda-http-adapter build` leaves out the emulator, the commands and "
    "lambda_http_adapter.testing. Import them in tests only, which don't belong into a bundle."
)
"""


class AdapterWheel(NamedTuple):
    path: Path
    version: str

    def requirement(self, extras: Sequence[str], hashed: bool) -> str:
        """A line of a requirements file. ``hashed``: with the hash that its other lines have."""
        wanted = f"[{','.join(extras)}]" if extras else ""
        line = f"{NAME}{wanted} @ {self.path.resolve().as_uri()}"
        return line + hash_option(self.path) if hashed else line


def hash_option(wheel: Path) -> str:
    """What pip wants behind every requirement of a file if one of them has a hash."""
    return f" --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"


def write_adapter_wheel(directory: Path, needed: set[str]) -> AdapterWheel:
    """Write the wheel. ``needed``: which of ``ON_DEMAND`` it asks for."""
    info = f"{PACKAGE}-{__version__}.dist-info"
    files = dict(_package_files())
    installed = distribution(NAME)
    files[f"{info}/METADATA"] = _metadata(installed, needed).encode()
    files |= {f"{info}/licenses/{path.name}": path.read_binary() for path in _licenses(installed)}
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: lambda-http-adapter\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    files[f"{info}/RECORD"] = _record(files, f"{info}/RECORD").encode()
    path = directory / f"{PACKAGE}-{__version__}-py3-none-any.whl"
    write_archive(path, files)
    return AdapterWheel(path, __version__)


def _package_files() -> Iterator[tuple[str, bytes]]:
    for path in sorted(_ROOT.rglob("*")):
        name = path.relative_to(_ROOT)
        if path.is_file() and name.parts[0] not in _LEFT_OUT and "__pycache__" not in name.parts:
            content = path.read_bytes()
            yield f"{PACKAGE}/{name.as_posix()}", bare(content.decode()).encode() if path.suffix == ".py" else content
    for stand_in in ("_emulator/__init__.py", "_deploy/__init__.py", "testing.py"):
        yield f"{PACKAGE}/{stand_in}", _STAND_IN.encode()


def _metadata(installed: Distribution, needed: set[str]) -> str:
    """The installed metadata, without the description, the extra ``dev`` and the requirements that aren't needed."""
    head, _, _ = (installed.read_text("METADATA") or "").partition("\n\n")
    lines: list[str] = []
    for line in head.splitlines():
        required = re.match(r"Requires-Dist: ([\w.-]+)", line)
        if required and required[1] in ON_DEMAND.keys() - needed:
            continue
        if not re.search(r"extra == ['\"]dev['\"]|^Provides-Extra: dev$|^Description-Content-Type", line):
            lines.append(line)
    return "\n".join(lines) + "\n"


def _licenses(installed: Distribution) -> list[PackagePath]:
    return [path for path in installed.files or () if path.parent.name == "licenses"]


def _record(files: dict[str, bytes], own: str) -> str:
    """https://packaging.python.org/en/latest/specifications/recording-installed-packages/"""
    rows = [",".join(record_row(name, content)) for name, content in sorted(files.items())]
    return "\n".join([*rows, f"{own},,"]) + "\n"


def record_row(name: str, content: bytes) -> list[str]:
    """The row of a file in RECORD: its name, its hash and its size."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return [name, f"sha256={digest}", str(len(content))]


def needed_on_demand(files: Iterable[Path], handler: str) -> set[str]:
    """Which of ``ON_DEMAND`` the sources among ``files`` import, or the app called ``handler`` needs."""
    needed = {"werkzeug"} if handler.startswith("http:") else set[str]()
    for file in files:
        if file.suffix == ".py":
            needed |= set(_needed_by(file))
    return needed


def _needed_by(file: Path) -> Iterator[str]:
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return  # nobody can import it either
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                names = [alias.name for alias in node.names]
            case ast.ImportFrom(module=str(module), level=0):
                names = [module, *(alias.name for alias in node.names)]
            case ast.Attribute(attr=attribute):
                names = [attribute]
            case ast.Constant(value=str(text)):  # importlib.import_module("httpx")
                names = [text]
            case _:
                names = []
        for name in names:
            package = name.partition(".")[0]
            if package in ON_DEMAND:
                yield package
            elif name in _OF_OURS:
                yield _OF_OURS[name]
