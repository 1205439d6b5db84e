"""All checks of a bundle and a template, in order."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import NamedTuple, cast

from ..._apps.importer import near_match
from ...errors import ConfigurationError
from ..platform import ARCHITECTURES, DOCKER_ARCHITECTURES, MANAGED_RUNTIMES, Architecture
from ..sizes import GB
from .bundle.binaries import check_binaries
from .bundle.bundle import Bundle, BundleError
from .bundle.bytecode import check_bytecode
from .bundle.distributions import read_distributions
from .bundle.secrets import check_secrets
from .bundle.sources import open_bundle, open_directory
from .bundle.target import Target, find_target, image_architecture
from .bundle.unpacking import check_permissions, check_sizes
from .catalogue import finding
from .finding import Finding
from .function_check import Examined, check_function, check_sources
from .template.function import Function, functions_of
from .template.image_start import docker_context
from .template.settings import check_front_doors, check_memory, check_options, check_runtime
from .template.template import Template, find_template, read_template

_BUILT = Path("function.zip")  # what `lambda-http-adapter build` writes
_LARGEST = 2 * GB
"""Bytes. Of a larger bundle only names and sizes are looked at: it may have been made to fill this machine."""


class Report(NamedTuple):
    """``notes`` are sentences about what was guessed or not checked. ``times`` is what ``-X importtime`` printed,
    ``handler`` what was imported; both "" without an import."""

    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    subject: str
    handler: str = ""
    times: str = ""


def examine(options: argparse.Namespace, variables: Mapping[str, str], today: date) -> Report:
    """Raises ConfigurationError for an option that can't be followed."""
    template = _template(options)
    functions = _functions(options, template, variables)
    findings: list[Finding] = []
    notes: list[str] = []
    for function in functions:
        findings += check_runtime(function, today)
        if template is not None and function.name:
            findings += check_memory(function, template)
    paths = _bundles(options, template, functions)
    examined = [_examine_bundle(path, _deployed(path, functions), template, options) for path in paths]
    if template is not None and options.bundle is None:
        examined += [_examine_sources(one, template, options) for one in functions if one.code not in paths]
        if not paths:
            notes.append(f"No bundle was looked into: {template.path} names sources. Build it, and name the result.")
    for one in examined:
        findings += one.findings
        notes += one.notes
    if template is not None:
        streams_in_code = any(one.streams_in_code for one in examined)
        for function in functions:
            findings += check_options(function, template)
            findings += check_front_doors(function, template, streams_in_code)
    elif functions[0].variables:
        findings += check_options(functions[0], None)
    imported = next((one for one in examined if one.times), None)
    subjects = [*paths, *([template.path] if template is not None else [])]
    return Report(
        tuple(dict.fromkeys(findings)),
        tuple(dict.fromkeys(notes)),
        " and ".join("this directory" if path == Path() else str(path) for path in subjects),
        imported.handler if imported is not None else "",
        imported.times if imported is not None else "",
    )


def _template(options: argparse.Namespace) -> Template | None:
    if options.template is not None:
        return read_template(options.template)
    beside = Path() if options.bundle is None else options.bundle.parent
    for directory in dict.fromkeys((Path(), beside)):
        path = find_template(directory)
        if path is not None:
            return read_template(path)
    return None


def _functions(options: argparse.Namespace, template: Template | None, variables: Mapping[str, str]) -> list[Function]:
    """Those of the template, with what the command line says in the place of the template's."""
    functions = list(functions_of(template)) if template is not None else []
    if options.function is not None:
        names = [function.name for function in functions]
        functions = [function for function in functions if function.name == options.function]
        if not functions:
            listed = f"expected one of: {', '.join(names)}" if names else "there is no template with functions"
            raise ConfigurationError(
                f"--function: there is no function {options.function!r}; {listed}.{near_match(options.function, names)}"
            )
    return [_with_options(function, options, variables) for function in functions or [Function("")]]


def _with_options(function: Function, options: argparse.Namespace, variables: Mapping[str, str]) -> Function:
    runtime = function.runtime
    if options.python is not None and not function.is_image:
        runtime = f"python{options.python}"
    return function._replace(
        handler=options.handler or function.handler,
        runtime=runtime,
        architecture=options.arch or function.architecture,
        variables={**function.variables, **variables},
    )


