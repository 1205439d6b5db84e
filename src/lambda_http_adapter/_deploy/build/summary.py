"""What ``build`` prints of its result: sizes, what isn't in it, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..platform import DOCKER_ARCHITECTURES, Platform
from ..sizes import MB, UNZIPPED_LIMIT, UPLOAD_LIMIT, size_text

if TYPE_CHECKING:
    from .entry import Entry
    from .project import ProjectFiles
    from .slimming import Installed

_SHOWN = 10  # packages in the table
_NAMED = 4  # files in a line


def megabytes(size: int) -> str:
    return f"{size / MB:.1f}"


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def left_out_lines(files: ProjectFiles) -> list[str]:
    """What isn't copied of the app's directory."""
    lines: list[str] = []
    for reason, names in files.left_out.items():
        lines.append(f"Left out ({reason}): {listed(names)}")
    return lines


def listed(names: Sequence[str]) -> str:
    """The first files, and how many there are besides."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(name if name.isprintable() else ascii(name) for name in names[:_NAMED]) + more


def size_rows(
    installed: Sequence[Installed], sizes: dict[str, int], zipped: dict[str, int], prefix: str
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The header and the rows of a table of the largest packages. ``prefix``: of the packages' files in the bundle."""
    parts = {f"{package.name} {package.version}": {prefix + file for file in package.files} for package in installed}
    of_packages = set().union(*parts.values())
    parts["the app and the wrapper"] = sizes.keys() - of_packages
    measured = {
        name: (sum(sizes.get(file, 0) for file in files), sum(zipped.get(file, 0) for file in files))
        for name, files in parts.items()
    }
    largest = sorted(measured, key=lambda name: measured[name], reverse=True)
    rest = largest[_SHOWN:]
    rows = [(name, *measured[name]) for name in largest[:_SHOWN]]
    if rest:
        both = [measured[name] for name in rest]
        rows.append((f"{len(rest)} more", sum(size for size, _ in both), sum(size for _, size in both)))
    if not zipped:
        return ("package", "MB"), [(name, megabytes(size)) for name, size, _ in rows]
    return (
        ("package", "MB", "MB zipped"),
        [(name, megabytes(size), megabytes(compressed)) for name, size, compressed in rows],
    )


def size_lines(name: str, size: int, zipped: int | None) -> list[str]:
    """The sizes in bytes as a sentence, and Lambda's limits where they are exceeded."""
    text = (
        f"{name}: {megabytes(size)} MB"
        if zipped is None
        else f"{name}: {megabytes(zipped)} MB, {megabytes(size)} MB unzipped"
    )
    lines = [text]
    if zipped is not None and zipped > UPLOAD_LIMIT:
        lines.append(
            f"Warning: Lambda takes up to {size_text(UPLOAD_LIMIT)} directly. Upload it to S3 and deploy it from there."
        )
    if size > UNZIPPED_LIMIT:
        lines.append(
            f"Warning: Lambda takes up to {size_text(UNZIPPED_LIMIT)} unzipped, with layers. An image can be larger: "
            "--image."
        )
    return lines


def handler_lines(platform: Platform, result: Path, entry: Entry) -> list[str]:
    """The function's properties, as in a SAM template."""
    lines = [
        "The function's properties in a SAM template:",
        f"  CodeUri: {result}",
        f"  Runtime: python{platform.python}",
        f"  Architectures: [{platform.architecture}]",
        f"  Handler: {entry.handler}",
    ]
    if not entry.is_handler:
        lines.append("  Environment: {Variables: {AWS_LAMBDA_EXEC_WRAPPER: /var/task/bootstrap}}")
    if result.suffix == ".zip":
        lines += [
            "To update a function that has them:",
            f"  aws lambda update-function-code --function-name NAME --zip-file fileb://{result}",
        ]
    return lines


def layer_lines(platform: Platform, result: Path) -> list[str]:
    lines = [
        "A function that uses the layer needs these properties in a SAM template:",
        f"  Runtime: python{platform.python}",
        f"  Architectures: [{platform.architecture}]",
        "  Environment: {Variables: {AWS_LAMBDA_EXEC_WRAPPER: /opt/bootstrap}}",
    ]
    if result.suffix == ".zip":
        lines += [
            "To publish it:",
            f"  aws lambda publish-layer-version --layer-name NAME --zip-file fileb://{result} "
            f"--compatible-runtimes python{platform.python} --compatible-architectures {platform.architecture}",
        ]
    return lines


def image_lines(platform: Platform, written: Sequence[str]) -> list[str]:
    docker = DOCKER_ARCHITECTURES[platform.architecture]
    return [
        f"Written: {', '.join(written)}",
        "To build the image:",
        f"  docker build --platform linux/{docker} --provenance=false --tag app .",
    ]
