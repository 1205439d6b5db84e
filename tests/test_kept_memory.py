"""Nothing is kept of an invocation, at each front door: each has its own path, host, query, cookie and headers, so that
a cache of what clients choose would grow with them."""

import asyncio
import gc
import json
import tracemalloc
from collections.abc import Callable, Iterator
from contextvars import copy_context
from functools import _lru_cache_wrapper, cache
from typing import TYPE_CHECKING

import pytest

from lambda_http_adapter import asgi_handler, wsgi_handler
from lambda_http_adapter._apps.asgi import asgi_function
from lambda_http_adapter._apps.wsgi import wsgi_function
from lambda_http_adapter._emulator.doors.client import ClientRequest
from lambda_http_adapter._runtime.client import Invocation, Reply, RuntimeClient
from lambda_http_adapter._values import Remembered
from lambda_http_adapter._values.config import Config
from tests.support.doors import DOORS

if TYPE_CHECKING:
    from lambda_http_adapter._delivery import Part
    from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse

Serve = Callable[[bytes, int], object]
Limited = list[Callable[[], None]]

WARMUP, MEASURED = 20, 60
BOUND = 600  # bytes, for all of them: a reference kept of each is as much
CLIENT = RuntimeClient("127.0.0.1:9001")


async def asgi(scope: "Scope", receive: "Receive", send: "Send") -> None:
    if scope["type"] != "http":
        return
    body = (await receive())["body"]
    assert isinstance(body, bytes)
    path = str(scope["path"]).encode()
    headers = [(b"content-type", b"text/plain"), (b"set-cookie", b"seen=" + path), (b"x-tag", path)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'["%b",' % path, "more_body": True})
    await send({"type": "http.response.body", "body": b"%d]" % len(body)})


def wsgi(environ: "Environ", start_response: "StartResponse") -> list[bytes]:
    path = environ["PATH_INFO"]
    start_response("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", f"seen={path}"), ("X-Tag", path)])
    return [b'["%b",' % path.encode("latin-1"), b"%d]" % len(environ["wsgi.input"].read())]


@cache
def events(door: str) -> list[bytes]:
    return [json.dumps(DOORS[door].event(_request(number))).encode() for number in range(WARMUP + MEASURED)]


def _request(number: int) -> ClientRequest:
    headers = [
        (b"X-Tag-%d" % number, b"%d" % number),
        (b"Cookie", b"session-%d=%d" % (number, number)),
        (b"User-Agent", b"client/%d" % number),
        (b"Content-Type", b"text/x-%d" % number),
    ]
    path, query, body = f"/items/{number}", f"n{number}={number}", b'{"number": %d}' % number
    return ClientRequest("POST", path, query, headers, body, f"host-{number}.example.com", client=f"203.0.113.{number}")


class SyncReply(Reply):
    """Written to nobody."""

    def send(self, *parts: "Part") -> None:
        self.buffers(*parts)


class AsyncReply(Reply):
    def on_gone(self, callback: Callable[[], None]) -> None:
        pass

    async def send(self, *parts: "Part") -> None:
        self.buffers(*parts)


def _invocation(event: bytes, number: int) -> Invocation:
    headers = {
        b"lambda-runtime-deadline-ms": b"4102444800000",
        b"lambda-runtime-trace-id": b"Root=1-%d" % number,
        b"lambda-runtime-invocation-id": b"nonce-%d" % number,
    }
    return Invocation(f"r-{number}", headers, event)


@pytest.fixture(scope="module")
def event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    with asyncio.Runner() as runner:
        yield runner.get_loop()


@pytest.fixture(scope="module")
def limited() -> Iterator[Limited]:
    """What empties the caches that have a limit: these may be full or not."""
    every = gc.get_objects()
    caches = [each for each in every if isinstance(each, _lru_cache_wrapper)]
    of_ours = [each for each in caches if getattr(each, "__module__", "").startswith("lambda_http_adapter")]
    found = [each.cache_clear for each in of_ours if each.cache_parameters()["maxsize"] is not None]
    found += [each.clear for each in every if type(each) is Remembered]
    assert len(found) > 5
    gc.collect()
    gc.freeze()  # what others have made needn't be looked at again
    yield found
    gc.unfreeze()


def by_loop(colour: str, mode: str, event_loop: asyncio.AbstractEventLoop) -> Serve:
    """As the loops serve it, up to the bytes that they would write."""
    config = Config(invoke_mode=mode, lifespan="off", access_log=True)
    if colour == "asgi":
        function = asgi_function(asgi, config)

        def serve_async(event: bytes, number: int) -> bool:
            invocation = _invocation(event, number)
            reply = AsyncReply(CLIENT, invocation)

            async def serve() -> None:
                await function(event, invocation.begin(alone=True), reply)

            event_loop.run_until_complete(serve())
            return reply.closed

        return serve_async
    sync_function = wsgi_function(wsgi, config)

    def serve_sync(event: bytes, number: int) -> bool:
        invocation = _invocation(event, number)
        reply = SyncReply(CLIENT, invocation)
        copy_context().run(lambda: sync_function(event, invocation.begin(alone=True), reply))
        return reply.closed

    return serve_sync


@cache
def by_handler(colour: str) -> Serve:
    """As AWS's Python runtime calls it."""
    handler = asgi_handler(asgi, lifespan="off") if colour == "asgi" else wsgi_handler(wsgi)
    return lambda event, number: handler(json.loads(event), _invocation(event, number).context())


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("delivery", ["buffered", "response_stream", "handler"])
@pytest.mark.parametrize("colour", ["asgi", "wsgi"])
def test_nothing_is_kept(
    colour: str,
    delivery: str,
    door: str,
    event_loop: asyncio.AbstractEventLoop,
    limited: Limited,
) -> None:
    serve = by_handler(colour) if delivery == "handler" else by_loop(colour, delivery, event_loop)
    grown = growth(serve, events(door), limited)
    assert grown < BOUND, f"{grown / MEASURED:.0f} bytes of each invocation"


def growth(serve: Serve, sent: list[bytes], limited: Limited) -> int:
    """The bytes that there are more after the measured invocations than before."""
    tracemalloc.start()
    try:
        before = 0
        for number, event in enumerate(sent):
            if number == WARMUP:
                before = _held(limited)
            assert serve(event, number)
        return _held(limited) - before
    finally:
        tracemalloc.stop()


def _held(limited: Limited) -> int:
    for clear in limited:
        clear()
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def test_what_is_kept_is_found(limited: Limited) -> None:
    kept: list[str] = []

    def keeps(event: bytes, number: int) -> bool:
        kept.append(f"r-{number}")
        return True

    assert growth(keeps, events("Function URL"), limited) > BOUND
