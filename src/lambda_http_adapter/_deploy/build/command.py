"""``lambda-http-adapter build``: the steps, one after the other."""

from __future__ import annotations

import errno
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..._emulator.commands.typed_event import recorded_event
from ..._emulator.dev.options import read_env_file
from ..._emulator.doors.client import ClientRequest
from ..._emulator.doors.door import Door, door_of, find_door
from ...errors import ConfigurationError
from .. import wrapper
from ..interpreter import find_interpreter, find_uv, why_not_here
from .adapter_wheel import NAME, ON_DEMAND, needed_on_demand, write_adapter_wheel
from .archive import extract, files_below, make_readable, write_archive
from .bytecode import compile_sources, importable
from .entry import Entry, find_entry
from .image import WHEELS, dockerfile, write_recipe
from .installer import InstallError, install, install_command
from .local_projects import with_wheels
from .options import BuildOptions, parse_options
from .progress import Progress
from .project import ProjectFiles, project_files
from .requirements import find_requirements, home_of_requirements, requirement_names, rewritten
from .slimming import Installed, correct_records, slim
from .summary import (
    count,
    handler_lines,
    image_lines,
    layer_lines,
    left_out_lines,
    listed,
    megabytes,
    size_lines,
    size_rows,
)
from .trial import run_trial

if TYPE_CHECKING:
    from ..._values.request import LambdaEvent


class BuildError(Exception):
    """A step failed. The message says which one, and what to do."""


def main(arguments: Sequence[str]) -> None:
    """Raises ConfigurationError."""
    options = parse_options(arguments)
    try:
        if options.image is None:
            Build(options, Path.cwd(), Progress()).run()
        else:
            write_image(options, options.image, Path.cwd(), Progress())
    except BuildError as error:
        sys.exit(f"lambda-http-adapter: {error}")
    except OSError as error:
        sys.exit(f"lambda-http-adapter: {_complaint(error)}")


