"""The layer map in the package's docstring, held against every import in its sources."""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import lambda_http_adapter

NAME = "lambda_http_adapter"
ROOT = Path(lambda_http_adapter.__file__).parent

# A row of the stack: its modules and packages, then what they are.
ROW = re.compile(r" {4}(\S+(?: \S+)*) {2,}\S")
# The face, which names everything so as to load nothing, and its one line for `python -m`.
FACE = {"", "__main__"}
TYPES = "_types"
SOCKET_MODULES = {
    "socket",
    "ssl",
    "select",
    "selectors",
    "socketserver",
    "http.client",
    "http.server",
    "urllib.request",
}
SOCKET_NAMES = re.compile(
    r"(create|open|start)_(unix_)?(connection|server)|.*(Protocol|Transport|Stream(Reader|Writer))"
)
SOCKET_OWNERS = [
    "_runtime.sync_connection",
    "_runtime.async_connection",
    "_runtime.logs",
    "_runtime.local",
    "_apps.custom_resource",  # answers CloudFormation, at an address in the event
    "_emulator*",
]


class Import(NamedTuple):
    """Modules of the package are named without it: `errors`, `runtime._sync`, "" for the package itself."""

    importer: str
    imported: str
    for_types: bool
    line: int


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix("__init__").removesuffix(".")


SOURCES = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}
TREES = {module: ast.parse(path.read_bytes()) for module, path in SOURCES.items()}


@cache
def stack() -> list[list[str]]:
    """The rows of the docstring, the lowest layer first."""
    return [match[1].split() for match in map(ROW.match, (lambda_http_adapter.__doc__ or "").splitlines()) if match]


def rank(module: str) -> int:
    """The height of the module's row: the longest entry that names the module or a package around it."""
    entries = {entry: height for height, row in enumerate(stack()) for entry in row}
    while module not in entries:
        module = module.rpartition(".")[0]
    return entries[module]


def nodes(tree: ast.AST, for_types: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from ((child, True) for statement in node.body for child in [statement, *ast.walk(statement)])
            yield from ((child, for_types) for statement in node.orelse for child, _ in nodes(statement))
        else:
            yield node, for_types
            yield from nodes(node, for_types)


def names(importer: str, node: ast.AST) -> Iterator[str]:
    """The full names of the modules that a statement imports, or imports something from."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        inside = f"{NAME}.{importer}".rstrip(".").split(".")
        inside = inside[: len(inside) - node.level + (SOURCES[importer].stem == "__init__")] if node.level else []
        source = ".".join([*inside, *filter(None, [node.module])])
        yield from (home(source, alias.name) for alias in node.names)


def home(source: str, name: str) -> str:
    """Where `from source import name` leads: to a module, or for a name of the face to the module that defines it."""
    module = source.removeprefix(NAME).removeprefix(".")
    if source.partition(".")[0] == NAME and f"{module}.{name}".lstrip(".") in SOURCES:
        return f"{source}.{name}"
    if source == NAME:
        return str(getattr(getattr(lambda_http_adapter, name), "__module__", NAME))
    return source


@cache
def imports() -> list[Import]:
    found = [
        Import(importer, name.removeprefix(NAME).removeprefix("."), for_types, node.lineno)
        for importer, tree in TREES.items()
        for node, for_types in nodes(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in names(importer, node)
        if name.partition(".")[0] == NAME
    ]
    return sorted(set(found))


def allowed(edge: Import) -> bool:
    if edge.importer in FACE:
        return True
    if edge.imported == "":
        return False  # the face names everything: importing from it would hide which layer is meant
    if edge.imported == TYPES and not edge.for_types:
        return False
    return rank(edge.imported) < rank(edge.importer) or relatives(edge.importer, edge.imported)


def relatives(importer: str, imported: str) -> bool:
    """Two modules of one row and one package."""
    same_package = importer.partition(".")[0] == imported.partition(".")[0]
    return same_package and rank(importer) == rank(imported)


def circles(edges: dict[str, set[str]]) -> list[str]:
    """The modules that lead back to themselves."""

    def reached(module: str) -> set[str]:
        seen: set[str] = set()
        waiting = [module]
        while waiting:
            for imported in edges.get(waiting.pop(), set()) - seen:
                seen.add(imported)
                waiting.append(imported)
        return seen

    return [module for module in edges if module in reached(module)]


def test_the_stack_names_every_module() -> None:
    entries = [entry for row in stack() for entry in row]
    assert sorted(set(entries)) == sorted(entries)
    assert [entry for entry in entries if entry not in SOURCES] == []
    assert [module for module in SOURCES if module not in FACE and rank(module) is None] == []


def test_no_import_goes_round_in_a_circle() -> None:
    edges: dict[str, set[str]] = {}
    for edge in imports():
        if edge.importer not in FACE:
            edges.setdefault(edge.importer, set()).add(edge.imported)
    assert circles(edges) == []
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}}) == ["a", "b", "c"]


def test_imports_were_found() -> None:
    edges = {edge[:3] for edge in imports()}
    assert {
        ("", "errors", True),
        ("__main__", "cli", False),
        ("cli", "_runtime.run", False),
        ("cli", "_runtime.start", False),
        ("_runtime.async_loop", "errors", False),
        ("origins.function_url", "origins._fields", False),
        ("origins.function_url", "origins._http_request", True),
        ("_types", "origins", False),
    } <= edges


@pytest.mark.parametrize("module", sorted(SOURCES))
def test_imports_point_down(module: str) -> None:
    wrong = [edge for edge in imports() if edge.importer == module and not allowed(edge)]
    assert [f"line {line}: {module} imports {imported}" for _, imported, _, line in wrong] == []


def test_origins_do_not_know_each_other() -> None:
    members = {module for module in SOURCES if module.startswith("origins.")}
    origins = {module for module in members if not module.startswith("origins._")}
    assert [edge for edge in imports() if edge.importer in members and edge.imported in {"origins", *origins}] == []
    assert origins


def test_the_types_are_for_type_checkers() -> None:
    edges = [edge for edge in imports() if edge.imported == TYPES]
    assert [edge for edge in edges if not edge.for_types] == []
    assert edges


@pytest.mark.parametrize("module", sorted(SOURCES))
def test_only_the_drivers_touch_a_socket(module: str) -> None:
    if any(fnmatchcase(module, owner) for owner in SOCKET_OWNERS):
        return
    for node, for_types in nodes(TREES[module]):
        if isinstance(node, ast.Import | ast.ImportFrom) and not for_types:
            assert SOCKET_MODULES.isdisjoint(names(module, node)), f"line {node.lineno}"
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "asyncio":
            assert not SOCKET_NAMES.fullmatch(node.attr), f"line {node.lineno}"
