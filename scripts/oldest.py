"""Prints the oldest allowed version of each dependency and extra in pyproject.toml, as constraints for pip."""

import re
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]
extras = project["optional-dependencies"].values()
for requirement in [*project["dependencies"], *(requirement for extra in extras for requirement in extra)]:
    found = re.match(r"([\w-]+)>=([\d.]+)", requirement)
    assert found is not None, f"{requirement!r} has no lower bound"
    print(f"{found[1]}=={found[2]}")
