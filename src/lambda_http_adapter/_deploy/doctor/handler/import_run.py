"""The import of a function's handler in a process of its own, with the bundle alone on the path."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ...environment import lambda_environment
from ..bundle.bundle import Bundle, BundleError, link_leads_out
from . import import_process
from .entry_point import EntryPoint

_OWN = Path(__file__).parents[4]  # the directory that lambda_http_adapter is imported from


class ImportRun(NamedTuple):
    """``answer`` is the child's: see ``import_process``. ``ending`` says how a process without an answer ended, ""
    otherwise. ``times`` is what ``-X importtime`` printed during the import."""

    answer: Mapping[str, object]
    ending: str
    timed_out: bool
    times: str

    def text(self, key: str) -> str:
        value = self.answer.get(key, "")
        return value if isinstance(value, str) else ""


def try_import(
    entry_point: EntryPoint,
    bundles: Sequence[Bundle],
    interpreter: str,
    variables: Mapping[str, str],
    limit: float,
) -> ImportRun:
    """Import the handler, for ``limit`` seconds at most. Raises BundleError if a bundle can't be unpacked."""
    with tempfile.TemporaryDirectory(prefix="lambda-http-adapter-") as scratch:
        roots = []
        for number, bundle in enumerate(bundles):
            directory = _directory(bundle, Path(scratch) / str(number))
            roots += [os.path.join(directory, root).rstrip("/") for root in bundle.roots]
        if entry_point.root is not None:
            roots.insert(0, os.path.join(_directory(bundles[0], Path(scratch) / "0"), entry_point.root).rstrip("/"))
        answer_file = Path(scratch) / "answer.json"
        command = [
            interpreter, "-I", "-S", "-B", "-X", "importtime", import_process.__file__,
            str(answer_file), str(_OWN), entry_point.module, entry_point.attribute, entry_point.factory, *roots,
        ]  # fmt: skip
        environment = _environment(entry_point, roots[0], variables)
        return _run(command, environment, roots[0], answer_file, limit)


def _run(
    command: Sequence[str], environment: Mapping[str, str], cwd: str, answer_file: Path, limit: float
) -> ImportRun:
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
        try:
            code = process.wait(limit)
            timed_out = False
        except subprocess.TimeoutExpired:
            code = 0
            timed_out = True
        finally:
            _end(process)
        errors.seek(0)
        written = errors.read().decode("utf-8", "replace")
    times = written.partition(import_process.BEGIN)[2].partition(import_process.END)[0]
    try:
        answer = json.loads(answer_file.read_bytes())
    except (FileNotFoundError, ValueError):
        return ImportRun({}, "" if timed_out else _ending(code), timed_out, times)
    return ImportRun(answer, "", timed_out, times)


def _end(process: subprocess.Popen[bytes]) -> None:
    """With all processes that the app has started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # all have ended; macOS says that they belong to another user until their ends are known
    process.wait()


def _ending(code: int) -> str:
    if code < 0:
        return f"the signal {signal.Signals(-code).name}"
    return f"exit code {code}"


def _environment(entry_point: EntryPoint, task_root: str, variables: Mapping[str, str]) -> dict[str, str]:
    """Lambda's variables without its credentials. None of this machine's are inherited."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/tmp",
        "AWS_EC2_METADATA_DISABLED": "true",
        **lambda_environment("doctor", task_root, entry_point.text),
        **variables,
    }


def _directory(bundle: Bundle, scratch: Path) -> str:
    """The bundle's own, or one that it is unpacked into."""
    if os.path.isdir(bundle.name):
        return os.path.abspath(bundle.name)
    if not scratch.exists():
        with _space(bundle):
            _unpack(bundle, scratch)
    return str(scratch)


@contextmanager
def _space(bundle: Bundle) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BundleError(bundle.name, f"it can't be unpacked ({error.strerror})") from None


def _unpack(bundle: Bundle, directory: Path) -> None:
    """The files that modules are imported from, then the links between them.

    Nothing is written through a link: when the first one is made, each file and each directory is there.
    """
    directory.mkdir()
    links = []
    for path, member in bundle.members.items():
        if not path.startswith(bundle.roots):
            continue
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if member.kind == "link":
            links.append((target, member))
        elif member.kind == "directory":
            target.mkdir(exist_ok=True)
        elif bundle.is_readable_file(path):
            target.write_bytes(bundle.read(path))
            os.utime(target, (member.modified, member.modified))
    for target, member in links:
        if member.target and not member.target.startswith("/") and not link_leads_out(member):
            target.symlink_to(member.target)
