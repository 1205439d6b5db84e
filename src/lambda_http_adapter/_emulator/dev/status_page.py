"""A function's error as a page: plain HTML that loads nothing."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..sandbox.invocation import InvocationError

_STYLE = """
:root { color-scheme: light dark; --line: light-dark(#ddd, #444); --soft: light-dark(#666, #aaa) }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
h1 { font-size: 1.3rem } h2 { font-size: 1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top }
th { color: var(--soft); font-weight: normal } td.n { font-variant-numeric: tabular-nums; white-space: nowrap }
pre { background: light-dark(#f5f5f5, #222); overflow: auto; padding: .6rem; max-height: 24rem }
summary { cursor: pointer; overflow-wrap: anywhere } .bad { color: light-dark(#b00020, #ff8080) }
.init { fill: #d97706 } .run { fill: #059669 } .broken { fill: #dc2626 }
"""


def _html(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
        f"{body}"
    )


# The page instead of a front door's bare error response


def error_page(error: InvocationError, status: int) -> str:
    """For a browser: the function's error and its stack trace."""
    error_type, message = (str(error.payload.get(key, "")) for key in ("errorType", "errorMessage"))
    stack = error.payload.get("stackTrace")
    lines = "".join(map(str, stack)) if isinstance(stack, list) else ""
    return _html(
        error_type,
        f'<h1 class="bad">{escape(error_type)}</h1><pre>{escape(lines)}{escape(message)}</pre>'
        f"<p>On AWS the client would see only a bare {status}. This page appears only in <code>dev</code>. "
        '<a href="/_lambda">Invocations</a></p>',
    )
