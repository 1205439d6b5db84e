"""Sizes against Lambda's limits. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from .bundle import MB, Bundle
from .catalogue import finding
from .finding import Finding, size_text

_UPLOAD_LIMIT = 50 * MB
_UNPACKED_LIMIT = 250 * MB
_IMAGE_LIMIT = 10 * 1024 * MB


def check_sizes(bundle: Bundle, layers: Sequence[Bundle]) -> Iterator[Finding]:
    unpacked = sum(one.unpacked_size for one in (bundle, *layers))
    limit, id = (_IMAGE_LIMIT, "size-image") if bundle.form == "image" else (_UNPACKED_LIMIT, "size-unpacked")
    if unpacked > limit:
        yield finding(id, size=size_text(unpacked), limit=size_text(limit), largest=_largest(bundle))
    for one in (bundle, *layers):
        if one.upload_size is not None and one.upload_size > _UPLOAD_LIMIT:
            yield finding("size-upload", size=size_text(one.upload_size), largest=_largest(one))


def _largest(bundle: Bundle) -> str:
    sizes = Counter[str]()
    for path, entry in bundle.entries.items():
        root = max((root for root in bundle.roots if path.startswith(root)), key=len, default="")
        sizes[root + path.removeprefix(root).split("/")[0]] += entry.size
    return ", ".join(f"{name!r} {size_text(size)}" for name, size in sizes.most_common(3))
