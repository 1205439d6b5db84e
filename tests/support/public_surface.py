"""What users may rely on, as text: names, signatures, options, commands, variables. Printed by this module.

Signatures and values are read from the source (griffe), so that the text is the same on every version of Python.
"""

import argparse
import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

import griffe

import lambda_http_adapter
from lambda_http_adapter import _pytest, cli
from lambda_http_adapter._values import config
from tests.support.paths import ROOT

FILE = ROOT / "tests" / "public_surface.txt"
PACKAGE = "lambda_http_adapter"
MODULES = ("", ".errors", ".events", ".opentelemetry", ".origins", ".testing")
DEVELOPERS = {"_deploy", "_emulator"}  # rooms that no deployed function imports
HEADING = """\
# What apps, tests and infrastructure may rely on: docs/stability.md says how long.
# Written by scripts/surface. A change here is a change of the contract: it needs an entry in CHANGELOG.md.
"""


def surface() -> str:
    sections = [HEADING, *_names(), _variables(), *_commands(), _entry_points(), _fixtures()]
    return "\n".join(sections)


def _section(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"== {title}", *lines, ""])


def _names() -> Iterator[str]:
    """The public modules, and the types that their signatures name."""
    source = Path(lambda_http_adapter.__file__).parent.parent
    package = griffe.load(PACKAGE, search_paths=[source], resolve_aliases=True)
    assert isinstance(package, griffe.Module)
    described: set[str] = set()
    pending: list[griffe.Object] = []
    for suffix in MODULES:
        module = package.modules[suffix[1:]] if suffix else package
        public = [_target(module[name]) for name in _exports(module)]
        yield _section(f"{PACKAGE}{suffix}", [line for item in public for line in _describe(item)])
        described |= {item.path for item in public}
        pending += public
    behind: dict[str, griffe.Object] = {}
    while pending:
        for item in _types_in(pending.pop(), package):
            if item.path not in described and item.path not in behind:
                behind[item.path] = item
                pending.append(item)
    by_name = sorted(behind.values(), key=lambda item: (item.name, item.path))
    yield _section("types in these signatures", [line for item in by_name for line in _describe(item)])


def _exports(module: griffe.Module) -> list[str]:
    if module.exports is not None:
        return [str(name) for name in module.exports]
    return [name for name, member in module.members.items() if member.is_class and not name.startswith("_")]


def _target(item: griffe.Object | griffe.Alias) -> griffe.Object:
    return item.final_target if isinstance(item, griffe.Alias) else item


def _describe(item: griffe.Object, indent: str = "") -> list[str]:
    match item:
        case griffe.Function():
            signatures = item.overloads or [item]
            return [indent + line for signature in signatures for line in _signature(signature)]
        case griffe.Class():
            bases = f"({', '.join(map(str, item.bases))})" if item.bases else ""
            members = [_target(member) for member in _public_members(item)]
            lines = [line for member in members for line in _describe(member, indent + "    ")]
            return [f"{indent}class {item.name}{bases}", *lines]
        case griffe.Attribute():
            return [indent + _attribute(item)]
        case _:
            return [f"{indent}module {item.path}"]


def _public_members(item: griffe.Class) -> list[griffe.Object | griffe.Alias]:
    """What it inherits from a class of this package is listed with that class."""
    return [member for name, member in item.members.items() if name == "__init__" or not name.startswith("_")]


def _attribute(item: griffe.Attribute) -> str:
    annotation = f": {item.annotation}" if item.annotation is not None else ""
    of_an_instance = item.parent is not None and item.parent.is_class and "class-attribute" not in item.labels
    value = "" if item.value is None or of_an_instance else f" = {item.value}"
    return f"{item.name}{annotation}{value}"


def _signature(item: griffe.Function) -> Iterator[str]:
    """One line for each parameter, so that a difference shows which one."""
    keyword = "async def" if "async" in item.labels else "def"
    returns = f" -> {item.returns}" if item.returns is not None else ""
    parameters = [parameter for parameter in item.parameters if parameter.name != "self"]
    if not parameters:
        yield f"{keyword} {item.name}(){returns}"
        return
    yield f"{keyword} {item.name}("
    keyword_only = False
    for parameter in parameters:
        kind = parameter.kind
        if kind is griffe.ParameterKind.keyword_only and not keyword_only:
            keyword_only = True
            yield "    *"
        stars = {griffe.ParameterKind.var_positional: "*", griffe.ParameterKind.var_keyword: "**"}.get(kind, "")
        default = f" = {parameter.default}" if parameter.default is not None and not stars else ""
        position = " (positional)" if kind is griffe.ParameterKind.positional_only else ""
        yield f"    {stars}{parameter.name}: {parameter.annotation}{default}{position}"
    yield f"){returns}"


