"""The contract: what users may rely on, as a committed file whose difference shows in review."""

import difflib

from tests.support.public_surface import FILE, surface


def test_the_public_surface_is_the_committed_one() -> None:
    difference = list(difflib.unified_diff(FILE.read_text().splitlines(), surface().splitlines(), lineterm="", n=2))
    assert not difference, "\n".join(
        [
            "The contract with users differs from tests/public_surface.txt. If that is meant, run scripts/surface, and "
            "add a line to CHANGELOG.md; docs/stability.md has the rules for removals.",
            *difference,
        ]
    )
