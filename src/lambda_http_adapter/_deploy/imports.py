"""What modules import, by their sources: nothing is imported here."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

from .platform import RUNTIME_PACKAGES

_IMPORT = re.compile(rb"^(?:import|from)[ \t]+(\w+)", re.MULTILINE)


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
    return certain_imports(source) <= packages | RUNTIME_PACKAGES | sys.stdlib_module_names


def top_level_names(directory: Path) -> set[str]:
    """The names of the modules and packages in a directory."""
    return {path.name.partition(".")[0] for path in directory.iterdir()}
