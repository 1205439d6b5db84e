"""What a bundle is read from: a zip file, a directory, a tar archive of an image's file system."""

from __future__ import annotations

import os
import stat
import struct
import tarfile
import zipfile
import zlib
from calendar import timegm
from contextlib import ExitStack
from pathlib import Path

from ....errors import ConfigurationError
from .bundle import Bundle, BundleError, Kind, Member, image, kind_of, leads_out, zip_or_directory

_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    struct.error,
    ValueError,
)
_MOST_MEMBERS = 1_000_000
_UNIX = 3  # the system of a zip file's member whose mode counts


def open_bundle(path: Path, archives: ExitStack) -> Bundle:
    """Read as long as ``archives``, which the bundle's own is put on.

    Raises ConfigurationError if there is no such file or directory, BundleError if it can't be read.
    """
    try:
        if path.is_dir():
            return open_directory(path)
        if path.exists() and not path.is_file():
            raise ConfigurationError(f"{str(path)!r} is neither a file nor a directory.")
        with path.open("rb") as file:
            start = file.read(512)
    except FileNotFoundError:
        raise ConfigurationError(f"There is no file or directory {str(path)!r}.") from None
    except OSError as error:
        raise ConfigurationError(f"{str(path)!r} can't be read: {error.strerror}.") from None
    if start[257:262] == b"ustar":
        return open_tar(path, archives)
    return open_zip(path, archives)


def open_zip(path: Path, archives: ExitStack) -> Bundle:
    try:
        archive = archives.enter_context(zipfile.ZipFile(path))
        infos = archive.infolist()
    except _DAMAGED as error:
        raise BundleError(str(path), _reason(error)) from None
    members: dict[str, Member] = {}
    unsafe: list[str] = []
    names: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = info.filename.rstrip("/")
        if leads_out(info.orig_filename) or not name:
            unsafe.append(info.orig_filename)
            continue
        if info.flag_bits & 0x1:
            raise BundleError(str(path), f"{name!r} is encrypted, and Lambda has no password")
        members[name] = _zip_member(info, name, archive)
        names[name] = info

    def read(name: str, size: int) -> bytes:
        try:
            with archive.open(names[name]) as file:
                return file.read(size)
        except _DAMAGED as error:
            raise BundleError(str(path), f"{name!r} is damaged ({_reason(error)})") from None

    return zip_or_directory("zip", path, members, read, unsafe)


def _zip_member(info: zipfile.ZipInfo, name: str, archive: zipfile.ZipFile) -> Member:
    mode = info.external_attr >> 16
    kind = "directory" if info.is_dir() else kind_of(mode) or "file"
    if info.create_system != _UNIX:
        mode = 0o755 if kind == "directory" else 0o644  # made on Windows: no bits
    target = ""
    if kind == "link" and info.file_size < 4096:
        try:
            target = archive.read(info).decode("utf-8", "surrogateescape")
        except _DAMAGED as error:
            raise BundleError(str(archive.filename), f"{name!r} is damaged ({_reason(error)})") from None
    return Member(name, kind, info.file_size, stat.S_IMODE(mode), _modified(info), target)


def _modified(info: zipfile.ZipInfo) -> float:
    """In seconds since 1970. Zip's own time has no time zone and is read as UTC, with a precision of 2 s; Info-ZIP adds
    an exact one (https://libzip.org/specifications/extrafld.txt, 0x5455)."""
    extra = info.extra
    while len(extra) >= 4:
        tag, size = struct.unpack_from("<HH", extra)
        if tag == 0x5455 and size >= 5 and len(extra) >= 9 and extra[4] & 1:
            return float(struct.unpack_from("<i", extra, 5)[0])
        extra = extra[4 + size :]
    try:
        return float(timegm((*info.date_time, 0, 0, 0)))
    except ValueError:  # no such month or day
        return 0.0


def open_directory(path: Path) -> Bundle:
    members: dict[str, Member] = {}
    for directory, directories, files in os.walk(path, onerror=_refuse):
        for name in (*directories, *files):
            whole = os.path.join(directory, name)
            status = os.lstat(whole)
            kind = kind_of(status.st_mode)
            if kind is None:
                continue
            inside = os.path.relpath(whole, path).replace(os.sep, "/")
            target = os.readlink(whole) if kind == "link" else ""
            members[inside] = Member(
                inside, kind, status.st_size, stat.S_IMODE(status.st_mode), int(status.st_mtime), target
            )
            _check_count(len(members), path)

    def read(name: str, size: int) -> bytes:
        try:
            with open(path / name, "rb") as file:
                return file.read(size)
        except OSError as error:
            raise BundleError(str(path), f"{name!r}: {error.strerror}") from None

    if _is_root_file_system(members):
        return image(path, members, read, [])
    return zip_or_directory("directory", path, members, read, [])


def open_tar(path: Path, archives: ExitStack) -> Bundle:
    """What ``docker export`` writes: the file system of a container."""
    members: dict[str, Member] = {}
    infos: dict[str, tarfile.TarInfo] = {}
    unsafe: list[str] = []
    try:
        archive = archives.enter_context(tarfile.open(path))  # noqa: SIM115 (entered)
        for info in archive:
            name = info.name.removeprefix("./").rstrip("/")
            if leads_out(name):
                unsafe.append(info.name)
                continue
            kind = _tar_kind(info)
            if name and (info.isfile() or info.islnk() or kind != "file"):
                members[name] = Member(
                    name,
                    kind,
                    info.size,
                    info.mode & 0o7777,
                    int(info.mtime),
                    info.linkname if kind == "link" else "",
                )
                infos[name] = info
                _check_count(len(members), path)
    except (tarfile.TarError, *_DAMAGED) as error:
        raise BundleError(str(path), _reason(error)) from None

    def read(name: str, size: int) -> bytes:
        try:
            file = archive.extractfile(infos[name])
            return b"" if file is None else file.read(size)
        except (tarfile.TarError, KeyError, *_DAMAGED) as error:
            raise BundleError(str(path), f"{name!r} is damaged ({_reason(error)})") from None

    return image(path, members, read, unsafe)


def _tar_kind(info: tarfile.TarInfo) -> Kind:
    if info.isdir():
        return "directory"
    return "link" if info.issym() else "file"


def _is_root_file_system(members: dict[str, Member]) -> bool:
    return "usr/bin" in members and ("etc/passwd" in members or "etc/os-release" in members)


def _check_count(count: int, path: Path) -> None:
    if count > _MOST_MEMBERS:
        raise BundleError(str(path), f"it has more than {_MOST_MEMBERS:,} files")


def _refuse(error: OSError) -> None:
    raise BundleError(str(error.filename), error.strerror or "unknown error")


def _reason(error: BaseException) -> str:
    text = str(error).rstrip(".").replace("File is", "it is")
    return text[:1].lower() + text[1:] if text else type(error).__name__
