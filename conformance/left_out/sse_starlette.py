"""``tests.anyio_compat``, and the fixtures that the tests take."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator
from itertools import count
from typing import TYPE_CHECKING

import httpx2
import pytest
from sse_starlette import sse
from starlette.applications import Starlette
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

_log = logging.getLogger(__name__)


@contextlib.contextmanager
def collapse_excgroups() -> Iterator[None]:
    """Raises the exception itself where it is alone in the groups of anyio's tasks."""
    try:
        yield
    except BaseExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
            error = error.exceptions[0]
        raise error from error.__cause__


@pytest.fixture(autouse=True)
def running_server() -> Iterator[None]:
    """Each test begins without what another has told the responses of its thread: that the server ends."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    sse.AppStatus.should_exit = False
    sse.AppStatus.enable_automatic_graceful_drain = True
    vars(sse._thread_state).clear()


@pytest.fixture
async def httpx_client() -> AsyncIterator[httpx2.AsyncClient]:
    """``/endless`` sends a number every tenth of a second, and logs its end."""
    app = Starlette(routes=[Route("/endless", _endless)])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://testserver") as client:
        yield client


async def _endless(request: Request) -> sse.EventSourceResponse:
    return sse.EventSourceResponse(_numbers())


async def _numbers() -> AsyncIterator[dict[str, int]]:
    try:
        for number in count():
            yield {"data": number}
            await asyncio.sleep(0.1)
    finally:
        _log.info("Disconnected from client")
