"""Measurements taken in turns, so that other work of the machine slows all of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from statistics import median, quantiles
from typing import NamedTuple

from .rows import Row
from .sample import Measurement, NotMeasuredError, Sample


class Summary(NamedTuple):
    """Medians; ``spread`` is half of the interquartile range of the time."""

    time: float
    cpu: float
    memory: float
    spread: float


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


def measure(row: Row, rounds: int, quick: bool) -> Result:
    print(f"{row.name} ", end="", file=sys.stderr, flush=True)
    try:
        ours, theirs = take_turns([row.ours, row.theirs], rounds, quick)
    except NotMeasuredError as error:
        print(error, file=sys.stderr)
        return Result(row, None, None, note=str(error))
    print(file=sys.stderr)
    return Result(row, _summary(ours), _summary(theirs) if theirs else None, _ratios(ours, theirs))


def take_turns(measurements: Sequence[Measurement | None], rounds: int, quick: bool) -> list[list[Sample]]:
    """``rounds`` samples of each. Every round reverses the order of the measurements."""
    samples: list[list[Sample]] = [[] for _ in measurements]
    order = list(zip(measurements, samples, strict=True))
    for number in range(rounds + 1):
        for measurement, taken in order:
            if measurement is not None:
                sample = _take(measurement, quick or not number)
                if number:  # the first only fills caches: the kernel's and the bytecode's
                    taken.append(sample)
        order.reverse()
        print(".", end="", file=sys.stderr, flush=True)
    return samples


def _take(measurement: Measurement, quick: bool) -> Sample:
    try:
        return measurement.take(quick)
    except NotMeasuredError as error:
        raise NotMeasuredError(f"{measurement.subject.name}: {error}") from error


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
    )
