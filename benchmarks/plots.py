"""Pictures of the results, readable on a light and on a dark page."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from .rounds import Result, Summary, by_work, take_turns
from .rows import EXTRAS, LARGE, body_loop, concurrent_loop
from .sample import NotMeasuredError, Sample
from .subjects import MANGUM, OURS, OURS_ASGI

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FOLDER = Path(__file__).parent
_SIZES = (1_000, 10_000, 100_000, 1_000_000, LARGE)
_POLLERS = (1, 2, 4, 8, 16)
# Each has a contrast of more than 4 with white and with GitHub's dark page, which shine through.
_INK = "#797979"
_BLUE, _ORANGE, _GREY = "#2a7fd4", "#c4682b", "#808890"
_BAR, _LINE = 0.26, 0.35  # inches


class Picture(NamedTuple):
    """A file in this folder, and the words for readers that don't see it."""

    file: str
    text: str


class _Bar(NamedTuple):
    label: str
    summary: Summary
    colour: str


def draw(results: Iterable[Result], rounds: int, quick: bool) -> list[Picture]:
    """Save the pictures: of the results, and of what ``_body_size`` and ``_concurrency`` measure."""
    measured = by_work(results)
    bars = [
        _bars(
            measured,
            "",
            "cpu.png",
            "CPU time of an invocation",
            "µs of CPU per warm invocation; less is better",
            lambda summary: summary.cpu * 1e6,
        ),
        _bars(
            measured,
            "",
            "memory.png",
            "Memory",
            "peak of resident memory in MiB, all processes; less is better",
            lambda summary: summary.memory / 2**20,
        ),
        _bars(
            measured,
            "cold start, ",
            "cold_start.png",
            "Cold start",
            "ms from the start of the process to its first request for an event; less is better",
            lambda summary: summary.time * 1e3,
        ),
        _tails(measured),
    ]
    return [*filter(None, bars), _body_size(rounds, quick), _concurrency(1, quick)]


def _panels(measured: dict[str, dict[str, Summary]], prefix: str) -> dict[str, list[_Bar]]:
    """The runtimes that serve the same thing, by its name."""
    panels: dict[str, dict[str, _Bar]] = {}
    for title, work, detail in (
        ("Hello, World!", "trivial WSGI app", ", WSGI"),
        ("Hello, World!", "trivial ASGI app", ", ASGI"),
        ("Hello, World!", f"trivial ASGI app{EXTRAS}", ", ASGI on uvloop"),
        ("FastAPI, a route with JSON", "FastAPI JSON route", ""),
        ("FastAPI, a route with JSON", f"FastAPI JSON route{EXTRAS}", " on uvloop"),
        ("Flask, a route with JSON", "Flask JSON route", ""),
    ):
        bars = panels.setdefault(title, {})
        for runtime, summary in measured.get(prefix + work, {}).items():
            ours = runtime == OURS
            label = runtime + detail if ours else runtime
            colour = _BLUE if ours else _ORANGE if runtime.startswith("awslambdaric") else _GREY
            bars.setdefault(label, _Bar(label, summary, colour))
    return {title: list(bars.values()) for title, bars in panels.items() if bars}


def _bars(
    measured: dict[str, dict[str, Summary]],
    prefix: str,
    file: str,
    title: str,
    unit: str,
    value: Callable[[Summary], float],
) -> Picture | None:
    panels = _panels(measured, prefix)
    if not panels:
        return None
    figure, axes = _stack(panels, _BAR)
    for panel, (name, bars) in zip(axes, panels.items(), strict=True):
        bars.sort(key=lambda bar: value(bar.summary), reverse=True)
        drawn = panel.barh(
            [bar.label for bar in bars],
            [value(bar.summary) for bar in bars],
            color=[bar.colour for bar in bars],
            height=0.72,
        )
        panel.bar_label(drawn, fmt=_number, padding=4, color=_INK)
        panel.set_title(name, loc="left", color=_INK)
        panel.margins(x=0.09, y=0.04)
    axes[-1].set_xlabel(unit)
    axes[-1].xaxis.set_major_formatter("{x:,.0f}")
    figure.suptitle(title, color=_INK)
    _save(figure, file)
    name, bars = next(iter(panels.items()))
    costs = "; ".join(f"{bar.label} {_number(value(bar.summary))}" for bar in reversed(bars))
    return Picture(file, f"{title}, {unit}. {name}: {costs}")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _tails(measured: dict[str, dict[str, Summary]]) -> Picture | None:
    from matplotlib.ticker import LogLocator, NullFormatter

    panels = {
        name: [bar for bar in bars if bar.summary.tail is not None] for name, bars in _panels(measured, "").items()
    }
    panels = {name: bars for name, bars in panels.items() if bars}
    if not panels:
        return None
    figure, axes = _stack(panels, _LINE)
    for panel, (name, bars) in zip(axes, panels.items(), strict=True):
        bars.sort(key=lambda bar: bar.summary.tail or (), reverse=True)
        for height, bar in enumerate(bars):
            assert bar.summary.tail is not None
            p50, p99, p999, _ = (seconds * 1e6 for seconds in bar.summary.tail)
            panel.plot([p50, p999], [height, height], color=bar.colour, linewidth=2, solid_capstyle="butt")
            for number, (mark, micros) in enumerate((("o", p50), ("D", p99), ("|", p999))):
                label = ("median", "99 %", "99.9 %")[number] if panel is axes[0] and not height else None
                panel.plot(micros, height, mark, color=bar.colour, markersize=(7, 6, 13)[number], mew=2, label=label)
        panel.set_yticks(range(len(bars)), [bar.label for bar in bars])
        panel.set_ylim(-0.6, len(bars) - 0.4)
        panel.set_xscale("log")
        panel.set_title(name, loc="left", color=_INK)
    axes[0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, labelcolor=_INK, frameon=False, borderaxespad=0)
    figure.suptitle("Time of an invocation: median and slowest", color=_INK)
    unit = "µs from an event to the request for the next one, logarithmic; less is better"
    axes[-1].set_xlabel(unit)
    axes[-1].xaxis.set_major_locator(LogLocator(subs=(1, 3)))
    axes[-1].xaxis.set_minor_formatter(NullFormatter())
    axes[-1].xaxis.set_major_formatter("{x:,.0f}")
    _save(figure, "tails.png")
    return Picture("tails.png", f"Median, 99th and 99.9th percentile of the time of an invocation, {unit}")


