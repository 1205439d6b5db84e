"""What the source of a module says of the app in it. Nothing is imported."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Literal

Definitions = dict[str, ast.AST]
"""Name → what defines it."""

Kind = Literal["asgi", "wsgi", "handler", ""]

# What a call returns, by the function's name. A handler is what AWS's managed runtime can call.
_RETURNED: dict[Kind, set[str]] = {
    "asgi": {"FastAPI", "Starlette", "Quart", "Litestar", "get_asgi_application", "BlackSheep", "Robyn"},
    "wsgi": {"Flask", "get_wsgi_application", "Bottle", "make_wsgi_app", "WSGIApplication"},
    "handler": {"asgi_handler", "wsgi_handler", "http_handler", "Mangum", "make_lambda_handler", "handle_request"},
}


def module_file(directory: Path, module: str) -> Path | None:
    """The file of a module that is imported from ``directory``; None if it isn't there."""
    path = directory.joinpath(*module.split("."))
    for file in (path / "__init__.py", path.with_name(f"{path.name}.py")):
        if file.is_file():
            return file
    return None


def definitions(source: str | bytes) -> Definitions | None:
    """The names that a module defines, anywhere in it; None if it can't be parsed."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    names: Definitions = {}
    for node in (*ast.walk(tree), *tree.body):  # its own statements last: they count
        match node:
            case ast.Assign(targets=targets, value=value):
                names |= {target.id: value for target in targets if isinstance(target, ast.Name)}
            case ast.Name(id="globals" as name) | ast.Name(id=name, ctx=ast.Store()):
                names.setdefault(name, node)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.AST() as value):
                names[name] = value
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names[name] = node
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {alias.asname or alias.name.partition(".")[0]: node for alias in aliases}
    return names


def hides_names(names: Definitions) -> bool:
    """Whether the module may have more names than these."""
    return not names.keys().isdisjoint(("*", "__getattr__", "globals"))


def kind(definition: ast.AST | None) -> Kind:
    """What a name is, by what defines it; "" if that doesn't tell."""
    match definition:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return next((kind for kind, functions in _RETURNED.items() if name in functions), "")
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return "handler" if takes_events(definition) else ""
    return ""


def takes_events(definition: ast.AST | None) -> bool:
    """Whether it is a function of an event and a context."""
    if not isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    parameters = [argument.arg for argument in definition.args.args]
    return len(parameters) == 2 and parameters[0] == "event"
