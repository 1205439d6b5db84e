"""``scripts/conformance --apps``: a tour of the apps and the work of other programs, and the page about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .. import apps
from .clients import CLIENTS, ORIGINS, Client, through_dev
from .comparison import Outcome
from .front_doors import REASONS
from .tour import Guide, Tour


def visit(names: Sequence[str], folder: Path, workers: int, write: bool) -> bool:
    """Tour these apps, and print what comes out. Returns whether that is as docs/apps.md says it.

    All answers have to be the server's or explained by a rule, all clients have to do their work, and, if these are all
    apps, each rule has to explain something. Raises CalledProcessError, RuntimeError, ValueError.
    """
    clients: dict[tuple[str, str], str] = {}
    tours: list[Tour] = []
    with ThreadPoolExecutor(workers) as executor:
        for toured, worked in executor.map(lambda name: _whole(name, folder), names):
            tours += toured
            clients |= worked
    every = set(names) == set(apps.NAMES)
    stale = REASONS - {reason for tour in tours for outcome in tour.here.values() for reason in outcome.rules}
    if every and stale:
        print("\n".join(f"STALE {reason}" for reason in sorted(stale)))
    if write:
        from .page import PAGE, page

        PAGE.write_text(page(tours, clients))
    different = any(outcome.differences for tour in tours for outcome in tour.here.values())
    return not different and not any(clients.values()) and not (every and stale)


def _whole(name: str, folder: Path) -> tuple[list[Tour], dict[tuple[str, str], str]]:
    """The tours of the app, one a colour, and what the clients of it have done."""
    guide = Guide(name, folder)
    guide.install()
    tours = []
    for colour in apps.load(name).makers:
        tours.append(guide.tour(colour))
        print("\n".join(tour_lines(tours[-1])), flush=True)
    clients = {}
    for client in CLIENTS:
        if client.app == name:
            for origin in ORIGINS:
                clients[client.name, origin] = went_wrong = through_dev(client, folder, origin)
                print(client_line(client, origin, went_wrong), flush=True)
    return tours, clients


def tour_lines(tour: Tour) -> Iterator[str]:
    for front_door, outcome in tour.here.items():
        yield f"{tour.name} ({tour.colour}) behind {front_door}: {_counts(outcome)}"
        yield from (f"    DIFFERENT {request}: {what}" for request, what in outcome.differences)
    for adapter, outcomes in tour.elsewhere.items():
        for front_door, outcome in outcomes.items():
            yield f"{tour.name} ({tour.colour}) under {adapter} behind {front_door}: {_counts(outcome)}"


def _counts(outcome: Outcome) -> str:
    other = outcome.requests - outcome.equal - outcome.explained
    return f"{outcome.requests} requests, {outcome.equal} equal, {outcome.explained} by a rule, {other} otherwise"


def client_line(client: Client, origin: str, went_wrong: str) -> str:
    return f"{client.name} with {client.app} through dev --origin {origin}: {went_wrong or client.does}"
