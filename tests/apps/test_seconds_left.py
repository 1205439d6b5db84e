"""How long an app may take."""

import time

import pytest

from lambda_http_adapter import LambdaContext
from lambda_http_adapter._apps import seconds_left


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
