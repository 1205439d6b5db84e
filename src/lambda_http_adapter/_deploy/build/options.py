"""The options of ``build``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..._apps.command_line import CommandParser
from ..platform import ARCHITECTURES, MANAGED_RUNTIMES, Platform

IMAGE_BASES = ("slim", "aws")


class BuildOptions(NamedTuple):
    """``app`` is "" where none was named. One of ``archive``, ``target`` and ``image`` is what is written."""

    app: str
    app_dir: str | None
    platform: Platform
    archive: Path | None
    target: Path | None
    layer: bool
    image: str | None
    requirements: Sequence[Path]
    extra_requirements: Sequence[str]
    find_links: Sequence[str]
    no_index: bool
    installer: str | None
    include: Sequence[str]
    exclude: Sequence[str]
    trial: bool
    env_file: Path | None
    event: str | None


def parse_options(arguments: Sequence[str]) -> BuildOptions:
    parser = CommandParser(
        "lambda-http-adapter build",
        description="Make what Lambda runs: the app, its requirements for Lambda's platform and their bytecode, in a "
        "reproducible zip file. Exits with 1 if a step fails, or if the result doesn't start and answer.",
    )
    parser.add_argument(
        "app",
        nargs="?",
        default="",
        help="module:attribute, module:factory() or path/to/file.py:attribute (default: app in main.py, app.py, "
        "api.py, app/main.py, */asgi.py …)",
    )
    add = parser.add_argument
    add("--factory", action="store_true", help="the app is what module:attribute returns")
    add("--app-dir", metavar="DIR", help="the directory of the app's code (default: this one, or src)")
    add = parser.add_argument_group("platform").add_argument
    versions = list(MANAGED_RUNTIMES)
    add("--python", choices=versions, default="3.13", metavar="VERSION", help=f"{', '.join(versions)} (default: 3.13)")
    add("--arch", choices=ARCHITECTURES, default="arm64", help="default: %(default)s")
    add = parser.add_argument_group("result").add_argument
    add(
        "-o",
        "--output",
        type=_zip_file,
        metavar="FILE",
        help="default: function.zip, or layer.zip; an existing one is replaced",
    )
    add("--target", type=Path, metavar="DIR", help="a directory instead of a zip file; it must be new or empty")
    add("--layer", action="store_true", help="a layer with the requirements, without the app")
    add(
        "--image",
        nargs="?",
        const="slim",
        choices=IMAGE_BASES,
        help="write a Dockerfile and a .dockerignore instead, on python:*-slim (default) or on AWS's base image",
    )
    add = parser.add_argument_group("requirements").add_argument
    add(
        "-r",
        "--requirements",
        type=_file,
        action="append",
        default=[],
        metavar="FILE",
        help="default: requirements.txt, else uv.lock, else the dependencies in pyproject.toml (may be repeated)",
    )
    add(
        "--with",
        dest="extra",
        action="append",
        default=[],
        metavar="REQUIREMENT",
        help="one more requirement (may be repeated)",
    )
    add("--find-links", action="append", default=[], metavar="DIR", help="take wheels from here too (may be repeated)")
    add("--no-index", action="store_true", help="take wheels from --find-links only")
    add("--installer", choices=["uv", "pip"], help="default: uv if it is installed; it doesn't read pip.conf")
    add = parser.add_argument_group("the app's files").add_argument
    add(
        "--include",
        action="append",
        default=[],
        metavar="PATTERN",
        help="copy these too, though .gitignore or build leaves them out: .env, 'static/**' (may be repeated)",
    )
    add(
        "--exclude",
        action="append",
        default=[],
        metavar="PATTERN",
        help="leave these out: 'notes/**' (may be repeated)",
    )
    add = parser.add_argument_group("trial").add_argument
    add("--no-trial", action="store_true", help="don't start the result once")
    add("--env-file", type=_file, metavar="FILE", help="environment variables for the trial, as NAME=value lines")
    add("--event", metavar="FILE", help="the event of the trial (default: GET / at a Function URL)")
    return _checked(parser, parser.parse_args(arguments))


def _checked(parser: CommandParser, given: argparse.Namespace) -> BuildOptions:
    """Options that can't be combined end the process, as other errors of the command line do."""
    results = {"--output": given.output, "--target": given.target, "--image": given.image}
    named = [name for name, value in results.items() if value is not None]
    if len(named) > 1:
        parser.error(f"{' and '.join(named)} can't be combined")
    if given.layer and given.image:
        parser.error("--layer and --image can't be combined: an image has no layers of Lambda's")
    if given.layer and (given.app or given.app_dir or given.include or given.exclude):
        parser.error("a layer holds requirements only: it has no app")
    if given.factory and not given.app:
        parser.error("--factory needs the app's name, such as main:create_app")
    app = f"{given.app.removesuffix('()')}()" if given.factory else given.app
    archive = given.output
    if not named:
        archive = Path("layer.zip" if given.layer else "function.zip")
    return BuildOptions(
        app=app,
        app_dir=given.app_dir,
        platform=Platform(given.python, given.arch),
        archive=archive,
        target=given.target,
        layer=given.layer,
        image=given.image,
        requirements=given.requirements,
        extra_requirements=given.extra,
        find_links=given.find_links,
        no_index=given.no_index,
        installer=given.installer,
        include=given.include,
        exclude=given.exclude,
        trial=not given.no_trial,
        env_file=given.env_file,
        event=given.event,
    )


def _zip_file(text: str) -> Path:
    path = Path(text)
    if path.suffix != ".zip":
        raise argparse.ArgumentTypeError(f"expected a name that ends in .zip, got {text!r}; --target makes a directory")
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is a directory")
    if not path.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no directory {str(path.parent)!r}")
    return path


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text!r}")
    return path
