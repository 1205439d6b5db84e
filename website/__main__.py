"""``scripts/docs [build|serve]``: the documentation site."""

from __future__ import annotations

import subprocess
import sys

from .pages import ROOT, collect


def main() -> int:
    command = [*sys.argv[1:], "build"][0]
    collect()
    arguments = {"build": ["build", "--strict", "--clean"], "serve": ["serve"]}[command]
    return subprocess.run([sys.executable, "-m", "zensical", *arguments], cwd=ROOT, check=False).returncode


sys.exit(main())
