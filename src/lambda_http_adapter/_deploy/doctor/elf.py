"""The two facts about a compiled library that decide whether Lambda can load it: its machine, and the C library it asks
for. Read as the loader does, from the dynamic section.

https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

_MACHINES = {3: "i386", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv"}
_LOAD, _DYNAMIC = 1, 2  # types of a segment
_NEEDED, _STRTAB, _VERNEED, _VERNEEDNUM = 1, 5, 0x6FFFFFFE, 0x6FFFFFFF  # tags of the dynamic section
_WEAK = 2  # the loader accepts that the version is missing
_MOST = 10_000  # entries of a table


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
    if content[4:6] != b"\x02\x01":  # 64 bits, little-endian: all that Lambda has
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
