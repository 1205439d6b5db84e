"""The options of ``run_*`` and ``*_handler``."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import griffe

from lambda_http_adapter import run_asgi
from lambda_http_adapter._values.config import _FALLBACKS, _PARSERS, PREFIX

from ..places import ROOT
from .markdown import code, docstring


def options() -> str:
    config = loaded("_values.config")["Config"]
    return "\n\n".join(["## Each option", *_sections(config, loaded("_types"))])


def loaded(module: str) -> griffe.Object:
    """This module of the package, by its source alone."""
    path = ROOT / "src" / "lambda_http_adapter" / f"{module.replace('.', '/')}.py"
    return griffe.visit(module, filepath=path, code=path.read_text())


def _sections(config: griffe.Object, types: griffe.Object) -> Iterator[str]:
    parameters = inspect.signature(run_asgi).parameters
    for name in _PARSERS:
        annotation = re.sub(r"types\.(\w+)", lambda alias: str(types[alias[1]].value), str(parameters[name].annotation))
        yield f"### `{name}` {{ #{name} }}"
        yield f"{code(annotation)}, by default {code(_default(config, name))}"
        yield docstring(_text(config, name))


def _text(config: griffe.Object, name: str) -> str:
    documented = config[name].docstring
    assert documented is not None, f"Config.{name} has no docstring."
    return str(documented.value)


def _default(config: griffe.Object, name: str) -> str:
    """As an argument: a header's name is bytes inside only."""
    return re.sub("^b'", "'", str(config[name].value)).replace("frozenset()", "()")


def variables_of(name: str) -> list[str]:
    """The environment variables that give this option, ours first."""
    ours = PREFIX + name.upper()
    return [ours, _FALLBACKS[name]] if name in _FALLBACKS else [ours]
