"""Compiled libraries: what decides whether Lambda can load one, and a copy of one without what Lambda never loads.

https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

_LITTLE_64 = b"\x7fELF\x02\x01"  # arm64 and x86_64: all that Lambda has
_SEGMENT = struct.Struct("<IIQQQQQQ")
_HEAD = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SHARED_OBJECT = 3
_NO_BITS = 8
_STRING_TABLE = 3
_ALLOC = 2
_MACHINES = {3: "i386", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv"}
_LOAD, _DYNAMIC = 1, 2  # types of a segment
_NEEDED, _STRTAB, _VERNEED, _VERNEEDNUM = 1, 5, 0x6FFFFFFE, 0x6FFFFFFF  # tags of the dynamic section
_WEAK = 2  # the loader accepts that the version is missing
_MOST = 10_000  # entries of a table


# Reading, as the loader does: from the dynamic section


class Library(NamedTuple):
    """``machine`` as uname spells it. ``glibc`` is the newest version that it asks for, None without any. ``musl``:
    it was built for Alpine Linux."""

    machine: str
    glibc: tuple[int, int] | None
    musl: bool


def read_library(content: bytes) -> Library | None:
    """None for anything but an ELF file. A damaged one asks for nothing."""
    if content[:4] != b"\x7fELF" or len(content) < 64:
        return None
    number = struct.unpack_from("<H" if content[5] == 1 else ">H", content, 18)[0]
    machine = _MACHINES.get(number, f"machine {number}")
    if not content.startswith(_LITTLE_64):
        return Library(machine, None, False)
    try:
        names = list(_needed_names(content))
    except (struct.error, ValueError, OverflowError):
        names = []
    versions = [
        (int(found[1]), int(found[2])) for found in map(re.compile(r"GLIBC_(\d+)\.(\d+)").match, names) if found
    ]
    return Library(machine, max(versions, default=None), any(name.startswith("libc.musl-") for name in names))


def _needed_names(content: bytes) -> Iterator[str]:
    """The names of needed libraries, then of the versions of symbols that are needed of them."""
    segments = list(_segments(content))
    dynamic = next((segment for segment in segments if segment.kind == _DYNAMIC), None)
    if dynamic is None:
        return
    tags = dict[int, int]()
    needed = []
    for index in range(min(dynamic.size // 16, _MOST)):
        tag, value = struct.unpack_from("<qQ", content, dynamic.offset + 16 * index)
        if tag == 0:
            break
        if tag == _NEEDED:
            needed.append(value)
        tags[tag] = value
    if _STRTAB not in tags:
        return
    strings = _offset(segments, tags[_STRTAB])
    for position in needed:
        yield _string(content, strings + position)
    if _VERNEED in tags:
        versions = _versions(content, _offset(segments, tags[_VERNEED]), tags.get(_VERNEEDNUM, 0))
        for name, flags in islice(versions, _MOST):
            if not flags & _WEAK:
                yield _string(content, strings + name)


def _versions(content: bytes, position: int, count: int) -> Iterator[tuple[int, int]]:
    """Where the names of the versions are in the table of strings, and their flags."""
    for _ in range(min(count, _MOST)):
        _, symbols, _, first, step = struct.unpack_from("<HHIII", content, position)
        symbol = position + first
        for _ in range(symbols):
            _, flags, _, name, next_symbol = struct.unpack_from("<IHHII", content, symbol)
            yield name, flags
            symbol += next_symbol
        position += step


class _Segment(NamedTuple):
    kind: int
    offset: int
    address: int
    size: int


def _segments(content: bytes) -> Iterator[_Segment]:
    start = struct.unpack_from("<Q", content, 32)[0]
    size, count = struct.unpack_from("<HH", content, 54)
    for index in range(count):
        kind, _, offset, address, _, length = struct.unpack_from("<IIQQQQ", content, start + index * size)
        yield _Segment(kind, offset, address, length)


def _offset(segments: list[_Segment], address: int) -> int:
    """Where in the file the loader finds an address. Raises ValueError if it is nowhere."""
    for segment in segments:
        if segment.kind == _LOAD and segment.address <= address < segment.address + segment.size:
            return address - segment.address + segment.offset
    raise ValueError("an address in no segment")


def _string(content: bytes, position: int) -> str:
    return content[position : content.index(b"\0", position)].decode("ascii", "replace")


# Stripping: takes debug information and symbol tables out, as `strip` does for its own machine's libraries only. What a
# process loads are segments. Sections are for linkers and debuggers; those with SHF_ALLOC are in a segment too and come
# first. The rest is cut off, and the table of sections, at the end of the file, is written anew.


def stripped(content: bytes) -> bytes:
    """A shared object without the sections that aren't loaded; anything else, or one of another layout, unchanged."""
    try:
        return _stripped(content) if content.startswith(_LITTLE_64) else content
    except (struct.error, IndexError, ValueError):
        return content


def _stripped(content: bytes) -> bytes:
    head = list(_HEAD.unpack_from(content))
    kind, segments_at, sections_at = head[1], head[5], head[6]
    segment_count, section_count, names_index = head[10], head[12], head[13]
    sections = [list(_SECTION.unpack_from(content, sections_at + n * _SECTION.size)) for n in range(section_count)]
    kept = _leading_allocated(sections)
    if kind != _SHARED_OBJECT or not kept or any(section[2] & _ALLOC for section in sections[len(kept) :]):
        return content
    if any(section[6] >= len(kept) for section in kept):
        return content  # it refers to one that would go
    ends = [segments_at + segment_count * _SEGMENT.size]
    for n in range(segment_count):
        segment = _SEGMENT.unpack_from(content, segments_at + n * _SEGMENT.size)
        ends.append(segment[2] + segment[5])
    ends += [section[4] + section[5] for section in kept if section[1] != _NO_BITS]
    body = content[: max(ends)]
    all_names = content[sections[names_index][4] :]
    names = b"\0"
    for section in kept[1:]:
        name = all_names[section[0] : all_names.index(b"\0", section[0]) + 1]
        section[0] = len(names)
        names += name
    own = len(names)
    names += b".shstrtab\0"
    table_at = -(-(len(body) + len(names)) // 8) * 8
    kept.append([own, _STRING_TABLE, 0, 0, len(body), len(names), 0, 0, 1, 0])
    head[6], head[12], head[13] = table_at, len(kept), len(kept) - 1
    table = b"".join(_SECTION.pack(*section) for section in kept)
    result = _HEAD.pack(*head) + (body + names).ljust(table_at, b"\0")[_HEAD.size :] + table
    return result if len(result) < len(content) else content


def _leading_allocated(sections: list[list[int]]) -> list[list[int]]:
    """The empty first section and the loaded ones behind it."""
    kept = sections[:1]
    for section in sections[1:]:
        if not section[2] & _ALLOC:
            break
        kept.append(section)
    return kept
