"""The checks of one function: its wrapper, its handler, what its image starts."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from ..._apps.discovery import find_app
from ...errors import ConfigurationError
from ..interpreter import find_interpreter, why_not_here
from ..platform import RUNTIME_PACKAGES
from ..wrapper import VARIABLE
from .bundle.bundle import Bundle
from .bundle.target import Target
from .bundle.wrapper import check_wrapper, own_scripts, starts_adapter
from .catalogue import finding
from .finding import Finding
from .handler.entry_point import EntryPoint, Loop, check_attribute, check_module, parse_entry_point
from .handler.handler import check_call, check_import, missing_module
from .handler.import_run import ImportRun, try_import
from .template.function import Function
from .template.image_start import ImageStart, check_image_start, dockerfile_of, image_start
from .template.template import Template

_ADAPTER = "lambda_http_adapter"
_BOOTSTRAP = "/var/task/bootstrap"  # what Lambda starts without a managed runtime


class Examined(NamedTuple):
    """``streams_in_code``: the app's sources name the invoke mode, so that its variable need not be set."""

    findings: list[Finding]
    notes: Sequence[str] = ()
    streams_in_code: bool = False
    handler: str = ""
    times: str = ""

    def joined(self, other: Self) -> Self:
        return self._replace(
            findings=self.findings + other.findings,
            notes=(*self.notes, *other.notes),
            streams_in_code=self.streams_in_code or other.streams_in_code,
            handler=self.handler or other.handler,
            times=self.times or other.times,
        )


def check_function(
    function: Function,
    bundle: Bundle | None,
    template: Template | None,
    options: argparse.Namespace,
    layers: Sequence[Bundle] = (),
    target: Target | None = None,
) -> Examined:
    start = _image_start(function, template, options) if function.is_image else None
    findings = list(check_image_start(start, function.name or "image")) if start is not None else []
    if bundle is None or target is None:
        return Examined(findings)
    if bundle.is_layer:
        return Examined(list(check_wrapper(bundle, (), None)))
    wrapper = function.variables.get(VARIABLE)
    if function.has_managed_runtime:
        findings += check_wrapper(bundle, layers, wrapper)
    loop = _loop(function, bundle, layers, start)
    if not _has_unseen_layers(function, layers):
        findings += _check_adapter(loop, bundle, layers, wrapper)
    examined = Examined(findings, streams_in_code=_streams_in_code(bundle))
    handler = function.handler
    if handler is None:
        handler = _found_handler(function, start, bundle)
        loop = loop if function.is_image else "other"
    if handler is None:
        note = "The handler wasn't looked at, because nothing names it. A template or --handler does."
        return examined.joined(Examined([], [note]))
    if loop == "aws" and function.variables.get("LAMBDA_HTTP_ADAPTER_INVOKE_MODE", "").lower() == "response_stream":
        examined.findings.append(finding("stream-mode-unavailable", function.name, handler=handler))
    return examined.joined(_check_handler(handler, loop, function, bundle, layers, target, options))


def check_sources(function: Function, bundle: Bundle, template: Template, options: argparse.Namespace) -> Examined:
    """The same for the directory that a bundle will be made of. Nothing is imported."""
    examined = check_function(function, None, template, options)
    examined = examined._replace(streams_in_code=_streams_in_code(bundle))
    if function.is_image or function.handler is None:
        return examined
    wrapper = function.variables.get(VARIABLE)
    loop = _loop(function, bundle, (), None)
    entry_point = parse_entry_point(function.handler, loop, bundle)
    examined.findings.extend(check_wrapper(bundle, (), wrapper))
    if isinstance(entry_point, Finding):
        examined.findings.append(entry_point)
    else:
        examined.findings.extend(_read(entry_point, loop, bundle))
    return examined


def _read(entry_point: EntryPoint, loop: Loop, bundle: Bundle) -> Iterator[Finding]:
    """What can be said without an import."""
    yield from check_module(entry_point, bundle)
    yield from check_attribute(entry_point, bundle)
    yield from check_call(None, entry_point, loop, bundle)


def _image_start(function: Function, template: Template | None, options: argparse.Namespace) -> ImageStart | None:
    dockerfile: Path | None = options.dockerfile
    if dockerfile is not None and not dockerfile.is_file():
        raise ConfigurationError(f"There is no file {str(dockerfile)!r}, which --dockerfile names.")
    if dockerfile is None:
        dockerfile = dockerfile_of(function, template) if template is not None else Path("Dockerfile")
    return image_start(function, template, dockerfile)


