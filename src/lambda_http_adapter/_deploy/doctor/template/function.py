"""A function as its template, or the command line, configures it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .template import Template, mapping, sequence

_TYPES = ("AWS::Serverless::Function", "AWS::Lambda::Function")


class Function(NamedTuple):
    """``handler`` is the handler setting, None if it isn't known. ``runtime`` is None for an image and where nothing
    tells it. ``variables`` are those of the environment whose values are known."""

    name: str
    handler: str | None = None
    runtime: str | None = None
    architecture: str | None = None
    is_image: bool = False
    variables: Mapping[str, str] = {}
    properties: Mapping[str, Any] = {}
    code: Path | None = None

    @property
    def has_layers(self) -> bool:
        return bool(self.properties.get("Layers"))

    @property
    def has_managed_runtime(self) -> bool:
        """Whether AWS's Python runtime, or a wrapper in its place, starts the handler."""
        return not self.is_image and (self.runtime is None or self.runtime.startswith("python"))


def functions_of(template: Template) -> Iterator[Function]:
    for name, properties in template.of_type(*_TYPES):
        variables = mapping(mapping(properties.get("Environment")).get("Variables"))
        known = {str(key): template.text(value) for key, value in variables.items()}
        architectures = sequence(properties.get("Architectures", ["x86_64"]))
        is_image = template.text(properties.get("PackageType")) == "Image"
        yield Function(
            name,
            template.text(properties.get("Handler")),
            template.text(properties.get("Runtime")),
            template.text(architectures[0]) if architectures else None,
            is_image,
            {key: value for key, value in known.items() if value is not None},
            properties,
            None if is_image else _code(template, name, properties),
        )


def _code(template: Template, name: str, properties: Mapping[str, Any]) -> Path | None:
    """The directory or file that the template deploys; None for one in S3. CDK has it in the metadata."""
    asset = template.metadata(name).get("aws:asset:path")
    for value in (properties.get("CodeUri"), properties.get("Code"), asset):
        if isinstance(value, str) and "://" not in value:
            return template.path.parent / value
    return None