def _bundles(options: argparse.Namespace, template: Template | None, functions: Sequence[Function]) -> list[Path]:
    """The bundle of the command line, else those that the template has built, else build's, else this directory."""
    if options.bundle is not None:
        return [options.bundle]
    if template is None:
        return [_BUILT if _BUILT.is_file() else Path()]
    paths = {function.code for function in functions if function.code is not None}
    return sorted(path for path in paths if path.is_file() or (path.is_dir() and _is_built(path, template)))


def _is_built(directory: Path, template: Template) -> bool:
    """Whether it is what will be uploaded: requirements are installed in it, or a tool says so."""
    return template.is_built or any(directory.glob("*.dist-info"))


def _deployed(path: Path, functions: Sequence[Function]) -> list[Function]:
    """The functions that a bundle is for: those whose code it is, else all."""
    own = [one for one in functions if one.code is not None and one.code.resolve() == path.resolve()]
    return own or list(functions)


def _examine_bundle(
    path: Path, functions: Sequence[Function], template: Template | None, options: argparse.Namespace
) -> Examined:
    try:
        with ExitStack() as archives:
            bundle = open_bundle(path, archives)
            layers = [open_bundle(layer, archives) for layer in options.layer]
            return _examine_open(bundle, layers, functions, template, options)
    except BundleError as error:
        return Examined([finding("bundle-unreadable", bundle=str(path), reason=error.reason)])


def _examine_sources(function: Function, template: Template, options: argparse.Namespace) -> Examined:
    """What can be said before a bundle is built: the sources have neither the requirements nor bytecode."""
    directory = docker_context(function, template) if function.is_image else function.code
    if directory is None or not directory.is_dir():
        return check_function(function, None, template, options)
    bundle = open_directory(directory)
    return check_sources(function, bundle, template, options)


def _examine_open(
    bundle: Bundle,
    layers: Sequence[Bundle],
    functions: Sequence[Function],
    template: Template | None,
    options: argparse.Namespace,
) -> Examined:
    fitting = [function for function in functions if function.is_image == (bundle.form == "image")] or list(functions)
    if template is None:
        fitting = [function._replace(is_image=bundle.form == "image") for function in fitting]
    findings = [*check_permissions(bundle), *check_sizes(bundle, layers)]
    if sum(one.unzipped_size for one in (bundle, *layers) if one.form != "image") > _LARGEST:
        return Examined(findings, ["Only names and sizes were looked at: the bundle is too large to be looked into."])
    target = _target(bundle, fitting[0], options)
    for one in (bundle, *layers):
        findings += _check_files(one, target)
    built = image_architecture(bundle) if bundle.form == "image" else None
    if built is not None and fitting[0].architecture not in (None, built):
        findings.append(_other_architecture(fitting[0], built))
    examined = Examined(findings, [target.guessed] if target.guessed else [])
    for function in fitting:
        examined = examined.joined(check_function(function, bundle, template, options, layers, target))
    return examined


def _target(bundle: Bundle, function: Function, options: argparse.Namespace) -> Target:
    python = options.python
    if python is None and function.runtime is not None and function.runtime.startswith("python3."):
        python = function.runtime.removeprefix("python")
        python = python if python in MANAGED_RUNTIMES else min(MANAGED_RUNTIMES)
    architecture = function.architecture if function.architecture in ARCHITECTURES else None
    if bundle.form == "image":
        architecture = options.arch
    return find_target(bundle, python, architecture)


def _check_files(bundle: Bundle, target: Target) -> Iterator[Finding]:
    distributions = read_distributions(bundle)
    yield from check_binaries(bundle, distributions, target)
    yield from check_bytecode(bundle, target)
    yield from check_secrets(bundle, distributions)


def _other_architecture(function: Function, built: Architecture) -> Finding:
    wanted = str(function.architecture)
    docker = DOCKER_ARCHITECTURES.get(cast("Architecture", wanted), wanted)
    return finding("architecture-image", function.name, machine=built, built=built, architecture=wanted, docker=docker)
