"""``python -m conformance.visits.server APP COLOUR FOLDER PREFIX FD``: an app behind gunicorn or uvicorn.

The server listens on the socket that it inherits, and has the app at PREFIX.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from conformance.apps import load


def main(name: str, colour: str, folder: Path, prefix: str, descriptor: int) -> None:
    app = load(name)
    make = partial(app.makers[colour], folder, prefix)
    if colour == "asgi":
        _uvicorn(make, "" if app.prefix_by_setting else prefix, descriptor)
    else:
        _gunicorn(make, prefix, descriptor)


def _uvicorn(make: Callable[[], Any], prefix: str, descriptor: int) -> None:
    import uvicorn

    config = uvicorn.Config(make(), root_path=prefix, log_level="warning")
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


def _gunicorn(make: Callable[[], Any], prefix: str, descriptor: int) -> None:
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):  # type: ignore[misc] # has no types
        def load_config(self) -> None:
            # One worker with one thread: each app has one state, and SQLite's connections stay in their thread.
            for key, value in {"bind": f"fd://{descriptor}", "worker_class": "sync", "loglevel": "warning"}.items():
                self.cfg.set(key, value)

        def load(self) -> object:
            return make()

    os.environ["SCRIPT_NAME"] = prefix
    Server().run()


if __name__ == "__main__":
    _, _name, _colour, _folder, _prefix, _descriptor = sys.argv
    main(_name, _colour, Path(_folder), _prefix, int(_descriptor))
