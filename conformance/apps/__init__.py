"""Applications from the package index: how to make each, and which requests to send. None of their code is here.

Each module has

- ``REQUIREMENTS``: what to install, the application first, with its version;
- ``wsgi(folder, prefix)`` or ``asgi(folder, prefix)``, or both: the app, with its state in this empty folder;
  ``prefix``, "" or a path, is where the client finds it, for an app that has to be told;
- ``visit(client)``: the requests, which get a path below the client's base URL;
- ``PREFIX_BY_SETTING`` if the app knows of the prefix by that setting alone.
"""

from __future__ import annotations

import importlib
import pkgutil
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

COLOURS: tuple[str, ...] = ("wsgi", "asgi")
NAMES = sorted(module.name for module in pkgutil.iter_modules(__path__))


class App(NamedTuple):
    """``makers`` by colour: ``wsgi``, ``asgi``. ``title`` begins the docstring of the app's module.

    ``prefix_by_setting``: the app is to get paths without the prefix, and without a ``root_path``.
    """

    title: str
    requirements: tuple[str, ...]
    makers: dict[str, Callable[[Path, str], Any]]
    visit: Callable[[httpx.Client], None]
    prefix_by_setting: bool

    @property
    def version(self) -> str:
        return self.requirements[0].partition("==")[2]


def load(name: str) -> App:
    """The app of this name. Imports nothing of the application itself."""
    module = importlib.import_module(f"{__name__}.{name}")
    makers = {colour: vars(module)[colour] for colour in COLOURS if colour in vars(module)}
    title = str(module.__doc__).partition(":")[0]
    return App(title, module.REQUIREMENTS, makers, module.visit, "PREFIX_BY_SETTING" in vars(module))


def prepare(folder: Path, make: Callable[[Path], None]) -> None:
    """Fill ``folder`` with what ``make`` writes, which it does once in an environment: it may take long."""
    prepared = Path(sys.prefix, "prepared")
    if not prepared.is_dir():
        made = prepared.with_suffix(".new")
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        make(made)
        made.rename(prepared)
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
