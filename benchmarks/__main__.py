"""``python -m benchmarks``: measure all rows, or some, and print them as a table."""

from __future__ import annotations

import argparse
import os
import sys

from . import plots, report
from .function import SERVER_CORE
from .rounds import measure
from .rows import rows
from .table import table


def main() -> None:
    every = {row.name: row for row in rows()}
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument(
        "--only", action="append", metavar="NAME", help=f"rows whose name starts with NAME: {', '.join(every)}"
    )
    parser.add_argument("--rounds", type=int, metavar="N", help="number of rounds (default: 15)")
    parser.add_argument("--quick", action="store_true", help="3 rounds with a quarter of the work")
    parser.add_argument("--write", action="store_true", help="write the table and the plots into benchmarks/README.md")
    options = parser.parse_args()
    rounds = options.rounds or (3 if options.quick else 15)
    chosen = [row for name, row in every.items() if not options.only or name.startswith(tuple(options.only))]
    if not chosen:
        parser.error(f"no row starts with {', '.join(options.only)}")
    os.sched_setaffinity(0, {SERVER_CORE})
    text = table([measure(row, rounds, options.quick) for row in chosen])
    if options.write:
        report.write(text, sys.argv[1:], plots.draw(max(1, rounds // 3), options.quick))
    print(text)


if __name__ == "__main__":
    main()
