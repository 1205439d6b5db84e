"""``scripts/fuzz``: try inputs that nobody thought of, until one breaks what has to hold."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Sequence
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from scripts.page_block import replace_block

from .target import NAMES, FoundError, Target

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/explain/hardening.md"


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(NAMES)} (default: all)")
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="for each target (default: 60)")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="the same seed makes the same inputs (default: 0)"
    )
    parser.add_argument("--random", action="store_true", help="without atheris: it is not there for every system")
    parser.add_argument("--write", action="store_true", help=f"write the table of {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    if not set(options.targets) <= set(NAMES):
        parser.error(f"the targets are {', '.join(NAMES)}")
    if options.write and options.targets:
        parser.error("--write takes no targets: the table is about all of them")
    guided = not options.random and find_spec("atheris") is not None
    fuzz = _guided if guided else _random
    results = [fuzz(Target(name), options.seconds, options.seed) for name in options.targets or NAMES]
    if None in results:
        sys.exit(1)
    if options.write:
        replace_block(PAGE, "fuzz", _table([result for result in results if result], options.seconds, options.seed))


class Result(NamedTuple):
    target: Target
    tried: int
    how: str


def _table(results: Sequence[Result], seconds: int, seed: int) -> str:
    rows = [f"| `{result.target.name}` | {result.target.about} | {result.tried:,} {result.how} |" for result in results]
    head = ["| target | tries | inputs tried without a fault |", "|---|---|---|"]
    return "\n".join([f"`scripts/fuzz --seconds {seconds} --seed {seed}`, {date.today():%-d %B %Y}:", "", *head, *rows])


def _random(target: Target, seconds: int, seed: int) -> Result | None:
    try:
        tried = target.fuzz(seconds, seed)
    except FoundError as fault:
        traceback.print_exception(fault)
        return None
    return _told(Result(target, tried, "at random"))


def _told(result: Result) -> Result:
    print(f"{result.target.name}: {result.tried:,} inputs tried {result.how}. {result.target.about}", flush=True)
    return result


def _guided(target: Target, seconds: int, seed: int) -> Result | None:
    name = target.name
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    (folder / "corpus").mkdir()
    command: Sequence[object] = [sys.executable, "-m", "fuzz.guided", name, seconds, seed, folder]
    ended = subprocess.run(
        [*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    executed = re.search(r"number_of_executed_units: (\d+)", ended.stdout)
    if ended.returncode or executed is None:
        print(ended.stdout, f"{name}: a fault; its input and what led to it are in {folder}", sep="\n")
        return None
    reached = len(list((folder / "corpus").iterdir()))
    shutil.rmtree(folder)
    return _told(Result(target, int(executed[1]), f"(new code by {reached})"))


if __name__ == "__main__":
    main()
