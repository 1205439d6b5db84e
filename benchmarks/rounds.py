"""Measurements taken in turns, so that other work of the machine slows all of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from itertools import chain, groupby
from statistics import median, quantiles
from typing import NamedTuple

from .rows import Row
from .sample import Measurement, NotMeasuredError, Sample

# Fewer invocations have no 99.9th percentile.
_ENOUGH = 1000


class Tail(NamedTuple):
    """Percentiles of the time in seconds of so many invocations, those of all rounds together."""

    p50: float
    p99: float
    p999: float
    invocations: int


class Summary(NamedTuple):
    """Medians; ``spread`` is half of the interquartile range of the time."""

    time: float
    cpu: float
    memory: float
    spread: float
    tail: Tail | None = None


class Ratios(NamedTuple):
    """Ours divided by theirs; 0 if it wasn't measured."""

    time: float = 0
    cpu: float = 0
    memory: float = 0


class Result(NamedTuple):
    """``note``: the reason if ``ours`` is None."""

    row: Row
    ours: Summary | None
    theirs: Summary | None
    ratios: Ratios = Ratios()
    note: str = ""


def measure(rows: Sequence[Row], rounds: int, quick: bool) -> list[Result]:
    """The results in the order of the rows. Rows with the same measurement of ours share it, and its rounds."""
    positions = {row.name: position for position, row in enumerate(rows)}
    results: list[Result] = []
    for ours, sharing in groupby(sorted(rows, key=lambda row: _first(rows, row)), key=lambda row: row.ours):
        results += _measure_together(ours, list(sharing), rounds, quick)
    return sorted(results, key=lambda result: positions[result.row.name])


def _first(rows: Sequence[Row], row: Row) -> int:
    """The position of the first row with the same measurement of ours."""
    return next(position for position, other in enumerate(rows) if other.ours == row.ours)


def _measure_together(ours: Measurement, rows: list[Row], rounds: int, quick: bool) -> list[Result]:
    print(f"{' '.join(row.name for row in rows)} ", end="", file=sys.stderr, flush=True)
    peers = [row.theirs for row in rows]
    mine, *theirs = take_turns([ours, *peers], rounds, quick)
    print(file=sys.stderr)
    return [_result(row, mine, other) for row, other in zip(rows, theirs, strict=True)]


def _result(row: Row, ours: list[Sample] | NotMeasuredError, theirs: list[Sample] | NotMeasuredError) -> Result:
    if isinstance(ours, NotMeasuredError):
        return Result(row, None, None, note=str(ours))
    if isinstance(theirs, NotMeasuredError):
        return Result(row, None, None, note=str(theirs))
    return Result(row, _summary(ours), _summary(theirs) if theirs else None, _ratios(ours, theirs))


def by_work(results: Iterable[Result]) -> dict[str, dict[str, Summary]]:
    """What was measured, by the row's work and the name of the runtime."""
    found: dict[str, dict[str, Summary]] = {}
    for result in results:
        runtimes = found.setdefault(result.row.work, {})
        for name, summary in ((result.row.ours.subject.name, result.ours), (result.row.peer, result.theirs)):
            if summary is not None:
                runtimes.setdefault(name, summary)
    return found


def take_turns(
    measurements: Sequence[Measurement | None], rounds: int, quick: bool
) -> list[list[Sample] | NotMeasuredError]:
    """``rounds`` samples of each, or why it can't be measured. Every round reverses the order of the measurements."""
    taken: list[list[Sample] | NotMeasuredError] = [[] for _ in measurements]
    order = list(enumerate(measurements))
    for number in range(rounds + 1):
        for index, measurement in order:
            samples = taken[index]
            if measurement is None or isinstance(samples, NotMeasuredError):
                continue
            try:
                sample = measurement.take(quick or not number)
            except NotMeasuredError as error:
                taken[index] = NotMeasuredError(f"{measurement.subject.name}: {error}")
                print(taken[index], end=" ", file=sys.stderr)
                continue
            if number:  # the first only fills caches: the kernel's and the bytecode's
                samples.append(sample)
        order.reverse()
        print(".", end="", file=sys.stderr, flush=True)
    return taken


def _ratios(ours: list[Sample], theirs: list[Sample]) -> Ratios:
    """The medians of the ratios within a round: what slows the machine for a minute slows both samples of a round."""
    rounds = [(mine._asdict(), other._asdict()) for mine, other in zip(ours, theirs, strict=False)]
    medians = {
        field: median(mine[field] / other[field] for mine, other in rounds)
        for field in Ratios._fields
        if rounds and all(other[field] > 0 for _, other in rounds)
    }
    return Ratios(**medians)


def _summary(samples: list[Sample]) -> Summary:
    times = [sample.time for sample in samples]
    lower, _, upper = quantiles(times, n=4) if len(times) > 1 else (0, 0, 0)
    return Summary(
        median(times),
        median(sample.cpu for sample in samples),
        median(sample.memory for sample in samples),
        (upper - lower) / 2,
        _tail(sorted(chain.from_iterable(sample.times for sample in samples))),
    )


def _tail(times: list[float]) -> Tail | None:
    if len(times) < _ENOUGH:
        return None
    p50, p99, p999 = (times[int(len(times) * share)] for share in (0.5, 0.99, 0.999))
    return Tail(p50, p99, p999, len(times))
