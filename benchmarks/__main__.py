"""``python -m benchmarks``: measure all rows, or some, and print them as a table."""

from __future__ import annotations

import argparse
import os
import sys

from . import anchors, plots
from .anchors import AbsentError, Anchor
from .function import SERVER_CORE
from .report import Report
from .rounds import measure
from .rows import anchor_rows, rows
from .subjects import Subject, executable, web_adapter


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    every = [row.name for row in rows()]
    parser.add_argument(
        "--only", action="append", metavar="NAME", help=f"rows whose name starts with NAME: {', '.join(every)}"
    )
    parser.add_argument("--rounds", type=int, metavar="N", help="number of rounds (default: 15)")
    parser.add_argument("--quick", action="store_true", help="3 rounds with a quarter of the work")
    parser.add_argument(
        "--anchors",
        action="store_true",
        help="also measure Go's lambdaurl, Rust's lambda_http and Lambda Web Adapter (rows such as asgi-go, wsgi-rust, "
        "fastapi-lwa, cold-asgi-go); builds them once, in a cache",
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="write tables and pictures into benchmarks/README.md, and a few into README.md",
    )
    options = parser.parse_args()
    rounds = options.rounds or (3 if options.quick else 15)
    built, there, absent = _anchors() if options.anchors else ({}, [], [])
    plain = list(rows())
    beside = list(anchor_rows(*(built.get(anchor) for anchor in anchors.ANCHORS)))
    chosen = [row for row in (*plain, *beside) if not options.only or row.name.startswith(tuple(options.only))]
    if not chosen:
        parser.error("; ".join([f"no row starts with {', '.join(options.only)}", *(f"not built: {a}" for a in absent)]))
    os.sched_setaffinity(0, {SERVER_CORE})
    results = measure(chosen, rounds, options.quick)
    report = Report(
        [result for result in results if result.row in plain],
        [result for result in results if result.row in beside],
        there,
        absent,
    )
    print(report.text(), flush=True)
    if options.write:
        report.write(sys.argv[1:], plots.draw(results, max(1, rounds // 3), options.quick))


def _anchors() -> tuple[dict[Anchor, Subject], list[str], list[str]]:
    """The runtimes of other languages that could be built, their versions, and why the others couldn't."""
    built: dict[Anchor, Subject] = {}
    there: list[str] = []
    absent: list[str] = []
    for anchor in anchors.ANCHORS:
        try:
            path = anchors.build(anchor)
        except AbsentError as error:
            absent.append(f"{anchor.name} ({error})")
            continue
        make = web_adapter if anchor is anchors.WEB_ADAPTER else executable
        built[anchor] = make(anchor.name, path)
        there.append(anchors.version(anchor))
    return built, there, absent


if __name__ == "__main__":
    main()
