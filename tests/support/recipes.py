"""The recipes in examples/deploy: what their templates say of the function, and how Lambda would start it."""

import json
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, cast

import yaml

from lambda_http_adapter._deploy.wrapper import write_wrapper
from tests.support.paths import ROOT

DEPLOY = ROOT / "examples" / "deploy"
APP = DEPLOY / "app"
_NO_RECIPES = {"app", "dist"}  # dist: the wheel, where the index says to make it
RECIPES = sorted(folder.name for folder in DEPLOY.iterdir() if folder.is_dir() and folder.name not in _NO_RECIPES)
TEMPLATES = [name for name in RECIPES if (DEPLOY / name / "template.yaml").exists()]
IMAGES = [name for name in RECIPES if (DEPLOY / name / "Dockerfile").exists()]
TEMPLATES_OF_ALL = sorted(path.relative_to(ROOT) for path in (ROOT / "examples").rglob("template.yaml"))

_INIT = ROOT / "src" / "lambda_http_adapter" / "_deploy" / "init"
TEMPLATES_OF_INIT = sorted(path.relative_to(ROOT) for path in _INIT.rglob("template.yaml.txt"))

Properties = dict[str, object]


class _Loader(yaml.SafeLoader):
    """Reads `!Ref App` as {"Ref": "App"}."""


def _short_form(loader: _Loader, name: str, node: yaml.Node) -> dict[str, object]:
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(cast("yaml.MappingNode", node), deep=True)}


_Loader.add_multi_constructor("!", _short_form)


def read_yaml(text: str) -> object:
    """What a template or a part of one contains."""
    return yaml.load(text, _Loader)


def commands(name: str) -> list[str]:
    """The lines that its README tells to type."""
    page = (DEPLOY / name / "README.md").read_text()
    return [
        line
        for block in re.findall(r"^```sh\n(.+?)^```", page, re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
    ]


def dev_options(name: str) -> list[str]:
    """The options of `dev` that its README plays the front door with."""
    (line,) = [line for line in commands(name) if "lambda-http-adapter dev " in line]
    _, *options = shlex.split(line.partition("lambda-http-adapter dev ")[2])
    assert options[:2] == ["--app-dir", "../app"]
    return options[2:]


def resources(template: Path, kind: str) -> dict[str, Properties]:
    """The properties of the resources of one type, by their logical ids; a function has those of `Globals` too."""
    content = cast("dict[str, dict[str, dict[str, Properties]]]", yaml.load(template.read_text(), _Loader))
    shared = cast("Properties", content.get("Globals", {}).get(kind.removeprefix("AWS::Serverless::"), {}))
    return {
        name: shared | resource.get("Properties", {})
        for name, resource in content["Resources"].items()
        if cast("object", resource["Type"]) == kind
    }


def function(template: Path) -> Properties:
    """The only function of a template."""
    (properties,) = resources(template, "AWS::Serverless::Function").values()
    return properties


def variables(properties: Properties) -> dict[str, str]:
    environment = cast("dict[str, dict[str, object]]", properties.get("Environment", {}))
    return {name: str(value) for name, value in environment.get("Variables", {}).items()}


class Instruction(NamedTuple):
    name: str
    value: str


def instructions(dockerfile: str) -> list[Instruction]:
    """The instructions of a Dockerfile without escapes, heredocs and variables."""
    lines = re.sub(r"^#.*\n", "", dockerfile, flags=re.MULTILINE).split("\n")
    return [Instruction(*line.split(" ", 1)) for line in lines if line]


class Start(NamedTuple):
    """What Lambda runs: a command in a directory, beside the template's variables."""

    command: list[str]
    env: Mapping[str, str]
    directory: Path


def start(name: str, task: Path) -> Start:
    """Make `task` what /var/task would be, without the packages. Python is this interpreter."""
    properties = function(DEPLOY / name / "template.yaml")
    shutil.copytree(APP, task)
    env = {"LAMBDA_TASK_ROOT": str(task), "_HANDLER": str(properties.get("Handler", "")), **variables(properties)}
    wrapper = env.pop("AWS_LAMBDA_EXEC_WRAPPER", None)
    if name in IMAGES:
        command = _image_command(DEPLOY / name / "Dockerfile")
    elif properties["Runtime"] == "provided.al2023":
        command = _own_python_command(DEPLOY / name / "bootstrap", task)
    elif wrapper is not None:
        assert wrapper == "/var/task/bootstrap"
        write_wrapper(task / "bootstrap")
        command = [str(task / "bootstrap"), sys.executable, "/var/runtime/bootstrap.py"]
    else:
        command = [sys.executable, "-m", "awslambdaric", env["_HANDLER"]]
    return Start(command, env, task)


def _image_command(dockerfile: Path) -> list[str]:
    said = dict(instructions(dockerfile.read_text()))
    python, *arguments = json.loads(said["ENTRYPOINT"]) + json.loads(said["CMD"])
    assert python == "python"
    return [sys.executable, *arguments]


def _own_python_command(bootstrap: Path, task: Path) -> list[str]:
    """The CPython beside it is a script that starts this interpreter."""
    interpreter = task / "python" / "bin" / "python3.13"
    interpreter.parent.mkdir(parents=True)
    interpreter.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    interpreter.chmod(0o755)
    return [str(shutil.copy(bootstrap, task))]
