"""The loops that the model drives, in this process: on asyncio, on uvloop, and on threads."""

from __future__ import annotations

import asyncio
import os
import queue
import signal
import threading
import time
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec

from lambda_http_adapter._apps.asgi import asgi_function
from lambda_http_adapter._apps.wsgi import wsgi_function
from lambda_http_adapter._runtime import async_loop, sync_loop
from lambda_http_adapter._runtime.start import Environment
from lambda_http_adapter._values.config import Config
from tests.support.model_jobs import Apps, Order
from tests.support.model_peer import Peer

PATIENCE = 30.0  # seconds: a busy machine is no finding


def environment(authority: str, pollers: int) -> Environment:
    return Environment(authority, authority, True, pollers, "lambda-managed-instances")


def config(mode: str) -> Config:
    return Config(invoke_mode=mode, lifespan="off", deadline_margin_ms=0)


class AsyncDriver:
    """Pollers on an event loop that runs while the model waits for something."""

    def __init__(
        self, make_loop: Callable[[], asyncio.AbstractEventLoop], peer: Peer, apps: Apps, pollers: int, mode: str
    ) -> None:
        event_loop = self._loop = make_loop()
        self._peer = peer
        self._before = [(number, signal.getsignal(number)) for number in (signal.SIGTERM, signal.SIGINT)]
        where = environment(peer.address, pollers)
        function = asgi_function(apps.app, config(mode))
        self._pollers = [async_loop.Poller(where, function, None, event_loop, number) for number in range(pollers)]
        loop = async_loop.Loop(self._pollers, event_loop, several=True)
        self._main = event_loop.create_task(loop._run())

    def orders(self) -> asyncio.Queue[Order]:
        return asyncio.Queue()

    def until(self, look: Callable[[], object]) -> bool:
        return self._loop.run_until_complete(self._until(look))

    def turn(self) -> None:
        """Let all happen that needs no time."""
        for _ in range(3):
            self._loop.run_until_complete(asyncio.sleep(0))
            self._peer.turn()

    async def _until(self, look: Callable[[], object]) -> bool:
        end = time.monotonic() + PATIENCE
        turns = 0
        while True:
            self._peer.turn()
            if look():
                return True
            if time.monotonic() > end:
                return False
            turns += 1
            await asyncio.sleep(0 if turns < 200 else 0.001)

    def tasks(self) -> int:
        """Those of the loop: its own, and one for each poller that is left."""
        return len(asyncio.all_tasks(self._loop))

    def terminate(self) -> None:
        # While the loop runs: uvloop doesn't look at signals of other times.
        self._loop.call_soon(os.kill, os.getpid(), signal.SIGTERM)
        self.until(lambda: self._pollers[0].stopping or self._main.done())

    def ended(self) -> bool:
        return self._main.done()

    def abandon(self) -> None:
        for poller in self._pollers:
            poller.stopping = True
        self._main.cancel()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.wait([self._main, *left], timeout=PATIENCE))

    def close(self) -> None:
        """Raises what ended the loop, if it was no signal."""
        try:
            if not self._main.cancelled():
                self._main.result()
            assert not asyncio.all_tasks(self._loop)
        finally:
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()
            for number, handler in self._before:
                signal.signal(number, signal.SIG_DFL if handler is None else handler)


class ThreadsDriver:
    """A thread for each poller. They end one by one, behind an invocation: a signal would end the process."""

    def __init__(self, peer: Peer, apps: Apps, pollers: int, mode: str) -> None:
        self._peer = peer
        where = environment(peer.address, pollers)
        function = wsgi_function(apps.wsgi, config(mode), threads=True)
        self._pollers = [sync_loop.Poller(where, function, None, number) for number in range(pollers)]
        self._ended: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=poller.run_quietly, args=[self._ended], daemon=True) for poller in self._pollers
        ]
        for thread in self._threads:
            thread.start()

    def orders(self) -> queue.SimpleQueue[Order]:
        return queue.SimpleQueue()

    def until(self, look: Callable[[], object]) -> bool:
        end = time.monotonic() + PATIENCE
        while True:
            self._peer.turn()
            if look():
                return True
            if time.monotonic() > end:
                return False
            self._peer.wait(0.01)

    def turn(self) -> None:
        self._peer.wait(0.001)
        self._peer.turn()

    def terminate(self) -> None:
        for poller in self._pollers:
            poller.stopping = True

    abandon = terminate

    def ended(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    def close(self) -> None:
        for thread in self._threads:
            thread.join()


def on_uvloop(peer: Peer, apps: Apps, pollers: int, mode: str) -> AsyncDriver:
    from uvloop import new_event_loop

    return AsyncDriver(new_event_loop, peer, apps, pollers, mode)


def on_asyncio(peer: Peer, apps: Apps, pollers: int, mode: str) -> AsyncDriver:
    return AsyncDriver(asyncio.new_event_loop, peer, apps, pollers, mode)


@cache
def prepare() -> None:
    """libuv's first loop opens descriptors for all loops of the process."""
    if "uvloop" in DRIVERS:
        from uvloop import new_event_loop

        event_loop = new_event_loop()
        event_loop.add_signal_handler(signal.SIGUSR1, lambda: None)
        event_loop.run_until_complete(asyncio.sleep(0))
        event_loop.close()


MakeDriver = Callable[[Peer, Apps, int, str], AsyncDriver | ThreadsDriver]
DRIVERS: dict[str, MakeDriver] = {"asyncio": on_asyncio, "threads": ThreadsDriver}
if find_spec("uvloop") is not None:
    DRIVERS["uvloop"] = on_uvloop