class Build:
    """One run of the command. ``_bundle`` is what becomes ``/var/task``, or ``/opt`` of a layer."""

    def __init__(self, options: BuildOptions, project: Path, progress: Progress) -> None:
        """Raises ConfigurationError before anything is done."""
        self._options = options
        self._project = project
        self._progress = progress
        self._result = options.target or options.archive or Path()
        if options.target is not None and options.target.exists() and _is_taken(options.target):
            raise ConfigurationError(f"{str(options.target)!r} is not an empty directory. Remove it, or name another.")
        self._uv = None if options.installer == "pip" else find_uv()
        if options.installer == "uv" and self._uv is None:
            raise ConfigurationError("uv is not installed: run `pip install uv`, or name --installer pip.")
        self._entry = None if options.layer else find_entry(project, options.app, options.app_dir)
        self._files = ProjectFiles({}, {})
        if self._entry is not None:
            self._files = project_files(self._entry.directory, [self._result], options.include, options.exclude)
            if wrapper.NAME in self._files.copied:
                raise ConfigurationError(f"The app has a file {wrapper.NAME!r}, the name of the wrapper. Rename it.")
        self._home = project
        if self._entry is not None and not options.requirements:
            self._home = home_of_requirements(self._entry.directory.resolve(), project)
        self._requirements = find_requirements(self._home, options.requirements, options.extra_requirements, self._uv)
        self._variables = {} if options.env_file is None else read_env_file(options.env_file)
        self._event = None if options.event is None else recorded_event(options.event)
        self._interpreter = find_interpreter(options.platform.python)

    def run(self) -> None:
        """Raises ConfigurationError, BuildError."""
        with tempfile.TemporaryDirectory(prefix="lambda-http-adapter-") as scratch:
            self._bundle = Path(scratch, "bundle")
            self._packages = self._bundle / "python" if self._options.layer else self._bundle
            self._packages.mkdir(parents=True)
            self._install(Path(scratch))
            self._copy()
            self._compile()
            make_readable(self._bundle)
            installed = correct_records(self._packages)
            zipped = self._write()
            self._report(installed, zipped)
            self._try(Path(scratch))

    def _install(self, scratch: Path) -> None:
        handler = "" if self._entry is None else self._entry.handler
        needed = needed_on_demand(self._files.copied.values(), handler)
        adapter = write_adapter_wheel(scratch, needed)
        list_of_all = scratch / "requirements.txt"
        not_needed = ON_DEMAND.keys() - needed
        lines = rewritten(self._requirements, self._home, adapter, not_needed)
        options = self._options
        command = install_command(
            self._uv,
            options.platform,
            self._interpreter,
            list_of_all,
            self._packages,
            [str(Path(place).absolute()) if Path(place).exists() else place for place in options.find_links],
            options.no_index,
        )
        sources = [str(self._home.relative_to(self._project) / source) for source in self._requirements.sources]
        source = " and ".join([*sources, *options.extra_requirements]) or f"{NAME} alone"
        by = "pip" if self._uv is None else "uv"
        with self._progress.step(
            f"Install for Python {options.platform.python} on {options.platform.architecture}"
        ) as step:
            try:
                lines = with_wheels(lines, self._home, self._uv, scratch, self._requirements.hashed)
                list_of_all.write_text("\n".join([*lines, ""]), "utf-8")
                install(command, self._home, step.say)
            except InstallError as error:
                raise BuildError(f"{by} can't install the requirements:\n{error}{_remedy(str(error))}") from None
            step.result = f"{source}, by {by}"
        saved = slim(self._packages)
        self._progress.line(
            f"Left out of the packages: {megabytes(saved)} MB of tests, symbol tables, type stubs, scripts"
        )
        self._progress.line(
            f"{NAME} {adapter.version} is a copy of this one, without {_names(not_needed, 'the emulator')}"
        )
        if self._uv is None:
            self._note_what_pip_cannot()

    def _note_what_pip_cannot(self) -> None:
        python = self._options.platform.python
        if self._interpreter is None:
            self._progress.line(
                f"Note: without a Python {python} on this machine, pip chose what depends on the version "
                "(python_version in a marker) by its own. uv chooses by the bundle's."
            )
        if list(self._requirements.sources) == ["pyproject.toml"] and (self._home / "uv.lock").exists():
            self._progress.line("Note: pip doesn't read uv.lock. The versions may be others than the locked ones.")

    def _copy(self) -> None:
        replaced: list[str] = []
        for name, path in self._files.copied.items():
            target = self._bundle / name
            if target.exists():
                replaced.append(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        wrapper.write_wrapper(self._bundle / wrapper.NAME)
        if self._entry is not None:
            self._progress.line(f"Copied from {self._entry.directory}: {count(len(self._files.copied), 'file')}")
        for line in left_out_lines(self._files):
            self._progress.line(line)
        if replaced:
            self._progress.line(f"Warning: the app's files replace those of installed packages: {listed(replaced)}")

    def _compile(self) -> None:
        python = self._options.platform.python
        if self._interpreter is None:
            self._progress.line(
                f"Warning: no bytecode, because there is no Python {python} on this machine. Every cold start compiles "
                f"what it imports again. `uv python install {python}` brings one."
            )
            return
        own = [name for name in self._files.copied if name.endswith(".py")]
        below = [name for name, _ in files_below(self._packages) if name.endswith(".py") and name not in own]
        offset = "python/" if self._options.layer else ""
        sources = [*own, *(offset + name for name in importable(self._packages, below))]
        prefix = "/opt" if self._options.layer else "/var/task"
        with self._progress.step(f"Compile {count(len(sources), 'file')}", len(sources)) as step:
            failed = compile_sources(self._bundle, sources, prefix, self._interpreter, step.advance)
        for name in sorted(failed.keys() & self._files.copied.keys()):
            self._progress.line(f"Warning: {name} can't be compiled: {failed[name]}")

    def _write(self) -> dict[str, int]:
        """The compressed size of each file, none for a directory."""
        if self._options.target is not None:
            _copy_whole(self._bundle, self._options.target)
            return {}
        files = dict(files_below(self._bundle))
        with self._progress.step(f"Write {self._result}", len(files)) as step:
            return write_archive(self._result, files, step.advance)

    def _report(self, installed: Sequence[Installed], zipped: dict[str, int]) -> None:
        sizes = {name: path.stat().st_size for name, path in files_below(self._bundle)}
        prefix = "python/" if self._options.layer else ""
        header, rows = size_rows(installed, sizes, zipped, prefix)
        self._progress.table(header, rows)
        total = self._result.stat().st_size if zipped else None
        for line in size_lines(str(self._result), sum(sizes.values()), total):
            self._progress.line(line)
        if self._entry is None:
            lines = layer_lines(self._options.platform, self._result)
        else:
            lines = handler_lines(self._options.platform, self._result, self._entry)
        self._progress.line("\n".join(["", *lines, ""]))

    def _try(self, scratch: Path) -> None:
        if self._entry is None or not self._options.trial:
            return
        platform = self._options.platform
        reason = why_not_here(platform.architecture, platform.python, self._interpreter)
        if self._interpreter is None or reason is not None:
            self._progress.line(f"Not tried: whether it starts and answers, because {reason}.")
            return
        bundle = self._bundle
        if self._options.archive is not None:
            bundle = extract(self._options.archive, scratch / "extracted")
        event, door, asked = self._request(self._entry)
        with self._progress.step("Try it") as step:
            result = run_trial(bundle, self._entry, self._interpreter, self._variables, event, door)
            step.result = result.summary(asked)
        if not result.succeeded:
            for record in result.log:
                self._progress.line(record)
            raise BuildError(f"{self._result} is written, but it failed the trial: {result.advice()}")

    def _request(self, entry: Entry) -> tuple[LambdaEvent | None, Door, str]:
        """The event of the trial, None for none, where its result is read, and how it is called."""
        if self._event is not None:
            return self._event, door_of(self._event), self._options.event or ""
        door = find_door("function-url")
        if not entry.takes_requests:
            return None, door, ""
        return door.event(ClientRequest("GET", "/", "", [], b"", "")), door, "GET /"


def write_image(options: BuildOptions, base: str, project: Path, progress: Progress) -> None:
    """Write the Dockerfile, what it needs, and say what to do next. Raises ConfigurationError."""
    entry = find_entry(project, options.app, options.app_dir)
    requirements = find_requirements(project, options.requirements, [], find_uv())
    names_adapter = NAME in requirement_names(requirements)
    text = dockerfile(base, options.platform, entry, project, requirements.sources, names_adapter)
    written = write_recipe(project, text)
    needed = needed_on_demand(project_files(entry.directory).copied.values(), entry.handler)
    (project / WHEELS).mkdir(exist_ok=True)
    wheel = write_adapter_wheel(project / WHEELS, needed)
    for line in image_lines(options.platform, [*written, str(wheel.path.relative_to(project))]):
        progress.line(line)


def _is_taken(path: Path) -> bool:
    return not path.is_dir() or any(path.iterdir())


def _copy_whole(source: Path, target: Path) -> None:
    """Copy a directory, or leave nothing of it: a part would look like a bundle."""
    try:
        for name, path in files_below(source):  # copytree would go on behind an error, and list one for each file
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target / name)
        make_readable(target)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise


def _complaint(error: OSError) -> str:
    """What the operating system refuses, and what to do about it."""
    reason = error.strerror or str(error)
    if error.errno == errno.ENOSPC:
        scratch = tempfile.gettempdir()
        return f"{reason}, for the result or in {scratch!r}. Make room, or let TMPDIR name another directory."
    return f"{error.filename!r}: {reason}." if error.filename else f"{reason}."


def _names(names: set[str], *more: str) -> str:
    *first, last = [*more, *sorted(names)]
    return f"{', '.join(first)} and {last}" if first else last


def _remedy(error: str) -> str:
    """A line of ours behind the installer's own; "" where that says enough."""
    if re.search(rf"{NAME}\s*[=<>!~]=?\s*\d", error):
        return f"\nA bundle gets the {NAME} that builds it: install the version that the requirements ask for."
    if re.search(r"no usable wheels|no wheels with a matching|Wheels are required|No matching distribution", error):
        return (
            "\nOnly wheels for Lambda's platform are installed. Of a package that has none, make one there "
            "(`pip wheel --no-deps --wheel-dir wheels NAME`) and build with --find-links wheels."
        )
    return ""
