"""Zip files that are the same, byte for byte, whenever and wherever they are made of the same files."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip file can hold
_UNIX = 3
_FILE = 0o100644
_EXECUTABLE = 0o100755


def write_archive(
    path: Path, files: Mapping[str, bytes | Path], on_file: Callable[[], None] | None = None
) -> dict[str, int]:
    """Write the zip file ``path`` in one step, and return each member's compressed size in bytes.

    ``files``: name → content, or a file with the content. Every member is readable by everyone, as Lambda's user isn't
    its owner, and executable if the file is.
    """
    sizes: dict[str, int] = {}
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")  # two builds may write at once
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name in sorted(files):
                member = zipfile.ZipInfo(name, _DATE)
                member.compress_type = zipfile.ZIP_DEFLATED
                member.create_system = _UNIX
                member.external_attr = _mode(files[name]) << 16
                archive.writestr(member, _content(files[name]))
                sizes[name] = member.compress_size
                if on_file is not None:
                    on_file()
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return sizes


def extract(archive: Path, directory: Path) -> Path:
    """Unpack an archive of ours as Lambda does, with the modes of its members. Returns ``directory``."""
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            os.chmod(opened.extract(member, directory), member.external_attr >> 16)
    return directory


def make_readable(directory: Path) -> None:
    """Let everyone read what is in the directory: Lambda's user isn't the owner of the files."""
    for parent, _, names in os.walk(directory):
        os.chmod(parent, 0o755)
        for name in names:
            path = Path(parent, name)
            path.chmod(_mode(path) & 0o777)


def files_below(directory: Path) -> Iterator[tuple[str, Path]]:
    """The files in a directory with their names from there."""
    for parent, directories, names in os.walk(directory):
        directories.sort()
        for name in sorted(names):
            path = Path(parent, name)
            yield path.relative_to(directory).as_posix(), path


def _mode(content: bytes | Path) -> int:
    if isinstance(content, Path) and content.stat().st_mode & 0o111:
        return _EXECUTABLE
    return _FILE


def _content(content: bytes | Path) -> bytes:
    return content if isinstance(content, bytes) else content.read_bytes()
