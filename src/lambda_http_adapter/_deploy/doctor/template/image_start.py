"""What an image starts, by ENTRYPOINT and CMD: of its Dockerfile, or of the template in their place.

https://docs.docker.com/reference/dockerfile/#understand-how-cmd-and-entrypoint-interact
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..catalogue import finding
from ..finding import Finding
from ..handler.entry_point import Loop
from .function import Function
from .template import Template, mapping, sequence

_SERVERS = {"uvicorn", "gunicorn", "hypercorn", "daphne", "granian", "waitress-serve", "flask", "fastapi", "uwsgi"}
_AWS_ENTRY_POINT = "/lambda-entrypoint.sh"  # of public.ecr.aws/lambda/python


class ImageStart(NamedTuple):
    """``lines`` are instructions in shell form, by instruction. ``is_aws``: AWS's base image starts its runtime."""

    entry_point: tuple[str, ...]
    command: tuple[str, ...]
    lines: dict[str, str]
    has_web_adapter: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        return self.entry_point + self.command

    @property
    def loop(self) -> Loop:
        text = " ".join(self.words)
        if "lambda_http_adapter" in text or "lambda-http-adapter" in text:
            return "ours"
        return "aws" if _AWS_ENTRY_POINT in text or "awslambdaric" in text else "other"

    @property
    def handler(self) -> str | None:
        """The last word, where it names an app or a handler."""
        word = self.words[-1] if self.words else ""
        return word if re.fullmatch(r"[\w./]+[:.][\w.]+(\(\))?", word) else None


def image_start(function: Function, template: Template | None, dockerfile: Path | None) -> ImageStart | None:
    """None if nothing tells. The template's ImageConfig replaces what the Dockerfile says."""
    start = read_dockerfile(dockerfile) if dockerfile is not None and dockerfile.is_file() else None
    config = mapping(function.properties.get("ImageConfig"))
    if template is None or not ({"Command", "EntryPoint"} & config.keys()):
        return start
    base = start or ImageStart((), (), {})
    words = {key: tuple(str(template.text(one)) for one in sequence(config.get(key))) for key in config}
    return base._replace(
        entry_point=words.get("EntryPoint") or base.entry_point, command=words.get("Command") or base.command
    )


def dockerfile_of(function: Function, template: Template) -> Path | None:
    """The one that SAM or CDK builds."""
    context = docker_context(function, template)
    metadata = template.metadata(function.name)
    name = template.text(metadata.get("Dockerfile") or metadata.get("aws:asset:dockerfile-path")) or "Dockerfile"
    return context / name if context is not None else None


def docker_context(function: Function, template: Template) -> Path | None:
    """The directory that SAM or CDK builds the image from; None if it builds none."""
    metadata = template.metadata(function.name)
    context = template.text(metadata.get("DockerContext") or metadata.get("aws:asset:path")) or "."
    return template.path.parent / context if metadata else None


def read_dockerfile(path: Path) -> ImageStart:
    """The last stage's ENTRYPOINT and CMD."""
    text = re.sub(r"\\\s*\n", " ", path.read_text("utf-8", "replace"))
    words: dict[str, tuple[str, ...]] = {}
    lines: dict[str, str] = {}
    web_adapter = False
    for instruction, rest in re.findall(r"^[ \t]*([A-Za-z]+)[ \t]+(\S.*)$", text, re.MULTILINE):
        name = instruction.upper()
        if name == "FROM":
            is_aws = re.search(r"\b(public\.ecr\.aws|amazon)/(lambda/python|aws-lambda-python)", rest) is not None
            words = {"ENTRYPOINT": (_AWS_ENTRY_POINT,)} if is_aws else {}
            lines = {}
        elif name in ("ENTRYPOINT", "CMD"):
            listed = _json_list(rest)
            words[name] = listed if listed is not None else tuple(rest.split())
            lines.pop(name, None)
            if listed is None:
                lines[name] = rest.strip()
        web_adapter = web_adapter or "aws-lambda-adapter" in rest or "aws-lambda-web-adapter" in rest
    return ImageStart(words.get("ENTRYPOINT", ()), words.get("CMD", ()), lines, web_adapter)


def _json_list(text: str) -> tuple[str, ...] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return tuple(map(str, value)) if isinstance(value, list) else None


def check_image_start(start: ImageStart, where: str) -> Iterator[Finding]:
    if start.loop != "other":
        for instruction, text in start.lines.items():
            try:
                wanted = json.dumps(shlex.split(text))
            except ValueError:  # a quotation mark without its other half
                wanted = json.dumps(text.split())
            yield finding("image-shell-form", where, instruction=instruction, text=text, wanted=wanted)
        return
    programs = [word.rpartition("/")[2] for word in start.words]
    server = next((program for program in programs if program in _SERVERS), None)
    if server is not None and not start.has_web_adapter:
        yield finding("image-starts-server", where, program=server)
