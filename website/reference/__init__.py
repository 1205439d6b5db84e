"""The parts of the reference that the code gives, as Markdown.

A page has them where it says ``<!-- website: NAME -->``: the prose around them is in ``docs/reference``.
"""

import re
from collections.abc import Callable

from .commands import commands
from .errors import errors
from .events import events
from .limits import limits
from .options import options
from .variables import variables

PARTS: dict[str, Callable[[], str]] = {
    part.__name__: part for part in (commands, errors, events, limits, options, variables)
}
_MARK = re.compile(r"^<!-- website: (\w+) -->$", re.MULTILINE)


def filled(text: str) -> str:
    """This page with its parts. Raises LookupError for one that there isn't."""
    return _MARK.sub(lambda mark: _part(mark[1]), text)


def _part(name: str) -> str:
    if name not in PARTS:
        raise LookupError(f"The reference has no part {name!r}; there are: {', '.join(PARTS)}.")
    return PARTS[name]()
