"""The answer to come that resumes its task at once."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec

import pytest

from lambda_http_adapter._runtime.async_connection import Promise
from lambda_http_adapter._runtime.client import APIAnswer
from lambda_http_adapter.errors import RuntimeAPIError

P = ParamSpec("P")
ANSWER = APIAnswer(200, {}, b"", keep_alive=True)
name: ContextVar[str] = ContextVar("name", default="")


def on_asyncio(test: Callable[P, Coroutine[object, object, None]]) -> Callable[P, None]:
    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


async def waiting(promise: Promise, steps: list[str]) -> APIAnswer:
    name.set("task")
    try:
        return await promise
    finally:
        steps.append(f"resumed as {name.get()}")


async def started(promise: Promise, steps: list[str]) -> asyncio.Task[APIAnswer]:
    task = asyncio.create_task(waiting(promise, steps))
    await asyncio.sleep(0)
    return task


@on_asyncio
async def test_a_callback_resumes_the_task_before_it_goes_on() -> None:
    promise, steps = Promise(asyncio.get_running_loop()), list[str]()
    task = await started(promise, steps)
    over = asyncio.Event()

    def read() -> None:
        promise.set_result(ANSWER)
        steps.append("callback")
        over.set()

    asyncio.get_running_loop().call_soon(read)
    await over.wait()
    assert steps == ["resumed as task", "callback"]
    assert await task is ANSWER


@on_asyncio
async def test_a_task_resumes_the_other_when_it_waits_itself() -> None:
    promise, steps = Promise(asyncio.get_running_loop()), list[str]()
    task = await started(promise, steps)
    promise.set_result(ANSWER)
    assert steps == []
    assert await task is ANSWER
    assert steps == ["resumed as task"]


@on_asyncio
async def test_an_answer_that_is_there_already() -> None:
    promise, steps = Promise(asyncio.get_running_loop()), list[str]()
    promise.set_result(ANSWER)
    assert promise.done()
    assert await waiting(promise, steps) is ANSWER


@pytest.mark.parametrize("early", [True, False])
@on_asyncio
async def test_an_error_is_raised(early: bool) -> None:
    promise, steps = Promise(asyncio.get_running_loop()), list[str]()
    task = asyncio.create_task(waiting(promise, steps)) if early else await started(promise, steps)
    promise.set_exception(RuntimeAPIError("lost"))
    assert isinstance(promise.exception(), RuntimeAPIError)
    with pytest.raises(RuntimeAPIError, match="lost"):
        await task


@on_asyncio
async def test_no_answer_yet() -> None:
    promise = Promise(asyncio.get_running_loop())
    assert not promise.done()
    assert promise.exception() is None
    with pytest.raises(asyncio.InvalidStateError):
        promise.result()


@pytest.mark.parametrize("started_before", [True, False])
@pytest.mark.parametrize("message", [None, "SIGTERM"])
@on_asyncio
async def test_a_cancelled_task(started_before: bool, message: str | None) -> None:
    promise, steps = Promise(asyncio.get_running_loop()), list[str]()
    task = await started(promise, steps) if started_before else asyncio.create_task(waiting(promise, steps))
    task.cancel(message)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert steps == (["resumed as task"] if started_before else [])


@on_asyncio
async def test_cancelled_before_anybody_waits() -> None:
    promise = Promise(asyncio.get_running_loop())
    assert promise.cancel() is True
    with pytest.raises(asyncio.CancelledError):
        await promise


@on_asyncio
async def test_an_answer_that_comes_too_late_to_cancel() -> None:
    """The task is resumed with it and cancelled at its next step, as with a future of asyncio's."""
    promise, steps = Promise(asyncio.get_running_loop()), list[str]()
    task = await started(promise, steps)
    promise.set_result(ANSWER)
    assert promise.cancel() is False
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@on_asyncio
async def test_a_cancelled_task_can_go_on() -> None:
    promise = Promise(asyncio.get_running_loop())

    async def stubborn() -> str:
        try:
            await promise
        except asyncio.CancelledError:
            return "went on"
        return "answered"

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "went on"