def _loop(function: Function, bundle: Bundle, layers: Sequence[Bundle], start: ImageStart | None) -> Loop:
    if function.is_image:
        return start.loop if start is not None else "other"
    if not function.has_managed_runtime:
        return "ours" if starts_adapter(bundle, layers, _BOOTSTRAP) else "other"
    wrapper = function.variables.get(VARIABLE)
    if wrapper is None:
        # Without a template the variable isn't known: a script of ours is in the bundle to be named by it.
        return "ours" if function.name == "" and own_scripts(bundle) else "aws"
    return "ours" if starts_adapter(bundle, layers, wrapper) else "other"


def _check_adapter(loop: Loop, bundle: Bundle, layers: Sequence[Bundle], wrapper: str | None) -> Iterator[Finding]:
    if loop == "ours" and not any(_has_adapter(one) for one in (bundle, *layers)):
        yield finding("adapter-missing", starter="The wrapper" if wrapper is not None else "The function")


def _has_adapter(bundle: Bundle) -> bool:
    return any(bundle.is_readable_file(f"{root}{_ADAPTER}/__init__.py") for root in bundle.roots)


def _found_handler(function: Function, start: ImageStart | None, bundle: Bundle) -> str | None:
    """Of an image the command's last word; of a directory the app that `run` would find."""
    if start is not None:
        return start.handler
    if bundle.form == "directory" and function.name == "":
        try:
            return find_app(Path(bundle.name), {})
        except ConfigurationError:
            return None
    return None


def _check_handler(
    handler: str,
    loop: Loop,
    function: Function,
    bundle: Bundle,
    layers: Sequence[Bundle],
    target: Target,
    options: argparse.Namespace,
) -> Examined:
    entry_point = parse_entry_point(handler, loop, bundle)
    if isinstance(entry_point, Finding):
        return Examined([entry_point])
    bundles = (bundle, *layers)
    unseen = _has_unseen_layers(function, layers)
    missing = [] if layers or unseen else list(check_module(entry_point, bundle))
    if missing:
        return Examined(missing)
    run, note = _import(entry_point, function, bundles, target, options)
    notes = [note] if note else []
    stop = missing_module(run) if run is not None else ""
    in_runtime = stop in RUNTIME_PACKAGES and function.has_managed_runtime
    if run is not None and not in_runtime and not (stop and unseen):
        return Examined(_judge(run, entry_point, loop, bundles, options), notes, handler=handler, times=run.times)
    if in_runtime:
        notes.append(f"The import of {handler!r} ended at {stop!r}: AWS's runtime has it, this bundle hasn't.")
    elif stop:
        notes.append(f"The import of {handler!r} ended at {stop!r}, which may be in a layer: name it with --layer.")
    read = list(_read(entry_point, loop, bundle))
    return Examined([one for one in read if not (unseen and one.id == "module-missing")], notes)


def _judge(
    run: ImportRun, entry_point: EntryPoint, loop: Loop, bundles: Sequence[Bundle], options: argparse.Namespace
) -> list[Finding]:
    return [
        *check_import(run, entry_point, bundles, options.time_limit),
        *check_call(run, entry_point, loop, bundles[0]),
    ]


def _has_unseen_layers(function: Function, layers: Sequence[Bundle]) -> bool:
    """Whether the template names layers that the command line doesn't."""
    return function.has_layers and not layers


def _import(
    entry_point: EntryPoint, function: Function, bundles: Sequence[Bundle], target: Target, options: argparse.Namespace
) -> tuple[ImportRun | None, str]:
    """None if the handler wasn't imported, and why not."""
    if options.no_import:
        return None, ""
    interpreter = find_interpreter(target.python)
    reason = why_not_here(target.architecture, target.python, interpreter)
    if interpreter is None or reason is not None:
        return None, f"{entry_point.text!r} wasn't imported, only read, because {reason}."
    return try_import(entry_point, bundles, interpreter, function.variables, options.time_limit), ""


def _streams_in_code(bundle: Bundle) -> bool:
    """Whether a source at the top of the bundle, or one level below, names the invoke mode."""
    for member in bundle.files():
        inside = member.path.removeprefix(bundle.task_root)
        own = inside.endswith(".py") and inside.count("/") <= 1 and not inside.startswith(f"{_ADAPTER}/")
        if own and b"invoke_mode" in bundle.read(member.path):
            return True
    return False
