"""The template of a stack: SAM's, CloudFormation's, or what CDK has made.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ...._apps.text_file import read_text
from ....errors import ConfigurationError

_PLACES = (".aws-sam/build/template.yaml", "template.yaml", "template.yml", "template.json")
_CDK = "cdk.out/*.template.json"
_DEEPEST = 50
"""Levels of a template that are looked at: YAML can refer to itself."""


class Template(NamedTuple):
    """``resources`` are those of the file; a SAM function's properties have those of Globals. ``defaults`` are the
    properties in Globals, by SAM's name of what they are for."""

    path: Path
    resources: Mapping[str, Mapping[str, Any]]
    parameters: Mapping[str, Any]
    defaults: Mapping[str, Any]

    @property
    def is_built(self) -> bool:
        """Whether its directories are what is uploaded, and not the sources of it."""
        return self.path.parent.name in ("build", "cdk.out")

    def metadata(self, name: str) -> Mapping[str, Any]:
        """What SAM and CDK keep about a resource."""
        return mapping(mapping(self.resources.get(name)).get("Metadata"))

    def of_type(self, *types: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The names and properties of resources of these types."""
        for name, resource in self.resources.items():
            if resource.get("Type") in types:
                yield name, mapping(resource.get("Properties"))

    def text(self, value: object) -> str | None:
        """The value, or the default of the parameter that it refers to. Numbers and flags are written as
        CloudFormation does. None if it is known in AWS only."""
        match value:
            case {"Ref": str(name)}:
                default = mapping(self.parameters.get(name)).get("Default")
                return None if isinstance(default, dict) else self.text(default)
            case bool() as flag:
                return "true" if flag else "false"
            case str() | int() | float() as plain:
                return str(plain)
        return None

    def number(self, value: object, default: int) -> int | None:
        """The same for a whole number; None if it is known in AWS only."""
        if value is None:
            return default
        text = self.text(value)
        return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 10 else None


def find_template(directory: Path) -> Path | None:
    """The template in a directory. Of CDK's, the only one."""
    for place in _PLACES:
        if (directory / place).is_file():
            return directory / place
    made = sorted(directory.glob(_CDK))
    return made[0] if len(made) == 1 else None


def read_template(path: Path) -> Template:
    """Raises ConfigurationError if it can't be read, or has no resources."""
    text = read_text(path, "the template")
    try:
        content = json.loads(text) if path.suffix == ".json" else _yaml(text, path)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ConfigurationError(f"{str(path)!r}, the template, can't be read: {reason}.") from None
    resources = mapping(mapping(content).get("Resources"))
    if not resources:
        raise ConfigurationError(f"{str(path)!r} has no Resources; expected a template of SAM or CloudFormation.")
    defaults = mapping(mapping(content).get("Globals"))
    of_functions = mapping(defaults.get("Function"))
    merged = {str(name): _with_globals(mapping(resource), of_functions) for name, resource in resources.items()}
    return Template(path, merged, mapping(mapping(content).get("Parameters")), defaults)


def mapping(value: object) -> Mapping[str, Any]:
    """``value`` if it is a mapping, else an empty one: a template may hold anything anywhere."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def mentions(value: object, name: str, depth: int = 0) -> bool:
    """Whether a value refers to a resource: by Ref, GetAtt or Sub."""
    if depth > _DEEPEST:
        return False
    match value:
        case {"Ref": target} if target == name:
            return True
        case {"Fn::GetAtt": [target, *_]} if target == name:
            return True
        case {"Fn::GetAtt": str(target)} if target.partition(".")[0] == name:
            return True
        case {"Fn::Sub": str(text)}:
            return f"${{{name}}}" in text or f"${{{name}." in text
        case dict():
            return any(mentions(one, name, depth + 1) for one in value.values())
        case list():
            return any(mentions(one, name, depth + 1) for one in value)
    return False


def _with_globals(resource: Mapping[str, Any], defaults: Mapping[str, Any]) -> Mapping[str, Any]:
    if resource.get("Type") != "AWS::Serverless::Function":
        return resource
    own = mapping(resource.get("Properties"))
    merged = {**defaults, **own}
    variables = {**_variables(defaults), **_variables(own)}
    if variables:
        merged["Environment"] = {"Variables": variables}
    return {**resource, "Properties": merged}


def _variables(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(mapping(properties.get("Environment")).get("Variables"))


def _yaml(text: str, path: Path) -> object:
    try:
        import yaml
    except ImportError:
        raise ConfigurationError(
            f"To read {str(path)!r}, install PyYAML: pip install 'lambda-http-adapter[dev]'."
        ) from None

    class Loader(yaml.SafeLoader):
        """Reads ``!GetAtt A.B`` as ``{"Fn::GetAtt": "A.B"}``."""

    def construct(loader: Loader, suffix: str, node: yaml.Node) -> object:
        name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
        if isinstance(node, yaml.ScalarNode):
            return {name: loader.construct_scalar(node)}
        if isinstance(node, yaml.SequenceNode):
            return {name: loader.construct_sequence(node, deep=True)}
        assert isinstance(node, yaml.MappingNode)
        return {name: loader.construct_mapping(node, deep=True)}

    Loader.add_multi_constructor("!", construct)
    try:
        return yaml.load(text, Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark is not None else ""
        raise ValueError(f"{line}{getattr(error, 'problem', None) or error}") from None
    except (AttributeError, KeyError, TypeError):  # `!!bool 5`: PyYAML doesn't look before it converts
        raise ValueError("it has a value that isn't what its tag says") from None
