"""Imports a function's handler, as Lambda would, in a process of its own. Run by file: it uses nothing but Python.

Arguments: the file for the answer, the directory of lambda_http_adapter, the module, the attribute, whether it is a
factory ("never", "maybe" or "always"), then the directories to import from. The answer is JSON. The times of imports
are on standard error, between two marks.
"""

from __future__ import annotations

import sys
import time

BEGIN = "lambda-http-adapter doctor: begin"
END = "lambda-http-adapter doctor: end"

Answer = dict[str, object]

_ENVIRON = ("environ", "env")  # the first parameter of a function that is a WSGI app


class Guard:
    """An audit hook that refuses connections to other machines and remembers the first."""

    def __init__(self) -> None:
        self.address = ""
        self.active = True

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.active or event not in ("socket.connect", "socket.getaddrinfo"):
            return
        address = arguments[1] if event == "socket.connect" else arguments[:2]
        if isinstance(address, tuple):  # the address of a Unix socket is its path
            host = address[0].decode("latin-1") if isinstance(address[0], bytes) else address[0]
            self.address = self.address or ":".join(str(part) for part in (host, address[1]) if part is not None)
            raise ConnectionRefusedError(f"lambda-http-adapter doctor allows no connection to {self.address}")


def main(arguments: list[str]) -> None:
    file, own, module, attribute, factory, *roots = arguments
    sys.path[:0] = roots
    guard = Guard()
    sys.addaudithook(guard)
    print(BEGIN, file=sys.stderr, flush=True)
    answer = examine(module, attribute, factory, roots, own)
    guard.active = False
    if guard.address:
        answer["connected"] = guard.address
    import json

    with open(file, "w") as output:
        json.dump(answer, output)


def examine(module: str, attribute: str, factory: str, roots: list[str], own: str) -> Answer:
    """What the handler is, or the error that its import raises, and how many seconds it took."""
    begin = time.perf_counter()
    try:
        __import__(module)  # importlib.import_module() isn't timed
    except BaseException as error:
        return _failure(error, roots) | {"seconds": time.perf_counter() - begin}
    finally:
        seconds = time.perf_counter() - begin
        print(END, file=sys.stderr, flush=True)
    loaded = sys.modules[module]
    _take_own_package(own)
    target: object = loaded
    for name in (attribute or _usual_name(loaded)).split("."):
        if not hasattr(target, name):
            return {"missing": name, "names": [key for key in vars(loaded) if not key.startswith("_")]}
        target = getattr(target, name)
    try:
        kind = _kind(target, factory)
    except BaseException as error:
        return _failure(error, roots) | {"seconds": seconds}
    return kind | {"seconds": seconds}


def _take_own_package(own: str) -> None:
    """From now on lambda_http_adapter is this one: the bundle may have none, or another version."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "lambda_http_adapter"]:
        del sys.modules[name]
    sys.path.insert(0, own)


def _usual_name(module: object) -> str:
    from lambda_http_adapter._apps.importer import USUAL_NAMES

    return next((name for name in USUAL_NAMES if hasattr(module, name)), USUAL_NAMES[0])


def _kind(target: object, factory: str) -> Answer:
    """The kind of app, by this package's rules; of a handler that this package has made, what made it."""
    import inspect

    from lambda_http_adapter._apps.kind import AppKind, called_kind, is_factory, required_positional, with_article

    if callable(target) and (factory == "always" or (factory == "maybe" and is_factory(target))):
        target = target()
    kind = called_kind(target)
    parameters = required_positional(target) or []
    if kind == "wsgi" and inspect.isroutine(target) and parameters and parameters[0].name not in _ENVIRON:
        kind = AppKind.handler  # of two arguments with other names: an event and a context
    made_by = ""
    if getattr(target, "__module__", "") == "lambda_http_adapter._runtime.managed":
        made_by = getattr(target, "__qualname__", "").partition(".")[0].lstrip("_")
    return {"kind": "" if kind is None else str(kind), "made_by": made_by, "is": with_article(target)}


def _failure(error: BaseException, roots: list[str]) -> Answer:
    """The error, and the last line of the bundle that was running."""
    place = ""
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        for root in roots:
            if file.startswith(root):
                place = f"{file.removeprefix(root).lstrip('/')}:{trace.tb_lineno}"
        trace = trace.tb_next
    text = str(error)
    name = getattr(error, "name", None)
    return {
        "error": type(error).__name__,
        "message": text,
        "name": name if isinstance(name, str) else "",
        "place": place,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
    import os

    sys.stderr.flush()
    os._exit(0)  # threads that the app has started don't keep the process
