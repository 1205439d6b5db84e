"""The script that AWS_LAMBDA_EXEC_WRAPPER names, as it is in the bundle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...._apps.importer import near_match
from ...wrapper import VARIABLE
from ..catalogue import finding
from ..finding import Finding
from .bundle import Bundle

_STARTS = b"-m lambda_http_adapter"


def check_wrapper(bundle: Bundle, layers: Sequence[Bundle], value: str | None) -> Iterator[Finding]:
    """``value`` is the variable's; without it, scripts that look like ours are checked."""
    if value is None:
        for path in own_scripts(bundle):
            yield from _check_script(bundle, path)
        return
    if value.startswith("/var/task/"):
        yield from _check_named(bundle, layers, value, value.removeprefix("/var/task/"))
    elif value.startswith("/opt/"):
        path = value.removeprefix("/opt/")
        for layer in layers:
            if layer.is_readable_file(path):
                yield from _check_script(layer, path)
    else:
        yield finding("wrapper-elsewhere", VARIABLE, value=value, name=value.rpartition("/")[2])


def starts_adapter(bundle: Bundle, layers: Sequence[Bundle], value: str) -> bool:
    """Whether the wrapper starts this package's loop. Another one may do anything."""
    path = value.removeprefix("/var/task/").removeprefix("/opt/")
    found = [(one, one.followed(path)) for one in (bundle, *layers)]
    return any(one.is_readable_file(path) and _STARTS in one.start(path, 10_000) for one, path in found)


def own_scripts(bundle: Bundle) -> list[str]:
    """Those of ``lambda-http-adapter wrapper`` at the top of the bundle."""
    tops = [member.path for member in bundle.files() if "/" not in member.path]
    scripts = [path for path in tops if "." not in path.removesuffix(".sh")]
    return [path for path in scripts if bundle.start(path, 2) == b"#!" and _STARTS in bundle.start(path, 10_000)]


def _check_named(bundle: Bundle, layers: Sequence[Bundle], value: str, path: str) -> Iterator[Finding]:
    if bundle.is_readable_file(bundle.followed(path)):
        yield from _check_script(bundle, bundle.followed(path))
        return
    name = path.rpartition("/")[2]
    elsewhere = [member.path for member in bundle.files() if member.path.rpartition("/")[2] == name]
    elsewhere += [f"/opt/{name}" for layer in layers if layer.is_readable_file(name)]
    near = f" It has {elsewhere[0]!r}." if elsewhere else near_match(path, [member.path for member in bundle.files()])
    yield finding("wrapper-missing", VARIABLE, value=value, path=path, near=near)


def _check_script(bundle: Bundle, path: str) -> Iterator[Finding]:
    member = bundle.members[path]
    if not member.is_executable:
        yield finding("wrapper-not-executable", path, path=path, mode=f"{member.mode & 0o777:o}")
    content = bundle.start(path, 10_000)
    first = content.partition(b"\n")[0]
    if content[:4] == b"\x7fELF":
        return
    if not first.startswith(b"#!/"):
        yield finding("wrapper-no-interpreter", path, path=path)
    elif first.endswith(b"\r"):
        yield finding("wrapper-line-ends", path, path=path)
