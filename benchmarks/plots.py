"""Plots of time by body size, and of memory by concurrency."""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median

from .rounds import take_turns
from .rows import LARGE, body_loop, concurrent_loop
from .sample import Measurement, NotMeasuredError
from .subjects import MANGUM, OURS_ASGI

FOLDER = Path(__file__).parent
_SIZES = (1_000, 10_000, 100_000, 1_000_000, LARGE)
_POLLERS = (1, 2, 4, 8, 16)
_COLOURS = {OURS_ASGI.name: "tab:blue", MANGUM.name: "tab:orange"}


def draw(rounds: int, quick: bool) -> list[str]:
    """Measure, and save the plots in this folder. Returns the names of the files."""
    return [_body_size(rounds, quick), _concurrency(1, quick)]


def _body_size(rounds: int, quick: bool) -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4), layout="constrained")
    panels = figure.subplots(1, 3, sharey=True)
    for panel, kind in zip(panels, ("binary", "text", "upload"), strict=True):
        lines: dict[str, list[float]] = {OURS_ASGI.name: [], MANGUM.name: []}
        for size in _SIZES:
            print(f"{kind} {size} ", end="", file=sys.stderr)
            measurements: list[Measurement | None] = [body_loop(subject, kind, size) for subject in (OURS_ASGI, MANGUM)]
            for line, samples in zip(lines.values(), take_turns(measurements, rounds, quick), strict=True):
                line.append(median(sample.time for sample in samples) * 1000)
            print(file=sys.stderr)
        for name, times in lines.items():
            panel.loglog(_SIZES, times, "o-", label=name, color=_COLOURS[name])
        panel.set(title="upload" if kind == "upload" else f"{kind} response", xlabel="bytes of body")
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("ms per invocation")
    panels[0].legend()
    figure.savefig(FOLDER / "body_size.png", dpi=120)
    return "body_size.png"


def _concurrency(rounds: int, quick: bool) -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    panel = figure.subplots()
    for subject in (OURS_ASGI, MANGUM):
        sizes: list[float] = []
        print(f"{subject.name} ", end="", file=sys.stderr)
        for pollers in _POLLERS:
            try:
                (samples,) = take_turns([concurrent_loop(subject, pollers)], rounds, quick)
            except NotMeasuredError as error:
                print(error, end="", file=sys.stderr)
                break
            sizes.append(median(sample.memory for sample in samples) / 2**20)
        print(file=sys.stderr)
        panel.plot(_POLLERS[: len(sizes)], sizes, "o-", label=subject.name, color=_COLOURS[subject.name])
    panel.set(title="FastAPI, 50 ms", xlabel="invocations at a time", ylabel="MiB", ylim=(0, None), xticks=_POLLERS)
    panel.grid(alpha=0.3)
    panel.legend()
    figure.savefig(FOLDER / "concurrency.png", dpi=120)
    return "concurrency.png"
