"""``scripts/fuzz``: try inputs that nobody thought of, until one breaks what has to hold."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from .target import NAMES, FoundError, Target


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(NAMES)} (default: all)")
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="for each target (default: 60)")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="the same seed makes the same inputs (default: 0)"
    )
    parser.add_argument("--random", action="store_true", help="without atheris: it is not there for every system")
    options = parser.parse_args()
    if not set(options.targets) <= set(NAMES):
        parser.error(f"the targets are {', '.join(NAMES)}")
    guided = not options.random and find_spec("atheris") is not None
    fuzz = _guided if guided else _random
    tried = [fuzz(name, options.seconds, options.seed) for name in options.targets or NAMES]
    sys.exit(None in tried)


def _random(name: str, seconds: int, seed: int) -> int | None:
    target = Target(name)
    try:
        tried = target.fuzz(seconds, seed)
    except FoundError as fault:
        traceback.print_exception(fault)
        return None
    print(f"{name}: {tried:,} inputs tried at random, seed {seed}. {target.about}")
    return tried


def _guided(name: str, seconds: int, seed: int) -> int | None:
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
    tried = f"{int(executed[1]):,} inputs tried, {reached} of them reached new code, seed {seed}"
    print(f"{name}: {tried}. {Target(name).about}")
    return int(executed[1])


main()
