"""Pictures of what each runtime costs, a bar for each, and of its slowest invocations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from . import curves
from .canvas import INK, Picture, colour, new_figure, save, style
from .rounds import Result, Summary, by_work
from .rows import EXTRAS
from .subjects import OURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BAR, _LINE = 0.26, 0.35  # inches
_HELLO, _FASTAPI, _FLASK = "Hello, World!", "FastAPI, a route with JSON", "Flask, a route with JSON"
# The title of a panel, the work of a row in it, and what is added to our name.
_PANELS = (
    (_HELLO, "trivial WSGI app", ", WSGI"),
    (_HELLO, "trivial ASGI app", ", ASGI"),
    (_HELLO, f"trivial ASGI app{EXTRAS}", ", ASGI on uvloop"),
    (_FASTAPI, "FastAPI JSON route", ""),
    (_FASTAPI, f"FastAPI JSON route{EXTRAS}", " on uvloop"),
    (_FLASK, "Flask JSON route", ""),
)
_MARKS = (("median", "o", 45), ("99 %", "D", 35), ("99.9 %", "|", 160))


class _Cost(NamedTuple):
    """``work``: how the work of its rows begins."""

    file: str
    title: str
    unit: str
    value: Callable[[Summary], float]
    work: str = ""


_COSTS = (
    _Cost("cpu.png", "CPU time of an invocation", "µs of CPU per warm invocation", lambda summary: summary.cpu * 1e6),
    _Cost(
        "memory.png", "Memory", "peak of resident memory in MiB, all processes", lambda summary: summary.memory / 2**20
    ),
    _Cost(
        "cold_start.png",
        "Cold start",
        "ms from the start of the process to its first request for an event",
        lambda summary: summary.time * 1e3,
        "cold start, ",
    ),
)


class _Bar(NamedTuple):
    label: str
    colour: str
    summary: Summary


def draw(results: Iterable[Result], rounds: int, quick: bool) -> list[Picture]:
    """Save the pictures, those of ``curves`` with measurements of their own. The first is the one of CPU time."""
    measured = by_work(results)
    drawn = [
        *(_costs(cost, panels) for cost in _COSTS if (panels := _panels(measured, cost.work))),
        *([_tails(panels)] if (panels := _with_tails(_panels(measured))) else []),
    ]
    return [*drawn, curves.body_size(rounds, quick), curves.concurrency(1, quick)]


def _panels(measured: Mapping[str, Mapping[str, Summary]], before: str = "") -> dict[str, list[_Bar]]:
    """The runtimes that serve the same thing, by its name. A peer of several rows is in its panel once."""
    panels: dict[str, dict[str, _Bar]] = {}
    for title, work, detail in _PANELS:
        for runtime, summary in measured.get(before + work, {}).items():
            label = runtime + detail if runtime == OURS else runtime
            panels.setdefault(title, {}).setdefault(label, _Bar(label, colour(runtime), summary))
    return {title: list(bars.values()) for title, bars in panels.items()}


def _with_tails(panels: dict[str, list[_Bar]]) -> dict[str, list[_Bar]]:
    measured = {title: [bar for bar in bars if bar.summary.tail] for title, bars in panels.items()}
    return {title: bars for title, bars in measured.items() if bars}


def _costs(cost: _Cost, panels: dict[str, list[_Bar]]) -> Picture:
    figure, axes = _stack(panels, _BAR)
    for panel, bars in zip(axes, panels.values(), strict=True):
        bars.sort(key=lambda bar: cost.value(bar.summary), reverse=True)  # the least is on top
        drawn = panel.barh(
            [bar.label for bar in bars],
            [cost.value(bar.summary) for bar in bars],
            color=[bar.colour for bar in bars],
            height=0.72,
        )
        panel.bar_label(drawn, fmt=_number, padding=4, color=INK)
        panel.margins(x=0.09, y=0.04)
    figure.suptitle(cost.title, color=INK)
    axes[-1].set_xlabel(f"{cost.unit}; less is better")
    axes[-1].xaxis.set_major_formatter("{x:,.0f}")
    title, bars = next(iter(panels.items()))
    numbers = "; ".join(f"{bar.label} {_number(cost.value(bar.summary))}" for bar in reversed(bars))
    return save(figure, cost.file, f"{cost.title}: {cost.unit}. {title}: {numbers}")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _tails(panels: dict[str, list[_Bar]]) -> Picture:
    from matplotlib.ticker import LogLocator, NullFormatter

    figure, axes = _stack(panels, _LINE)
    for panel, bars in zip(axes, panels.values(), strict=True):
        bars.sort(key=lambda bar: _percentiles(bar)[0], reverse=True)
        heights, colours = range(len(bars)), [bar.colour for bar in bars]
        columns = list(zip(*map(_percentiles, bars), strict=True))
        panel.hlines(heights, columns[0], columns[-1], colors=colours, linewidth=2)
        for (name, mark, size), column in zip(_MARKS, columns, strict=True):
            panel.scatter(column, heights, size, colours, marker=mark, label=name, linewidths=2, zorder=3)
        panel.set_yticks(heights, [bar.label for bar in bars])
        panel.set_ylim(-0.6, len(bars) - 0.4)
        panel.set_xscale("log")
    axes[0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, labelcolor=INK, frameon=False, borderaxespad=0)
    figure.suptitle("Time of an invocation: median and slowest", color=INK)
    axes[-1].set_xlabel("µs from an event to the request for the next one, logarithmic; less is better")
    axes[-1].xaxis.set_major_locator(LogLocator(subs=(1, 3)))
    axes[-1].xaxis.set_major_formatter("{x:,.0f}")
    axes[-1].xaxis.set_minor_formatter(NullFormatter())
    return save(figure, "tails.png", "Median, 99th and 99.9th percentile of the time of an invocation, in µs")


def _percentiles(bar: _Bar) -> list[float]:
    """In microseconds."""
    tail = bar.summary.tail
    assert tail is not None
    return [seconds * 1e6 for seconds in (tail.p50, tail.p99, tail.p999)]


def _stack(panels: dict[str, list[_Bar]], height: float) -> tuple[Figure, list[Axes]]:
    """A panel for each list of bars, one below the other, all with the same x axis."""
    counts = [len(bars) for bars in panels.values()]
    figure = new_figure(9, 0.55 * len(counts) + 0.7 + height * sum(counts))
    axes: list[Axes] = list(figure.subplots(len(counts), sharex=True, height_ratios=counts, squeeze=False)[:, 0])
    for panel, title in zip(axes, panels, strict=True):
        style(panel, title, "x")
    return figure, axes
