"""What is read from a compiled library: as the loader reads it, and as ``readelf`` does."""

import struct
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_http_adapter._deploy.doctor.elf import Library, read_library
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
