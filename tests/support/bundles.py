"""Bundles for AWS, made by code: files with modes, compiled libraries, bytecode."""

import _imp
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

MACHINES = {"x86_64": 62, "aarch64": 183, "i386": 3}


class Content(NamedTuple):
    """A file with its permission bits."""

    data: bytes
    mode: int = 0o644


class Link(NamedTuple):
    target: str


Files = Mapping[str, str | bytes | Content | Link]


def write_directory(directory: Path, files: Files) -> Path:
    for name, file in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(file, Link):
            path.symlink_to(file.target)
            continue
        content = _content(file)
        path.write_bytes(content.data)
        path.chmod(content.mode)
    return directory


def write_zip(path: Path, files: Files, system: int = 3) -> Path:
    """``system``: 3 for Unix, 0 for Windows, which keeps no mode."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in files.items():
            info = zipfile.ZipInfo(name, (2026, 1, 31, 12, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = system
            if isinstance(file, Link):
                info.external_attr = 0o120777 << 16
                archive.writestr(info, file.target)
            else:
                content = _content(file)
                info.external_attr = (0o100000 | content.mode) << 16 if system == 3 else 0
                archive.writestr(info, content.data)
    return path


def _content(file: str | bytes | Content) -> Content:
    if isinstance(file, Content):
        return file
    return Content(file.encode() if isinstance(file, str) else file)


def bytecode(source: str, *, python: str = "3.13", flags: int = 0b01, stamp: bytes | None = None) -> bytes:
    """The head of a ``.pyc``: with the hash of ``source``, else with ``stamp`` in its place."""
    magic = {"3.11": 3495, "3.12": 3531, "3.13": 3571}[python].to_bytes(2, "little") + b"\r\n"
    if stamp is None:
        stamp = _imp.source_hash(int.from_bytes(magic, "little"), source.encode())
    return magic + struct.pack("<I", flags) + stamp


def library(
    machine: str = "x86_64", versions: Mapping[str, int] | None = None, needed: tuple[str, ...] = ("libc.so.6",)
) -> bytes:
    """An ELF shared library that asks for these versions of symbols (their names and flags) and these libraries."""
    versions = {} if versions is None else versions
    strings = b"\0"
    positions = {}
    for name in (*needed, *versions):
        positions[name] = len(strings)
        strings += name.encode() + b"\0"
    head, segment = 64, 56
    dynamic_at = head + 2 * segment
    strings_at = dynamic_at + 16 * (len(needed) + 4)
    versions_at = strings_at + len(strings)
    dynamic = [(1, positions[name]) for name in needed]
    dynamic += [(5, strings_at), (0x6FFFFFFE, versions_at), (0x6FFFFFFF, 1 if versions else 0), (0, 0)]
    symbols = b"".join(
        struct.pack("<IHHII", 0, flags, 2, positions[name], 16 if index < len(versions) else 0)
        for index, (name, flags) in enumerate(versions.items(), 1)
    )
    needs = struct.pack("<HHIII", 1, len(versions), positions[needed[0]] if needed else 0, 16, 0) + symbols
    end = versions_at + len(needs)
    return b"".join(
        [
            struct.pack(
                "<4sBBB9xHHIQQQIHHHHHH",
                b"\x7fELF",
                2,
                1,
                1,
                3,
                MACHINES[machine],
                1,
                0,
                head,
                0,
                0,
                64,
                segment,
                2,
                0,
                0,
                0,
            ),
            struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, end, end, 4096),
            struct.pack("<IIQQQQQQ", 2, 6, dynamic_at, dynamic_at, 0, 16 * len(dynamic), 16 * len(dynamic), 8),
            *(struct.pack("<qQ", tag, value) for tag, value in dynamic),
            strings,
            needs,
        ]
    )
