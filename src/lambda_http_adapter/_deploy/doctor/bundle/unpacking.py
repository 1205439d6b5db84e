"""What Lambda refuses to unpack, or can't read once it has: sizes, names, permissions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ...sizes import IMAGE_LIMIT, UNZIPPED_LIMIT, UPLOAD_LIMIT, size_text
from ..catalogue import finding
from ..finding import Finding, listed
from .bundle import Bundle, link_leads_out


def check_sizes(bundle: Bundle, layers: Sequence[Bundle]) -> Iterator[Finding]:
    unzipped = sum(one.unzipped_size for one in (bundle, *layers))
    limit, id = (IMAGE_LIMIT, "size-image") if bundle.form == "image" else (UNZIPPED_LIMIT, "size-unzipped")
    if unzipped > limit:
        yield finding(id, size=size_text(unzipped), limit=size_text(limit), largest=_largest(bundle))
    for one in (bundle, *layers):
        if one.upload_size is not None and one.upload_size > UPLOAD_LIMIT:
            yield finding("size-upload", size=size_text(one.upload_size), largest=_largest(one))


def _largest(bundle: Bundle) -> str:
    sizes = Counter[str]()
    for path, member in bundle.members.items():
        root = max((root for root in bundle.roots if path.startswith(root)), key=len, default="")
        sizes[root + path.removeprefix(root).split("/")[0]] += member.size
    return ", ".join(f"{name!r} {size_text(size)}" for name, size in sizes.most_common(3))


def check_permissions(bundle: Bundle) -> Iterator[Finding]:
    if bundle.unsafe:
        yield finding("unsafe-path", names=listed(list(bundle.unsafe)))
    if bundle.form != "image":  # its root is the file system's: no link leads out
        for member in bundle.members.values():
            if member.kind == "link" and link_leads_out(member):
                yield finding("link-outside", member.path, path=member.path, target=member.target)
    unreadable = [
        member
        for path, member in bundle.members.items()
        if member.kind != "link" and not member.is_readable and path.startswith(bundle.roots)
    ]
    if unreadable:
        names = [f"{member.path} (mode {member.mode & 0o777:o})" for member in unreadable]
        count = "1 file or directory" if len(names) == 1 else f"{len(names)} files and directories"
        yield finding("not-readable", unreadable[0].path, count=count, names=listed(names))
