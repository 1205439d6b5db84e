"""A file, directory or link in a bundle."""

from __future__ import annotations

import posixpath
import stat
from typing import Literal, NamedTuple

Kind = Literal["file", "directory", "link"]


class Entry(NamedTuple):
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


def link_leads_out(entry: Entry) -> bool:
    """Whether a link's target is outside of the bundle, where it isn't on Lambda."""
    if entry.target.startswith("/"):
        return not f"{entry.target}/".startswith(("/var/task/", "/opt/", "/tmp/"))
    target = posixpath.normpath(posixpath.join(posixpath.dirname(entry.path), entry.target))
    return target.split("/")[0] == ".."
