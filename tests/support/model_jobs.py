"""The apps of the model: each invocation does what it is ordered to, one order after the other, and looks before and
behind each whether what it sees is its own."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Literal

from lambda_http_adapter import current_context
from lambda_http_adapter._values.context import LambdaContext

if TYPE_CHECKING:
    from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse

Order = bytes | Literal["end", "look", "thread", "cancel"] | type[BaseException]

OWN: ContextVar[str] = ContextVar("own", default="nobody's")
LOG = logging.getLogger("app")


class Job:
    """One invocation. `parts` are what its app was ordered to send."""

    def __init__(self, number: int, orders: asyncio.Queue[Order] | queue.SimpleQueue[Order]) -> None:
        self.request_id = f"r-{number}"
        self.nonce = f"nonce-{number}"
        self.parts: list[bytes] = []
        self.orders = orders
        # What the app does, in its own task or thread
        self.begun = self.broken = self.over = False
        self.done = 0
        self.wrong: list[str] = []

    def give(self, order: Order) -> None:
        """What its app is to do next."""
        self.orders.put_nowait(order) if isinstance(self.orders, asyncio.Queue) else self.orders.put(order)

    def look(self, context: LambdaContext) -> None:
        here = current_context()
        seen = (OWN.get(), context.aws_request_id, here.aws_request_id if here else None)
        if seen != (self.request_id,) * 3:
            self.wrong.append(f"{self.request_id} sees {seen}")
        LOG.warning("%s", self.request_id)

    def begin(self) -> None:
        if OWN.get() != "nobody's":
            self.wrong.append(f"{self.request_id} begins with what {OWN.get()} has left")
        OWN.set(self.request_id)
        self.begun = True


class Apps:
    """One app in two colours. `tell` is called when a job has done something, in its task or thread."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self.jobs: dict[str, Job] = {}
        self._tell = tell

    def _job(self, context: LambdaContext) -> Job:
        job = self.jobs[context.aws_request_id]
        job.begin()
        return job

    def _done(self, job: Job) -> None:
        job.done += 1
        self._tell()

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        context = scope["aws.context"]
        assert isinstance(context, LambdaContext)
        job = self._job(context)
        assert isinstance(job.orders, asyncio.Queue)
        if (await receive())["body"] != job.request_id.encode():
            job.wrong.append(f"{job.request_id} was sent the body of another")
        self._tell()
        headers = [(b"x-request-id", job.request_id.encode()), (b"content-type", b"text/plain")]
        started = False
        try:
            while True:
                order = await job.orders.get()
                job.look(context)
                if isinstance(order, bytes) or order == "end":
                    if not started:
                        await send({"type": "http.response.start", "status": 200, "headers": headers})
                        started = True
                    body = order if isinstance(order, bytes) else b""
                    await send({"type": "http.response.body", "body": body, "more_body": order != "end"})
                elif order == "thread":
                    await asyncio.to_thread(job.look, context)
                elif order == "cancel":
                    task = asyncio.current_task()
                    assert task is not None
                    task.cancel()
                    await asyncio.sleep(0)
                elif isinstance(order, type):
                    raise order(job.request_id)
                job.look(context)
                self._done(job)
                if order == "end":
                    return
        except OSError:
            job.broken = True
            raise
        finally:
            job.over = True
            self._tell()

    def wsgi(self, environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        context = environ["aws.context"]
        assert isinstance(context, LambdaContext)
        job = self._job(context)
        if environ["wsgi.input"].read() != job.request_id.encode():
            job.wrong.append(f"{job.request_id} was sent the body of another")
        self._tell()
        write = start_response("200 OK", [("X-Request-Id", job.request_id), ("Content-Type", "text/plain")])
        try:
            while (order := job.orders.get()) != "end":
                job.look(context)
                if isinstance(order, bytes):
                    write(order)
                elif order == "thread":
                    thread = threading.Thread(target=copy_context().run, args=[job.look, context])
                    thread.start()
                    thread.join()
                elif isinstance(order, type):
                    raise order(job.request_id)
                job.look(context)
                self._done(job)
            yield b""
        except OSError:
            job.broken = True
            raise
        finally:
            job.over = True
            self._tell()
