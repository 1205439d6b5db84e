"""The handler setting of a function: the module and the attribute that it names, and whether the bundle has them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ...._apps.importer import USUAL_NAMES, near_match, split_kind, split_name
from ...source import Definitions, definitions, hides_names, kind
from ..bundle.bundle import Bundle
from ..catalogue import finding
from ..finding import Finding

Loop = Literal["aws", "ours", "other"]
"""What serves the handler: AWS's runtime, this package's loop, or something that isn't known."""

_LARGEST = 5_000_000  # bytes of a source that is parsed

Factory = Literal["never", "maybe", "always"]
"""Whether what the setting names is called for the app: never by AWS's runtime, always for ``main:create_app()``."""


class EntryPoint(NamedTuple):
    """``text`` is the setting as written, ``root`` the directory that a file's module is
    imported from."""

    text: str
    module: str
    attribute: str
    factory: Factory = "maybe"
    root: str | None = None


def parse_entry_point(text: str, loop: Loop, bundle: Bundle) -> EntryPoint | Finding:
    """As the loop reads it."""
    if loop == "aws":
        module, dot, attribute = text.rpartition(".")
        if not dot or ":" in text or not attribute.isidentifier():
            return finding("handler-form", "Handler", handler=text, wanted=_dotted(text))
        return EntryPoint(text, module.replace("/", "."), attribute, "never")
    _, name = split_kind(text)
    factory: Factory = "always" if name.endswith("()") else "maybe"
    module, attribute = split_name(name.removesuffix("()"))
    if not module.endswith(".py"):
        return EntryPoint(text, module, attribute, factory)
    directory, file = posixpath.split(bundle.task_root + posixpath.normpath(module))
    parts = [file.removesuffix(".py")]
    while bundle.is_readable_file(posixpath.join(directory, "__init__.py")):
        directory, package = posixpath.split(directory)
        parts.insert(0, package)
    return EntryPoint(text, ".".join(parts), attribute, factory, f"{directory}/" if directory else "")


def _dotted(text: str) -> str:
    """What AWS's runtime reads: main:app and main.py:app are main.app."""
    module, _, attribute = text.rpartition(":")
    if not module:
        return f"{text.removesuffix('.py')}.handler"
    return f"{module.partition(':')[2] or module}".removesuffix(".py") + f".{attribute.removesuffix('()')}"


def check_module(entry_point: EntryPoint, bundle: Bundle) -> Iterator[Finding]:
    """Whether the bundle has the module."""
    if module_file(entry_point, bundle) is None:
        file = f"/{entry_point.module.replace('.', '/')}.py"
        below = next((entry.path for entry in bundle.files() if entry.path.endswith(file)), None)
        near = near_match(entry_point.module.partition(".")[0], _modules(bundle))
        if not near and below is not None:
            near = f" It has {below!r}."
        yield finding("module-missing", "Handler", handler=entry_point.text, module=entry_point.module, near=near)


def check_attribute(entry_point: EntryPoint, bundle: Bundle) -> Iterator[Finding]:
    """Whether a statement of the module makes the attribute. For a module that isn't imported."""
    path = module_file(entry_point, bundle)
    names = _definitions(bundle, path) if path is not None else None
    attributes = [entry_point.attribute.partition(".")[0]] if entry_point.attribute else USUAL_NAMES
    if names is None or hides_names(names) or names.keys() & set(attributes):
        return
    yield finding(
        "attribute-missing",
        "Handler",
        handler=entry_point.text,
        module=entry_point.module,
        attribute=attributes[0],
        near=near_match(attributes[0], names),
    )


def module_file(entry_point: EntryPoint, bundle: Bundle) -> str | None:
    """The source of the module, else another file of it; None without any."""
    name = entry_point.module.replace(".", "/")
    roots = bundle.roots if entry_point.root is None else (entry_point.root, *bundle.roots)
    for root in roots:
        for path in (f"{root}{name}/__init__.py", f"{root}{name}.py"):
            if bundle.is_readable_file(bundle.followed(path)):
                return bundle.followed(path)
    compiled = tuple(f"{root}{name}." for root in roots)
    return next((member.path for member in bundle.files() if member.path.startswith(compiled)), None)


def kind_in_source(entry_point: EntryPoint, bundle: Bundle) -> str:
    """What the attribute is, by what defines it; "" if that doesn't tell."""
    path = module_file(entry_point, bundle)
    names = _definitions(bundle, path) if path is not None else None
    return kind((names or {}).get(entry_point.attribute))


def _modules(bundle: Bundle) -> list[str]:
    """Those at the top of the bundle."""
    tops = {member.path.removeprefix(bundle.task_root).split("/")[0] for member in bundle.files()}
    return [top.removesuffix(".py") for top in sorted(tops) if top.endswith(".py") or "." not in top]


def _definitions(bundle: Bundle, path: str) -> Definitions | None:
    """The names that a module defines; None if they can't be read."""
    if not path.endswith(".py") or bundle.members[path].size > _LARGEST:
        return None
    return definitions(bundle.read(path))
