"""Files that Lambda's user can't read, and links and names that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from .bundle import Bundle
from .catalogue import finding
from .entry import link_leads_out
from .finding import Finding, listed


def check_permissions(bundle: Bundle) -> Iterator[Finding]:
    if bundle.unsafe:
        yield finding("unsafe-path", names=listed(list(bundle.unsafe)))
    if bundle.form != "image":  # its root is the file system's: no link leads out
        for entry in bundle.entries.values():
            if entry.kind == "link" and link_leads_out(entry):
                yield finding("link-outside", entry.path, path=entry.path, target=entry.target)
    unreadable = [
        entry
        for path, entry in bundle.entries.items()
        if entry.kind != "link" and not entry.is_readable and path.startswith(bundle.roots)
    ]
    if unreadable:
        names = [f"{entry.path} (mode {entry.mode & 0o777:o})" for entry in unreadable]
        count = "1 file or directory" if len(names) == 1 else f"{len(names)} files and directories"
        yield finding("not-readable", unreadable[0].path, count=count, names=listed(names))
