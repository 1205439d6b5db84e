"""What the import of a handler says about a function, and whether what serves it can call it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ...._apps.importer import near_match
from ..bundle.bundle import Bundle
from ..catalogue import finding
from ..finding import Finding
from .entry_point import EntryPoint, Loop, kind_in_source
from .import_run import ImportRun


def missing_module(run: ImportRun) -> str:
    """The top of the module that an import didn't find; "" if it was something else that failed."""
    return run.text("name").partition(".")[0] if run.text("error") == "ModuleNotFoundError" else ""


def check_import(run: ImportRun, entry_point: EntryPoint, bundles: Sequence[Bundle], limit: float) -> Iterator[Finding]:
    handler = entry_point.text
    connected = run.text("connected")
    if connected:
        yield finding("import-connects", "Handler", handler=handler, address=connected)
    if run.timed_out:
        yield finding("import-slow", "Handler", handler=handler, limit=f"{limit:g}")
    elif run.ending:
        yield finding("import-ends", "Handler", handler=handler, ending=run.ending)
    elif run.text("error") and not connected:
        yield _failure(run, handler, bundles)
    elif run.text("missing"):
        names = run.answer.get("names")
        yield finding(
            "attribute-missing",
            "Handler",
            handler=handler,
            module=entry_point.module,
            attribute=run.text("missing"),
            near=near_match(run.text("missing"), names if isinstance(names, list) else []),
        )


def _failure(run: ImportRun, handler: str, bundles: Sequence[Bundle]) -> Finding:
    message = run.text("message").partition("\n")[0][:300]
    error = f"{run.text('error')}: {message}" if message else run.text("error")
    place = f", in {run.text('place')}" if run.text("place") else ""
    return finding("import-fails", "Handler", handler=handler, error=error, place=place, cause=_cause(run, bundles))


def _cause(run: ImportRun, bundles: Sequence[Bundle]) -> str:
    """What to do about the error of an import."""
    error = run.text("error")
    message = run.text("message")
    name = run.text("name")
    if missing_module(run):
        return _cause_of_missing(name, bundles)
    if error == "ImportError" and "shared object file" in message:
        library = message.partition(":")[0]
        return f"Put the library {library!r} into lib/ of the bundle or of a layer: Amazon Linux has few of them."
    if error in ("SyntaxError", "IndentationError"):
        return "Correct the source, or take the version of Python that it is written for."
    if error == "KeyError" and re.fullmatch(r"'[A-Z][A-Z0-9_]+'", message):
        return f"Set the variable {message.strip(chr(39))} in the function's environment; --env-file gives it here."
    if error == "SystemExit":
        return "Don't leave the process in a module that is imported."
    return "Correct it: `lambda-http-adapter dev` shows the whole traceback."


def _cause_of_missing(name: str, bundles: Sequence[Bundle]) -> str:
    top = name.partition(".")[0]
    inside = name.replace(".", "/")
    others = [
        member.path
        for bundle in bundles
        for member in bundle.files()
        if re.fullmatch(rf"(?:.*/)?{re.escape(inside)}\.(?:cpython|cp|abi)[\w-]*\.(?:so|pyd)", member.path)
    ]
    if others:
        return f"The bundle has it for another Python or machine only: {others[0]!r}."
    if any(
        member.path.startswith(f"{root}{top}/")
        for bundle in bundles
        for root in bundle.roots
        for member in bundle.files()
    ):
        return f"The bundle has {top!r}, but this part of it is missing: was it left out to save space?"
    if _is_required(top, bundles):
        return (
            f"The requirements name {top!r}, but it isn't installed in the bundle: `pip install --target`, or build it."
        )
    return (
        f"Add what {top!r} comes from to the requirements, and install them into the bundle; name a layer with --layer."
    )


def _is_required(name: str, bundles: Sequence[Bundle]) -> bool:
    for bundle in bundles:
        path = f"{bundle.task_root}requirements.txt"
        if bundle.is_readable_file(path):
            wanted = re.escape(name).replace("_", "[-_.]")
            if re.search(rf"^{wanted}\b", bundle.text(path), re.MULTILINE | re.IGNORECASE):
                return True
    return False


def check_call(run: ImportRun | None, entry_point: EntryPoint, loop: Loop, bundle: Bundle) -> Iterator[Finding]:
    """Whether what serves the handler calls it with what it expects."""
    if run is None:
        kind, made_by, found = kind_in_source(entry_point, bundle), "", ""
    else:
        kind, made_by, found = run.text("kind"), run.text("made_by"), run.text("is")
        if not found:
            return  # the import has failed
    handler = entry_point.text
    if run is not None and not kind:
        yield finding("entry-point-not-app", "Handler", handler=handler, found=found)
    elif loop == "aws" and kind in ("asgi", "wsgi"):
        article = "an ASGI" if kind == "asgi" else "a WSGI"
        yield finding("handler-is-app", "Handler", handler=handler, kind=article, function=f"{kind}_handler")
    elif loop == "aws" and kind == "http":
        yield finding("handler-is-request-handler", "Handler", handler=handler)
    elif loop == "ours" and made_by:
        yield finding("wrapper-on-handler", "Handler", handler=handler, function=made_by)