def _body_size(rounds: int, quick: bool) -> Picture:
    figure = _figure(10, 3.6)
    panels = figure.subplots(1, 3, sharey=True)
    for panel, kind in zip(panels, ("binary", "text", "upload"), strict=True):
        _style(panel, "both")
        lines: dict[str, list[float]] = {OURS_ASGI.name: [], MANGUM.name: []}
        for size in _SIZES:
            print(f"{kind} {size} ", end="", file=sys.stderr)
            loops = [body_loop(subject, kind, size) for subject in (OURS_ASGI, MANGUM)]
            for line, samples in zip(lines.values(), take_turns(loops, rounds, quick), strict=True):
                line.append(median(sample.time for sample in _measured(samples)) * 1000)
            print(file=sys.stderr)
        for name, times in lines.items():
            panel.loglog(_SIZES, times, "o-", label=name, color=_BLUE if name == OURS else _ORANGE, linewidth=2)
        panel.set_title("upload" if kind == "upload" else f"{kind} response", loc="left", color=_INK)
        panel.set_xlabel("bytes of body")
        panel.yaxis.set_major_formatter("{x:g}")
    panels[0].set_ylabel("ms per invocation")
    panels[0].legend(labelcolor=_INK, frameon=False)
    _save(figure, "body_size.png")
    return Picture("body_size.png", "Time of an invocation by the size of its body: ms, both axes logarithmic")


def _concurrency(rounds: int, quick: bool) -> Picture:
    figure = _figure(7, 3.6)
    panel = figure.subplots()
    _style(panel, "both")
    for subject in (OURS_ASGI, MANGUM):
        sizes: list[float] = []
        print(f"{subject.name} ", end="", file=sys.stderr)
        for pollers in _POLLERS:
            (samples,) = take_turns([concurrent_loop(subject, pollers)], rounds, quick)
            if isinstance(samples, NotMeasuredError):
                break
            sizes.append(median(sample.memory for sample in samples) / 2**20)
        print(file=sys.stderr)
        colour = _BLUE if subject.name == OURS else _ORANGE
        panel.plot(_POLLERS[: len(sizes)], sizes, "o-", label=subject.name, color=colour, linewidth=2)
    panel.set_title("FastAPI, a route that waits for 50 ms", loc="left", color=_INK)
    panel.set(xlabel="concurrent invocations", ylabel="MiB, all processes", ylim=(0, None), xticks=_POLLERS)
    panel.legend(labelcolor=_INK, frameon=False)
    _save(figure, "concurrency.png")
    return Picture("concurrency.png", "Memory by the number of concurrent invocations: MiB, all processes")


def _measured(samples: list[Sample] | NotMeasuredError) -> list[Sample]:
    if isinstance(samples, NotMeasuredError):
        raise samples
    return samples


def _stack(panels: dict[str, list[_Bar]], height: float) -> tuple[Figure, list[Axes]]:
    """A panel for each list of bars, one below the other, all with the same x axis."""
    counts = [len(bars) for bars in panels.values()]
    figure = _figure(9, 0.55 * len(counts) + 0.5 + height * sum(counts))
    axes = figure.subplots(len(counts), sharex=True, height_ratios=counts, squeeze=False)[:, 0]
    for panel in axes:
        _style(panel, "x")
    return figure, list(axes)


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _style(panel: Axes, grid: str) -> None:
    panel.set_facecolor("none")
    panel.set_axisbelow(True)
    panel.grid(axis=grid, color=_INK, alpha=0.3)  # type: ignore[arg-type]
    panel.spines[["top", "right"]].set_visible(False)
    panel.spines[["left", "bottom"]].set_color(_INK)
    panel.tick_params(which="both", colors=_INK)
    for text in (panel.xaxis.label, panel.yaxis.label):
        text.set_color(_INK)


def _save(figure: Figure, file: str) -> None:
    figure.savefig(FOLDER / file, dpi=160, transparent=True)
