"""The names that a module defines, by its source."""

from __future__ import annotations

import ast

_HIDDEN = {"*", "__getattr__", "globals"}  # with one of these, names appear that no statement shows


def defined_names(source: bytes) -> dict[str, ast.AST] | None:
    """Each name with what defines it; None if they can't all be seen."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    names: dict[str, ast.AST] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value):
                names |= {target.id: value for target in targets if isinstance(target, ast.Name)}
            case ast.Name(id=name) if name in _HIDDEN or isinstance(node.ctx, ast.Store):
                names.setdefault(name, node)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.AST() as value):
                names[name] = value
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.setdefault(name, node)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {alias.asname or alias.name.partition(".")[0]: node for alias in aliases}
    return None if _HIDDEN & names.keys() else names
