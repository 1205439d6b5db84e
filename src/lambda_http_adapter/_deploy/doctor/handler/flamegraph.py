"""The imports of an app as a picture: each module above those that it imports, as wide as it takes time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from zlib import crc32

from ..finding import printable
from .import_times import STANDARD_LIBRARY, Module

_WIDTH = 1200
_ROW = 20
_TOP = 44
_LETTER = 7.3  # the width of one, on average
_NARROWEST = 0.4

_STYLE = """
svg { color-scheme: light dark; background: #fff; font: 12px ui-monospace, Menlo, Consolas, monospace; }
text { fill: #1b1f24; pointer-events: none; }
.title { font-size: 16px; }
rect { stroke: #fff; stroke-width: 0.5; }
g:hover > rect { stroke: #1b1f24; stroke-width: 1.5; }
.library { fill: hsl(0 0% 84%); }
@media (prefers-color-scheme: dark) {
  svg { background: #14171c; }
  text { fill: #eceff4; }
  rect { stroke: #14171c; filter: brightness(0.5); }
  g:hover > rect { stroke: #eceff4; }
}
""".strip()


def draw(modules: Sequence[Module], title: str) -> str:
    """An SVG document that needs nothing else. The time of a module is in its title, which browsers show on hover."""
    total = sum(module.total for module in modules)
    root = Module(title, 0, total, tuple(modules))
    rows = list(_rows(root, max(total, 0.001)))
    height = _TOP + _ROW * (max((depth for depth, *_ in rows), default=0) + 1) + 8
    text = escape(printable(f"Imports of {title}: {total:.0f} ms"))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        'aria-labelledby="title description">',
        f'<title id="title">{text}</title>',
        '<desc id="description">Each box is a module. Its width is the time of its import; below it are the modules '
        "that it imports.</desc>",
        f"<style>{_STYLE}</style>",
        f'<text class="title" x="8" y="26">{text}</text>',
        *(_box(module, depth, x, width, total) for depth, x, width, module in rows),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _rows(root: Module, total: float) -> Iterator[tuple[int, float, float, Module]]:
    """The boxes that are wide enough to be seen: row, left edge, width, module."""
    waiting = [(-1, 0.0, root)]
    while waiting:
        depth, left, module = waiting.pop()
        if depth >= 0:
            yield depth, left, module.total / total * _WIDTH, module
        for one in module.imported:
            width = one.total / total * _WIDTH
            if width >= _NARROWEST:
                waiting.append((depth + 1, left, one))
            left += width


def _box(module: Module, depth: int, left: float, width: float, total: float) -> str:
    name = printable(module.name)
    top = _TOP + depth * _ROW
    share = 100 * module.total / total if total else 0
    title = f"{name}: {module.total:.1f} ms ({share:.1f} %), its own code {module.own:.1f} ms"
    paint = 'class="library"' if module.package == STANDARD_LIBRARY else f'fill="{_colour(module.package)}"'
    box = f'<rect {paint} x="{left:.2f}" y="{top}" width="{width:.2f}" height="{_ROW}" rx="2"/>'
    return f"<g><title>{escape(title)}</title>{box}{_label(name, left, top, width)}</g>"


def _label(name: str, left: float, top: int, width: float) -> str:
    letters = int((width - 8) / _LETTER)
    if letters < 3:
        return ""
    shown = name if len(name) <= letters else f"{name[: letters - 1]}…"
    return f'<text x="{left + 4:.2f}" y="{top + 14}">{escape(shown)}</text>'


def _colour(package: str) -> str:
    """The same for a package in every picture. Light enough for dark text."""
    return f"hsl({crc32(package.encode()) % 360} 70% 78%)"
