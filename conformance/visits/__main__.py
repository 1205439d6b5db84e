"""``python -m conformance.visits APP COLOUR FRONT_DOOR WHERE FOLDER OUTCOME``: one visit, in the app's environment.

WHERE is ``server``, ``here`` or the name of another adapter; FOLDER is empty, and OUTCOME the file to write.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import httpx

from ..apps import load
from .exchange import Exchange, Response, Visit
from .front_doors import FRONT_DOORS
from .places import behind_front_door, behind_server, rules_of


def main(name: str, colour: str, door: str, where: str, folder: Path, outcome: Path) -> None:
    logging.disable(logging.CRITICAL)  # an app that fails does so in the client's view
    front_door = FRONT_DOORS[door]
    if where == "server":
        place = behind_server(name, colour, folder, front_door)
    else:
        place = behind_front_door(name, colour, folder, front_door, "" if where == "here" else where)
    exchanges: list[Exchange] = []
    broke = ""

    def record(response: httpx.Response) -> None:
        body = response.read()
        headers = tuple((name.lower(), value) for name, value in response.headers.multi_items())
        request = response.request
        seen = Response(response.status_code, headers, body)
        exchanges.append(Exchange(request.method, str(request.url), seen, rules_of(response)))

    hooks = {"response": [record]}
    with (
        place as transport,
        httpx.Client(transport=transport, base_url=front_door.url, event_hooks=hooks, timeout=300) as client,
    ):
        try:
            load(name).visit(client)
        except Exception as error:
            broke = f"{type(error).__name__}: {error}"
    Visit(tuple(exchanges), broke).dump(outcome)


if __name__ == "__main__":
    _, _name, _colour, _door, _where, _folder, _outcome = sys.argv
    main(_name, _colour, _door, _where, Path(_folder), Path(_outcome))
