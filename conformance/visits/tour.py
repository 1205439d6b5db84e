"""All visits to one app: behind its server, behind each front door, and there with other adapters."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ..apps import load as load_app
from ..environment import Environment, variables
from .comparison import Outcome, compare
from .exchange import Visit
from .exchange import load as load_visit
from .front_doors import FRONT_DOORS, FrontDoor

OTHERS = {"asgi": ("Mangum",), "wsgi": ("apig-wsgi", "serverless-wsgi")}
OTHERS_DOORS = ("function-url", "http-api", "rest", "alb")
"""The front doors that every other adapter supports."""

TOOLS = ("gunicorn==27.0.1", "uvicorn==0.54.0", "mangum==0.22.0", "apig-wsgi==2.20.0", "serverless-wsgi==3.1.0")
_PATIENCE = 600  # in seconds, for one visit


class Tour(NamedTuple):
    """``here`` by front door, ``elsewhere`` by other adapter and front door."""

    name: str
    colour: str
    here: dict[str, Outcome]
    elsewhere: dict[str, dict[str, Outcome]]


class Guide:
    """Visits one app, in an environment and a state of its own below ``folder``."""

    def __init__(self, name: str, folder: Path) -> None:
        self._name = name
        self._folder = folder / name
        self._environment = Environment(self._folder / "venv")

    def install(self) -> None:
        """Raises CalledProcessError."""
        self._environment.install([*TOOLS, *load_app(self._name).requirements])

    def tour(self, colour: str) -> Tour:
        """Raises RuntimeError if a visit can't be made, ValueError if the server's visits can't be compared."""
        tour = Tour(self._name, colour, {}, {adapter: {} for adapter in OTHERS[colour]})
        waiting = list(FRONT_DOORS.values())
        while waiting:
            # First and last: whatever time passes between them passes around the others too.
            first = self._visit(colour, waiting[0], "server")
            front_doors = [door for door in waiting if _share(door, waiting[0], first)]
            visits = [
                (where, front_door, self._visit(colour, front_door, where))
                for front_door in front_doors
                for where in ("here", *tour.elsewhere)
                if where == "here" or front_door.name in OTHERS_DOORS
            ]
            last = self._visit(colour, waiting[0], "server")
            for where, front_door, visit in visits:
                outcomes = tour.here if where == "here" else tour.elsewhere[where]
                outcomes[front_door.name] = compare(first, last, visit, front_door)
            waiting = [door for door in waiting if door not in front_doors]
        return tour

    def _visit(self, colour: str, front_door: FrontDoor, where: str) -> Visit:
        state, outcome = self._folder / "state", self._folder / "outcome.json"
        shutil.rmtree(state, ignore_errors=True)
        state.mkdir(parents=True)
        outcome.unlink(missing_ok=True)
        command = [str(self._environment.python), "-m", "conformance.visits", self._name, colour]
        # The session ends with the visit, and with it a server that still runs. The seed: a set of texts, such as that
        # of Allow, has one order.
        process = subprocess.Popen(
            [*command, front_door.name, where, str(state), str(outcome)],
            cwd=state,
            env={**variables(), "PYTHONHASHSEED": "0"},
            text=True,
            errors="replace",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            _, errors = process.communicate(timeout=_PATIENCE)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        if process.returncode or not outcome.is_file():
            raise RuntimeError(f"The visit to {self._name} behind {front_door.name} ({where}) failed:\n{errors}")
        return load_visit(outcome)


def _share(one: FrontDoor, other: FrontDoor, visit: Visit) -> bool:
    """Whether both front doors send a server the same of this visit."""
    if (one.url, one.refusal, one.requests) == (other.url, other.refusal, other.requests):
        return True
    return one.url == other.url and not one.changes(visit) and not other.changes(visit)
