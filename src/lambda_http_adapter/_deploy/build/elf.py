"""Takes debug information and symbol tables out of compiled modules, as ``strip`` does for its own machine's only.

https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.sheader.html
"""

# What a process loads are segments. Sections are for linkers and debuggers; those with SHF_ALLOC are in a segment too
# and come first. The rest is cut off, and the table of sections, at the end of the file, is written anew.

from __future__ import annotations

import struct

_HEAD = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_LITTLE_64 = b"\x7fELF\x02\x01"  # arm64 and x86_64
_SHARED_OBJECT = 3
_NO_BITS = 8
_STRING_TABLE = 3
_ALLOC = 2


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
