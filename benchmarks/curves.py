"""Measurements along an axis, and their pictures: time by the size of the body, memory by concurrency."""

from __future__ import annotations

import sys
from statistics import median

from .canvas import INK, Picture, colour, new_figure, save, style
from .rounds import take_turns
from .rows import LARGE, body_loop, concurrent_loop
from .sample import NotMeasuredError
from .subjects import MANGUM, OURS_ASGI

_SIZES = (1_000, 10_000, 100_000, 1_000_000, LARGE)
_POLLERS = (1, 2, 4, 8, 16)
_SUBJECTS = (OURS_ASGI, MANGUM)


def body_size(rounds: int, quick: bool) -> Picture:
    figure = new_figure(10, 3.6)
    panels = figure.subplots(1, 3, sharey=True)
    for panel, kind in zip(panels, ("binary", "text", "upload"), strict=True):
        style(panel, "upload" if kind == "upload" else f"{kind} response", "both")
        lines: dict[str, list[float]] = {subject.name: [] for subject in _SUBJECTS}
        for size in _SIZES:
            print(f"{kind} {size} ", end="", file=sys.stderr)
            loops = [body_loop(subject, kind, size) for subject in _SUBJECTS]
            for line, samples in zip(lines.values(), take_turns(loops, rounds, quick), strict=True):
                if isinstance(samples, NotMeasuredError):
                    raise samples
                line.append(median(sample.time for sample in samples) * 1000)
            print(file=sys.stderr)
        for name, times in lines.items():
            panel.loglog(_SIZES, times, "o-", label=name, color=colour(name), linewidth=2)
        panel.set_xlabel("bytes of body")
        panel.yaxis.set_major_formatter("{x:g}")
    panels[0].set_ylabel("ms per invocation")
    panels[0].legend(labelcolor=INK, frameon=False)
    figure.suptitle("Time of an invocation by the size of its body, both logarithmic", color=INK)
    return save(figure, "body_size.png", "Time of an invocation in ms by the size of its body, both logarithmic")


def concurrency(rounds: int, quick: bool) -> Picture:
    figure = new_figure(7, 3.6)
    panel = figure.subplots()
    style(panel, "Memory for concurrent invocations of 50 ms, FastAPI", "both")
    for subject in _SUBJECTS:
        sizes: list[float] = []
        print(f"{subject.name} ", end="", file=sys.stderr)
        for pollers in _POLLERS:
            (samples,) = take_turns([concurrent_loop(subject, pollers)], rounds, quick)
            if isinstance(samples, NotMeasuredError):
                break
            sizes.append(median(sample.memory for sample in samples) / 2**20)
        print(file=sys.stderr)
        panel.plot(_POLLERS[: len(sizes)], sizes, "o-", label=subject.name, color=colour(subject.name), linewidth=2)
    panel.set(xlabel="concurrent invocations", ylabel="MiB, all processes", ylim=(0, None), xticks=_POLLERS)
    panel.legend(labelcolor=INK, frameon=False)
    return save(figure, "concurrency.png", "Memory in MiB, of all processes, by the number of concurrent invocations")
