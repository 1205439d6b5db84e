"""The results as a Markdown table, ratios first."""

from __future__ import annotations

from collections.abc import Iterable

from .rounds import Ratios, Result, Summary, Tail, by_work
from .rows import Goal, Row

_HEAD = (
    "| work | compared with | time × | CPU × | memory × | goal | time: ours / theirs | CPU: ours / theirs "
    "| memory: ours / theirs |\n|---|---|---|---|---|---|---|---|---|"
)
_TAILS = "| work | runtime | p50, µs | p99, µs | p99.9, µs | invocations |\n|---|---|---|---|---|---|"
_SPEED = "| app | compared with | CPU × | time × | memory × |\n|---|---|---|---|---|"


def table(results: Iterable[Result]) -> str:
    return "\n".join([_HEAD, *(_line(result) for result in results)])


def tails(results: Iterable[Result]) -> str:
    """Percentiles of the time of one invocation: a line for each app and runtime, or nothing."""
    lines = [
        f"| {work} | {runtime} | {_tail(summary.tail)} |"
        for work, runtimes in by_work(results).items()
        for runtime, summary in runtimes.items()
        if summary.tail
    ]
    return "\n".join([_TAILS, *lines]) if lines else ""


def speed(results: Iterable[Result]) -> str:
    """The rows for README.md."""
    lines = [
        f"| {result.row.work} | {result.row.peer} | {' | '.join(f'{ratio:.2f}' for ratio in _speed(result.ratios))} |"
        for result in results
    ]
    return "\n".join([_SPEED, *lines])


def _speed(ratios: Ratios) -> tuple[float, float, float]:
    return ratios.cpu, ratios.time, ratios.memory


def _tail(tail: Tail) -> str:
    values = [f"{seconds * 1e6:,.0f}" for seconds in (tail.p50, tail.p99, tail.p999)]
    return f"{' | '.join(values)} | {tail.invocations:,}"


def _line(result: Result) -> str:
    row, ours, theirs = result.row, result.ours, result.theirs
    if ours is None:
        cells = [row.work, row.peer, "", "", "", _bounds(row.goal), f"not measured: {result.note}", "", ""]
    else:
        cells = [
            row.work,
            row.peer,
            *(f"{ratio:.2f}" if ratio else "–" for ratio in result.ratios),
            _verdict(row.goal, result.ratios, ours),
            _times(row, ours, theirs),
            _pair([ours.cpu, *([theirs.cpu] if theirs else [])]),
            _memory([ours.memory, *([theirs.memory] if theirs else [])]),
        ]
    return f"| {' | '.join(cells)} |"


def _verdict(goal: Goal, ratios: Ratios, ours: Summary) -> str:
    bounds = _bounds(goal)
    if not bounds:
        return "–"
    return f"{bounds} {'✓' if _reached(goal, ratios, ours) else '✗'}"


def _bounds(goal: Goal) -> str:
    bounds = [
        f"CPU ≤ {goal.cpu:g} ×" if goal.cpu else "",
        f"time ≤ {goal.time:g} ×" if goal.time else "",
        f"memory ≤ {goal.memory:.2g} ×" if goal.memory else "",
        f"≤ {_pair([goal.seconds])}" if goal.seconds else "",
        f"≤ {goal.bytes / 2**20:g} MiB" if goal.bytes else "",
    ]
    return ", ".join(filter(None, bounds))


def _reached(goal: Goal, ratios: Ratios, ours: Summary) -> bool:
    return (
        (goal.time is None or round(ratios.time, 2) <= goal.time)
        and (goal.cpu is None or round(ratios.cpu, 2) <= goal.cpu)
        and (goal.memory is None or round(ratios.memory, 2) <= goal.memory)
        and (goal.seconds is None or ours.time <= goal.seconds)
        and (goal.bytes is None or ours.memory <= goal.bytes)
    )


def _times(row: Row, ours: Summary, theirs: Summary | None) -> str:
    if theirs is not None:
        return _pair([ours.time, theirs.time], [ours.spread, theirs.spread])
    return f"{_pair([ours.time], [ours.spread])}, {row.volume / ours.time / 1e6:,.0f} MB/s"


def _pair(seconds: list[float], spreads: list[float] | None = None) -> str:
    largest = max(map(abs, seconds))
    scale, unit = (1e6, "µs") if largest < 1e-3 else (1e3, "ms") if largest < 1 else (1, "s")
    digits = 0 if scale == 1e6 and largest * scale >= 100 else 1 if largest * scale >= 10 else 2
    texts = [f"{value * scale:.{digits}f}" for value in seconds]
    if spreads:
        texts = [f"{text} ± {spread * scale:.{digits}f}" for text, spread in zip(texts, spreads, strict=True)]
    return f"{' / '.join(texts)} {unit}"


def _memory(sizes: list[float]) -> str:
    return " / ".join(f"{size / 2**20:.1f}" for size in sizes) + " MiB" if any(sizes) else "–"
