"""What the colours share: hooks, the error of an app that ends badly, how long it may take."""

import asyncio
import time

import pytest

from lambda_http_adapter import LambdaContext, _apps
from lambda_http_adapter._apps import Interruption, attempt, error_of, has_hooks, is_cancellation, seconds_left
from lambda_http_adapter._values.config import Config
from lambda_http_adapter.errors import AppError


@pytest.mark.parametrize(
    ("deadline_ms", "margin_ms", "seconds"),
    [
        (1_600_000, 0, 600),
        (1_600_000, 1, 599.999),
        (1_600_000, 1500, 598.5),
        (1_002_000, 1999, 0.001),
        (1_002_000, 2000, 0),
        (1_002_000, 2001, 0),
        (900_000, 0, 0),
    ],
)
def test_an_app_ends_before_lambda_ends_it(
    deadline_ms: int, margin_ms: int, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = LambdaContext("r-1", deadline_ms, "arn:aws:lambda:eu-west-1:123456789012:function:greeter")
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: 1000.0)
        left = seconds_left(context, margin_ms)
    assert left == seconds


def test_without_a_context_there_is_no_end() -> None:
    assert seconds_left(None, 1000) is None


@pytest.mark.parametrize(
    ("config", "tracing", "has"),
    [(Config(), None, False), (Config(on_shutdown=print), None, True), (Config(), object(), True)],
)
def test_the_export_of_spans_is_a_hook(
    config: Config, tracing: object, has: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_apps, "tracing", tracing)
    assert has_hooks(config) is has


class OwnBaseError(BaseException):
    pass


class MuteBaseError(BaseException):
    def __repr__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("raised", "alone", "message"),
    [
        (OwnBaseError("no"), True, "The app ended with OwnBaseError('no')"),
        (MuteBaseError(), True, "The app ended with MuteBaseError"),
        (SystemExit(1), False, "The app ended with SystemExit(1)"),
        (KeyboardInterrupt(), False, "The app ended with KeyboardInterrupt()"),
    ],
)
def test_what_is_no_exception_becomes_one(raised: BaseException, alone: bool, message: str) -> None:
    error = error_of(raised, alone)
    assert isinstance(error, AppError)
    assert str(error) == message
    assert error.__cause__ is raised


def test_an_exception_is_the_error_itself() -> None:
    error = ValueError()
    assert error_of(error) is error


def test_an_app_is_alone_unless_it_is_said() -> None:
    with pytest.raises(SystemExit):
        error_of(SystemExit())


@pytest.mark.parametrize(
    ("raised", "alone"),
    [(SystemExit(), True), (KeyboardInterrupt(), True), (Interruption(), True), (Interruption(), False)],
)
def test_what_ends_more_than_its_invocation_is_raised_again(raised: BaseException, alone: bool) -> None:
    with pytest.raises(type(raised)) as again:
        error_of(raised, alone)
    assert again.value is raised


def test_a_cancellation_is_of_the_task_that_it_ends() -> None:
    async def cancelled() -> list[bool]:
        task = asyncio.current_task()
        assert task is not None
        answers = [is_cancellation(asyncio.CancelledError())]
        task.cancel()
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError as error:
            answers += [is_cancellation(error), is_cancellation(ValueError())]
        task.uncancel()
        return answers

    assert asyncio.run(cancelled()) == [False, True, False]


def test_an_attempt_is_only_ended_from_outside() -> None:
    def end(error: BaseException) -> None:
        raise error

    assert attempt(lambda: 1, 2) == 1
    assert attempt(lambda: end(SystemExit()), 2) == 2
    with pytest.raises(Interruption):
        attempt(lambda: end(Interruption()), 2)
