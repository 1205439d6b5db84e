"""A transparent picture in colours that a light and a dark page both leave readable."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from .subjects import OURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FOLDER = Path(__file__).parent
# Its contrast is above 4 with white and with GitHub's dark page.
INK = "#797979"
_BLUE, _ORANGE, _GREY = "#2a7fd4", "#c4682b", "#808890"


class Picture(NamedTuple):
    """A file in this folder, and the words for readers that don't see it."""

    file: str
    text: str


def colour(runtime: str) -> str:
    """Blue is ours, orange AWS's runtime for Python, grey anything else."""
    if runtime == OURS:
        return _BLUE
    return _ORANGE if runtime.startswith("awslambdaric") else _GREY


def new_figure(width: float, height: float) -> Figure:
    """``width`` and ``height`` in inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def style(panel: Axes, title: str, grid: Literal["x", "both"]) -> None:
    panel.set_title(title, loc="left", color=INK)
    panel.set_axisbelow(True)
    panel.grid(axis=grid, color=INK, alpha=0.3)
    panel.spines[["top", "right"]].set_visible(False)
    panel.spines[["left", "bottom"]].set_color(INK)
    panel.tick_params(which="both", colors=INK)
    panel.xaxis.label.set_color(INK)
    panel.yaxis.label.set_color(INK)


def save(figure: Figure, file: str, text: str) -> Picture:
    figure.savefig(FOLDER / file, dpi=160, transparent=True)
    return Picture(file, text)
