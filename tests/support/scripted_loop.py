"""Pollers of both loops that are served by a script within this process."""

from __future__ import annotations

import asyncio
import logging
import selectors
import threading
from typing import TYPE_CHECKING, Any

from lambda_http_adapter._apps.asgi import asgi_function
from lambda_http_adapter._apps.wsgi import wsgi_function
from lambda_http_adapter._runtime import async_loop, sync_loop
from lambda_http_adapter._runtime.start import Environment
from lambda_http_adapter._values.config import load_config
from lambda_http_adapter.errors import RuntimeAPIError
from tests.support.scripted_peer import AUTHORITY, PairedConnection, Peer, StalledError, TransportedConnection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_CONFIGS = {
    streams: load_config({"invoke_mode": "response_stream" if streams else "buffered", "lifespan": "off"}, {})
    for streams in (False, True)
}


class Outcome:
    """``errors`` has what ended each poller, None being the end of its script; ``served`` paths and request ids."""

    def __init__(self) -> None:
        self.errors: list[BaseException | None] = []
        self.served: list[tuple[str, str]] = []
        self.logs: list[str] = []


class _Records(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())


def run(peers: Sequence[Peer], driver: str, several: bool, streams: bool) -> Outcome:
    """Serve what each of the ``peers`` has, one poller each, until all scripts have ended.

    ``driver``: sockets, asyncio or uvloop. ``several``: as on a Managed Instance.
    """
    outcome = Outcome()
    environment = Environment(AUTHORITY, AUTHORITY, several, max(2, len(peers)) if several else 1, "on-demand")
    records = _Records(outcome.logs)
    logger = logging.getLogger("lambda_http_adapter")
    before, logger.propagate = logger.propagate, False
    logger.addHandler(records)
    try:
        if driver == "sockets":
            _run_sync(peers, environment, streams, outcome)
        else:
            _run_async(peers, environment, driver, streams, outcome)
    finally:
        logger.removeHandler(records)
        logger.propagate = before
    return outcome


def _run_sync(peers: Sequence[Peer], environment: Environment, streams: bool, outcome: Outcome) -> None:
    function = wsgi_function(_wsgi(outcome), _CONFIGS[streams], threads=len(peers) > 1)
    pollers = [sync_loop.Poller(environment, function, None, number) for number in range(len(peers))]
    for poller, peer in zip(pollers, peers, strict=True):
        poller._connection = PairedConnection(peer)
        _hurry(poller._client)
    if len(pollers) == 1:
        outcome.errors.append(_ended(pollers[0]))
        return
    threads = [threading.Thread(target=lambda one=poller: outcome.errors.append(_ended(one))) for poller in pollers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _ended(poller: sync_loop.Poller) -> BaseException | None:
    try:
        poller.run()
    except StalledError:
        return None
    except BaseException as error:
        return error
    return AssertionError("the poller has ended by itself")


def _hurry(client: Any) -> None:  # noqa: ANN401
    """Wait after no failure."""
    after_failure, after_nothing = client.wait_after_failure, client.wait_after_nothing
    client.wait_after_failure = lambda error: 0 * after_failure(error)
    client.wait_after_nothing = lambda: 0 * after_nothing()


class _Selector(selectors.DefaultSelector):
    """Tells when the event loop would wait."""

    on_idle: Callable[[], None]

    def select(self, timeout: float | None = None) -> Any:  # noqa: ANN401
        ready = super().select(0)
        if not ready and (timeout is None or timeout > 0):
            self.on_idle()
        return ready


def _run_async(peers: Sequence[Peer], environment: Environment, driver: str, streams: bool, outcome: Outcome) -> None:
    loop, selector = _new_loop(driver)
    try:
        function = asgi_function(_asgi(outcome), _CONFIGS[streams])
        loop.run_until_complete(_serve(peers, environment, function, loop, selector, outcome))
        left = asyncio.all_tasks(loop)
        assert not left, f"tasks are left: {left}"
    finally:
        loop.close()


def _new_loop(driver: str) -> tuple[asyncio.AbstractEventLoop, _Selector | None]:
    if driver == "uvloop":
        import uvloop

        return uvloop.new_event_loop(), None
    selector = _Selector()
    return asyncio.SelectorEventLoop(selector), selector


async def _serve(
    peers: Sequence[Peer],
    environment: Environment,
    function: Any,  # noqa: ANN401
    loop: asyncio.AbstractEventLoop,
    selector: _Selector | None,
    outcome: Outcome,
) -> None:
    pollers = []
    for number, peer in enumerate(peers):
        poller = async_loop.Poller(environment, function, None, loop, number)
        poller._connection = TransportedConnection(peer)
        _hurry(poller._client)
        pollers.append(poller)
    idle = 0

    def stop() -> None:
        nonlocal idle
        idle += 1
        assert idle < 50, "a poller doesn't end"
        for poller in pollers:
            poller.stopping = True
            poller.cancel()

    if selector is not None:
        selector.on_idle = stop
    else:
        loop.call_soon(_look, loop, peers, stop)
    loop.set_exception_handler(lambda _, context: outcome.errors.append(AssertionError(str(context))))
    ended = await asyncio.gather(*[poller.start() for poller in pollers], return_exceptions=True)
    outcome.errors += [None if isinstance(error, asyncio.CancelledError) else error for error in ended]
    for _ in range(3):
        await asyncio.sleep(0)  # for what closes the connections
    if selector is not None:
        selector.on_idle = lambda: None


def _look(
    loop: asyncio.AbstractEventLoop, peers: Sequence[Peer], stop: Callable[[], None], turns: int = 0, seen: int = 0
) -> None:
    """Call ``stop`` once no peer has had anything to do for many turns of the event loop, and go on looking."""
    active = sum(peer.activity for peer in peers)
    turns = turns + 1 if active == seen else 0
    if turns and turns % 300 == 0:
        stop()
    loop.call_soon(_look, loop, peers, stop, turns, active)


def _wsgi(outcome: Outcome) -> Any:  # noqa: ANN401
    def app(environ: Mapping[str, Any], start_response: Callable[..., object]) -> Iterator[bytes]:
        path, name = environ["PATH_INFO"], environ["aws.context"].aws_request_id
        outcome.served.append((path, name))
        if path == "/raise":
            raise ValueError("as asked")
        start_response("200 OK", [("Content-Type", "text/plain")])
        for _ in range(3):
            yield f"<{name}>".encode()

    return app


def _asgi(outcome: Outcome) -> Any:  # noqa: ANN401
    async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
        path, name = scope["path"], scope["aws.context"].aws_request_id
        outcome.served.append((path, name))
        if path == "/raise":
            raise ValueError("as asked")
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        for _ in range(3):
            await send({"type": "http.response.body", "body": f"<{name}>".encode(), "more_body": True})
        await send({"type": "http.response.body"})

    return app


def is_ours(error: BaseException | None) -> bool:
    return error is None or isinstance(error, RuntimeAPIError)
