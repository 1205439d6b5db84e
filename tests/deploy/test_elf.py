"""Compiled libraries: what is read from them, as the loader reads it, and what stripping leaves."""

import struct
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_http_adapter._deploy.elf import Library, read_library, stripped
from tests.support.bundles import library


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (library("x86_64", {"GLIBC_2.2.5": 0, "GLIBC_2.38": 0, "GLIBC_2.17": 0}), Library("x86_64", (2, 38), False)),
        (library("aarch64", {"GLIBC_2.17": 0}), Library("aarch64", (2, 17), False)),
        (library("x86_64", {"GLIBC_2.17": 0, "GLIBC_2.40": 2}), Library("x86_64", (2, 17), False)),  # weak
        (library("x86_64", {"GCC_3.0": 0, "GLIBC_PRIVATE": 0}), Library("x86_64", None, False)),
        (library("x86_64"), Library("x86_64", None, False)),
        (library("x86_64", needed=()), Library("x86_64", None, False)),
        (library("x86_64", needed=("libc.musl-x86_64.so.1",)), Library("x86_64", None, True)),
        (library("i386")[:4] + b"\x01\x01" + library("i386")[6:], Library("i386", None, False)),
        (
            library("x86_64")[:5] + b"\x02" + library("x86_64")[6:18] + b"\0\x16" + bytes(60),
            Library("machine 22", None, False),
        ),
        (library("x86_64", {"GLIBC_2.38": 0})[:200], Library("x86_64", None, False)),
        (b"\x7fELF", None),
        (b"#!/bin/sh\n" + bytes(60), None),
    ],
)
def test_read_library(content: bytes, expected: Library | None) -> None:
    assert read_library(content) == expected


def test_a_library_of_this_machine() -> None:
    """Python's own extension modules ask for glibc, unless they are linked into it."""
    modules = list(Path(sysconfig.get_path("platstdlib")).glob("lib-dynload/*.so"))
    found = [read_library(path.read_bytes()) for path in modules]
    assert {one.machine for one in found if one is not None} <= {"x86_64", "aarch64"}
    assert all(one is not None and not one.musl for one in found)
    assert not modules or max(one.glibc or (0, 0) for one in found if one is not None) >= (2, 2)


@given(st.integers(64, 400), st.integers(0, 2**64 - 1))
def test_a_damaged_library_is_never_a_crash(position: int, value: int) -> None:
    content = bytearray(library("x86_64", {f"GLIBC_2.{minor}": 0 for minor in range(20)}))
    struct.pack_into("<Q", content, position, value)
    found = read_library(bytes(content))
    assert found is not None
    assert found.machine == "x86_64"


linux = pytest.mark.skipif(sys.platform != "linux", reason="reads ELF files of this machine")


def compiled(name: str) -> bytes:
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_bytes()


def sections(content: bytes) -> list[str]:
    """The names of the sections, read as the format says."""
    at, size, count, names = struct.unpack_from("<40xQ10xHHH", content)
    table = [struct.unpack_from("<IIQQQQ", content, at + number * size) for number in range(count)]
    text = content[table[names][4] : table[names][4] + table[names][5]]
    return [text[section[0] : text.index(b"\0", section[0])].decode() for section in table]


@linux
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("httptools.parser.parser", "module.HttpRequestParser(object()).feed_data(b'GET / HTTP/1.1\\r\\n\\r\\n')"),
        ("uvloop.loop", "loop = module.Loop(); print(loop.time()); loop.close()"),
    ],
)
def test_a_module_works_without_its_symbols(name: str, code: str, tmp_path: Path) -> None:
    whole = compiled(name)
    small = stripped(whole)
    assert len(small) < len(whole) / 2
    assert {".symtab", ".debug_info"} & {*sections(whole)}
    assert sections(small) == [*sections(whole)[: len(sections(small)) - 1], ".shstrtab"]
    assert {".dynsym", ".gnu.version_r", ".text"} <= {*sections(small)}
    path = tmp_path / "module.so"
    path.write_bytes(small)
    program = (
        "from importlib.machinery import ExtensionFileLoader; from importlib.util import module_from_spec, "
        f"spec_from_loader; loader = ExtensionFileLoader({name!r}, {str(path)!r}); "
        f"spec = spec_from_loader({name!r}, loader); module = module_from_spec(spec); loader.exec_module(module); "
        f"{code}"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@linux
def test_stripping_twice_changes_nothing() -> None:
    once = stripped(compiled("httptools.parser.parser"))
    assert stripped(once) == once


@pytest.mark.parametrize(
    "content", [b"", b"\x7fELF", b"#!/bin/sh\n", b"\x7fELF\x01\x01" + bytes(100), b"\x7fELF\x02\x01" + bytes(100)]
)
def test_other_files_stay_as_they_are(content: bytes) -> None:
    assert stripped(content) == content


@linux
def test_other_layouts_stay_as_they_are() -> None:
    whole = bytearray(compiled("httptools.parser.parser"))
    at, size, count, _ = struct.unpack_from("<40xQ10xHHH", whole)
    executable = whole.copy()
    struct.pack_into("<H", executable, 16, 2)
    allocated_late = whole.copy()
    struct.pack_into("<Q", allocated_late, at + (count - 1) * size + 8, 2)
    linked_late = whole.copy()
    struct.pack_into("<I", linked_late, at + size + 40, count - 1)
    for content in (executable, allocated_late, linked_late, whole[:-1], whole[:200]):
        assert stripped(bytes(content)) == content


@given(st.binary(max_size=400))
def test_no_content_is_an_error(content: bytes) -> None:
    assert len(stripped(b"\x7fELF\x02\x01" + content)) <= len(content) + 6
