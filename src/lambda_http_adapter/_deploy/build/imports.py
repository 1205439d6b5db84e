"""What modules import, by their sources: nothing is imported here."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from .adapter_wheel import ON_DEMAND

_IMPORT = re.compile(rb"^(?:import|from)[ \t]+(\w+)", re.MULTILINE)
# What AWS's managed runtime brings.
_ON_LAMBDA = {"awslambdaric", "boto3", "botocore", "dateutil", "jmespath", "s3transfer", "simplejson", "six", "urllib3"}
# Name of our own → the distribution that it needs.
_OF_OURS = {"run_http": "werkzeug", "http_handler": "werkzeug"}


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


def certain_imports(source: bytes) -> set[str]:
    """The packages that a module imports in any case."""
    names = {match.decode() for match in _IMPORT.findall(source)}
    if names <= sys.stdlib_module_names:
        return names
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError):
        return set()
    found: set[str] = set()
    for statement in statements:
        if isinstance(statement, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            found.add(statement.module.partition(".")[0])
    return found


def can_be_imported(source: bytes, packages: set[str]) -> bool:
    """Whether all is there that a module imports in any case. ``packages``: the names beside Python's own and those of
    AWS's managed runtime."""
    return certain_imports(source) <= packages | _ON_LAMBDA | sys.stdlib_module_names


def top_level_names(directory: Path) -> set[str]:
    """The names of the modules and packages in a directory."""
    return {path.name.partition(".")[0] for path in directory.iterdir()}