def _types_in(item: griffe.Object, package: griffe.Module) -> Iterator[griffe.Object]:
    """The classes and type aliases of this package that ``item`` names."""
    for name in _expression_names(item):
        path = name.canonical_path
        if not path.startswith(f"{PACKAGE}."):
            continue
        try:
            found = _target(package[path.removeprefix(f"{PACKAGE}.")])
        except griffe.AliasResolutionError:
            continue  # a module here imports it from another package
        if found.is_class or found.is_attribute:
            yield found


def _expression_names(item: griffe.Object) -> Iterator[griffe.ExprName]:
    expressions: list[griffe.Expr | str | None] = []
    match item:
        case griffe.Function():
            for signature in item.overloads or [item]:
                expressions += [signature.returns, *(parameter.annotation for parameter in signature.parameters)]
        case griffe.Attribute():
            expressions = [item.annotation]
            if "TypeAlias" in str(item.annotation):
                expressions.append(item.value)
        case griffe.Class():
            expressions = list(item.bases)
            for member in _public_members(item):
                yield from _expression_names(_target(member))
    for expression in expressions:
        if isinstance(expression, griffe.Expr):
            yield from (part for part in expression.iterate(flat=True) if isinstance(part, griffe.ExprName))


def _variables() -> str:
    """What a deployed function reads from its environment."""
    lines = []
    for option, parser in config._PARSERS.items():
        if parser in (config._callable, config._handlers, config._origins):
            continue  # an argument alone can set it
        fallback = config._FALLBACKS.get(option)
        lines.append(f"{config.PREFIX}{option.upper()}" + (f", else {fallback}" if fallback else ""))
    others = set()
    package = Path(lambda_http_adapter.__file__).parent
    for file in package.rglob("*.py"):
        if file.relative_to(package).parts[0] in DEVELOPERS:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and re.fullmatch(r"(AWS|_X)(_[A-Z]+)+|_HANDLER", str(node.value)):
                others.add(str(node.value))
    others -= {"AWS_IAM", *config._FALLBACKS.values()}  # AWS_IAM is a kind of authorizer
    return _section("environment variables of a deployed function", [*lines, *sorted(others)])


def _parser(command: str) -> argparse.ArgumentParser:
    """The parser that prints the help of ``command``."""
    asked: list[argparse.ArgumentParser] = []
    note = patch.object(argparse.ArgumentParser, "print_help", lambda parser, file=None: asked.append(parser))
    with note, suppress(SystemExit):
        cli.main([command, "--help"])
    (parser,) = asked
    return parser


def _commands() -> Iterator[str]:
    for command in cli._COMMANDS:
        arguments = (action for action in _parser(command)._actions if action.dest != "help")
        yield _section(f"lambda-http-adapter {command}", map(_argument, arguments))


def _argument(action: argparse.Action) -> str:
    names = ", ".join(action.option_strings) or f"<{action.dest}>"
    parts = [names if action.option_strings == [] or action.nargs == 0 else f"{names} {_value(action)}"]
    if action.nargs not in (None, 0):
        parts.append(f"nargs={action.nargs}")
    if action.default not in (None, argparse.SUPPRESS, False):
        parts.append(f"default={action.default!r}")
    return " ".join(parts)


def _value(action: argparse.Action) -> str:
    if action.choices is not None:
        return "{" + ",".join(map(str, action.choices)) + "}"
    return str(action.metavar or action.dest.upper())


def _entry_points() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [f"command {name}" for name in project["scripts"]]
    lines += [f"{group}: {name}" for group, names in project["entry-points"].items() for name in names]
    lines += [f"extra {name}" for name in project["optional-dependencies"]]
    lines.append(f"Python {project['requires-python']}")
    return _section("distribution", lines)


def _fixtures() -> str:
    source = Path(_pytest.__file__).read_text()
    fixtures = [
        node.name
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and "fixture" in "".join(map(ast.unparse, node.decorator_list))
    ]
    settings = re.findall(r'addini\("(\w+)"', source)
    return _section("pytest", [f"fixture {name}" for name in fixtures] + [f"setting {name}" for name in settings])


if __name__ == "__main__":
    print(surface(), end="")
