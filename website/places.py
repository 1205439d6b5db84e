"""Where things are."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = ROOT / ".site" / "pages"
HTML = ROOT / ".site" / "html"
REPOSITORY: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Repository"]
