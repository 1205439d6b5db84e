"""A bundle: a zip file, a directory or the root file system of an image, read in one way.

Nothing is unpacked to look at a bundle. What is read is limited, because a bundle may come from anywhere.
"""

from __future__ import annotations

import os
import posixpath
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from ....errors import ConfigurationError
from ...sizes import MB

Kind = Literal["file", "directory", "link"]

# The content of a file, or so many bytes of it.
Reader = Callable[[str, int], bytes]

READ_LIMIT = 512 * MB
"""Larger files aren't looked into: on Lambda a zip file has no room for one."""

_MOST_LINKS = 20  # one after the other: more lead round in a circle

# An image's directories of modules: those of python.org's and Debian's images, of AWS's, of a virtual environment.
_SITE = re.compile(r"((?:.+/)?lib(?:64)?/python(3\.\d+))/(?:site|dist)-packages/")


class Member(NamedTuple):
    """``path`` is relative to the bundle, with slashes. ``mode`` holds the permission bits, ``modified`` the seconds
    since 1970 at which Lambda sees the file as changed. ``target`` is where a link leads to."""

    path: str
    kind: Kind
    size: int
    mode: int
    modified: float
    target: str = ""

    @property
    def is_file(self) -> bool:
        return self.kind == "file"

    @property
    def is_executable(self) -> bool:
        return bool(self.mode & stat.S_IXOTH)

    @property
    def is_readable(self) -> bool:
        """Whether Lambda's user can read it: an unprivileged one, not the owner."""
        needed = stat.S_IROTH | stat.S_IXOTH if self.kind == "directory" else stat.S_IROTH
        return self.mode & needed == needed


class BundleError(ConfigurationError):
    """The bundle can't be read. ``reason`` completes the sentence "… can't be read: "."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name!r} can't be read: {reason}.")
        self.reason = reason


class Bundle(NamedTuple):
    """``name`` is what the person typed. ``roots`` are the directories that modules are imported from, each "" or
    ending in a slash; in an image, the first one is the task root. ``upload_size`` is that of the zip file in bytes.
    ``unsafe`` are the names that lead out of the bundle; they aren't among the members."""

    name: str
    form: Literal["zip", "directory", "image"]
    members: Mapping[str, Member]
    roots: tuple[str, ...]
    read_file: Reader
    upload_size: int | None = None
    unsafe: tuple[str, ...] = ()

    def read(self, path: str) -> bytes:
        """The content of a file. Raises BundleError if it is damaged, encrypted or larger than ``READ_LIMIT``."""
        if self.members[path].size > READ_LIMIT:
            raise BundleError(self.name, f"{path!r} is larger than {READ_LIMIT // MB} MB")
        return self.read_file(path, -1)

    def start(self, path: str, size: int) -> bytes:
        """The first bytes of a file. Raises BundleError if it is damaged."""
        return self.read_file(path, size)

    def text(self, path: str) -> str:
        return self.read(path).decode("utf-8", "replace")

    def files(self) -> Iterator[Member]:
        """Every file that modules are imported from; of an image, not those of the operating system."""
        for path, member in self.members.items():
            if member.is_file and member.size <= READ_LIMIT and path.startswith(self.roots):
                yield member

    def is_readable_file(self, path: str) -> bool:
        member = self.members.get(path)
        return member is not None and member.is_file and member.size <= READ_LIMIT

    def followed(self, path: str) -> str:
        """The path with the links in it resolved, as far as they stay in the bundle."""
        for _ in range(_MOST_LINKS):
            parts = path.split("/")
            links = (self.members.get("/".join(parts[:end])) for end in range(1, len(parts) + 1))
            link = next((member for member in links if member is not None and member.kind == "link"), None)
            if link is None:
                return path
            target = link.target.removeprefix("/var/task/") if self.form != "image" else link.target.lstrip("/")
            if target == link.target:
                target = posixpath.normpath(posixpath.join(posixpath.dirname(link.path), target))
            path = posixpath.join(target, path.removeprefix(link.path).lstrip("/")).rstrip("/")
        return path

    @property
    def task_root(self) -> str:
        return self.roots[0]

    @property
    def unzipped_size(self) -> int:
        return sum(member.size for member in self.members.values())

    @property
    def is_layer(self) -> bool:
        return self.form != "image" and self.task_root != ""


def zip_or_directory(
    form: Literal["zip", "directory"], path: Path, members: Mapping[str, Member], read: Reader, unsafe: list[str]
) -> Bundle:
    size = os.path.getsize(path) if form == "zip" else None
    return Bundle(str(path), form, members, _layer_roots(members) or ("",), read, size, tuple(unsafe))


def image(path: Path, members: Mapping[str, Member], read: Reader, unsafe: list[str]) -> Bundle:
    """The root file system of an image. Raises BundleError without a directory for the function."""
    task_root = next((root for root in ("var/task/", "app/", "srv/", "code/") if root.rstrip("/") in members), None)
    if task_root is None and "manifest.json" in members:
        raise BundleError(str(path), "it has the layers of an image (docker save), not its file system (docker export)")
    if task_root is None:
        raise BundleError(str(path), "it has no /var/task, where Lambda's images keep the function")
    libraries = sorted({f"{match[1]}/" for match in map(_SITE.match, members) if match is not None})
    inside = [f"{library}site-packages/" for library in libraries]
    inside += [f"{library}dist-packages/" for library in libraries]
    sites = [site for site in inside if site.rstrip("/") in members]
    if "var/runtime" in members:  # of AWS's images: boto3 and the runtime
        sites.append("var/runtime/")
    return Bundle(str(path), "image", members, (task_root, *sites, *libraries), read, None, tuple(unsafe))


def _layer_roots(members: Mapping[str, Member]) -> tuple[str, ...]:
    """Of a layer, which has everything in ``python/``; empty for a bundle.

    https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html
    """
    if any(path.endswith(".py") and "/" not in path for path in members):
        return ()
    inside = [match for match in map(re.compile(r"python/(lib/python3\.\d+/site-packages/)?").match, members) if match]
    if not inside:
        return ()
    return tuple(sorted({"python/", *(match[0] for match in inside)}))


def kind_of(mode: int) -> Kind | None:
    """By the bits of a file's type; None for a device, a socket or a pipe."""
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "directory"
    return "link" if stat.S_ISLNK(mode) else None


def leads_out(path: str) -> bool:
    """Whether a path in an archive would be written outside of the directory that it is unpacked in."""
    return path.startswith(("/", "\\")) or "\\" in path or ".." in path.split("/") or "\0" in path


def link_leads_out(member: Member) -> bool:
    """Whether a link's target is outside of the bundle, where it isn't on Lambda."""
    if member.target.startswith("/"):
        return not f"{member.target}/".startswith(("/var/task/", "/opt/", "/tmp/"))
    target = posixpath.normpath(posixpath.join(posixpath.dirname(member.path), member.target))
    return target.split("/")[0] == ".."
