"""Runs the steps of a Dockerfile in directories instead of images: COPY, WORKDIR and RUN, stage by stage."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple


class Stage(NamedTuple):
    """``root`` is the stage's "/", ``start`` the command of its ENTRYPOINT and CMD."""

    root: Path
    workdir: Path
    start: list[str]


def run_steps(dockerfile: str, context: Path, scratch: Path, environment: Mapping[str, str]) -> Stage:
    """The last stage. Paths in RUN that begin at "/" lead into the stage's directory."""
    stages: dict[str, Stage] = {}
    stage = Stage(scratch, scratch, [])
    for instruction, rest in instructions(dockerfile):
        match instruction:
            case "FROM":
                name = rest.partition(" AS ")[2] or "last"
                root = scratch / name
                (root / "tmp").mkdir(parents=True, exist_ok=True)
                stages[name] = stage = Stage(root, root, [])
            case "WORKDIR":
                stage = stages[stage.root.name] = stage._replace(workdir=stage.root / rest.lstrip("/"))
                stage.workdir.mkdir(parents=True, exist_ok=True)
            case "COPY":
                _copy(shlex.split(rest), stage, stages, context)
            case "RUN":
                command = re.sub(r"(?<=\s)/(?=\w)", f"{stage.root}/", rest)
                subprocess.run(["sh", "-c", command], cwd=stage.workdir, env=environment, check=True)
            case "ENTRYPOINT" | "CMD":
                stage = stages[stage.root.name] = stage._replace(start=[*stage.start, *_words(rest)])
            case "USER":
                assert rest != "root"
            case _:
                raise NotImplementedError(instruction)
    return stage


def instructions(dockerfile: str) -> Iterator[tuple[str, str]]:
    for line in dockerfile.replace("\\\n", " ").splitlines():
        if line and not line.startswith("#"):
            instruction, _, rest = line.partition(" ")
            yield instruction, rest


def _copy(words: list[str], stage: Stage, stages: Mapping[str, Stage], context: Path) -> None:
    source = context
    if words[0].startswith("--from="):
        source = stages[words.pop(0).partition("=")[2]].root
    *patterns, target = words
    copied: list[Path] = []
    for pattern in patterns:
        named = source / pattern.lstrip("/")
        copied += [named] if named.exists() else source.glob(pattern)
    assert copied, words
    for path in copied:
        if path.is_dir():
            shutil.copytree(path, stage.workdir / target, dirs_exist_ok=True)
        else:
            shutil.copy(path, stage.workdir / target)


def _words(array: str) -> list[str]:
    return [word.strip().strip('"') for word in array.strip("[]").split(",")]


def commands_of(directory: Path, **commands: str) -> dict[str, str]:
    """An environment in which these commands are others: name → path."""
    directory.mkdir(exist_ok=True)
    for name, path in commands.items():
        script = directory / name
        script.write_text(f'#!/bin/sh\nexec {shlex.quote(path)} "$@"\n')
        script.chmod(0o755)
    return {**os.environ, "PATH": f"{directory}:{os.environ['PATH']}"}
