"""What an app is called with, at a glance."""

from __future__ import annotations


def arity(app: object) -> int | None:
    """How many arguments ``app`` takes, if it is a function or an object with ``__call__``, as nearly every app is.

    A signature would tell of all apps, at the price of two modules and half a millisecond at every cold start.
    """
    code = getattr(app, "__code__", None)
    if code is not None:
        return int(code.co_argcount) - hasattr(app, "__self__")
    code = getattr(type(app).__call__, "__code__", None)
    return None if code is None else int(code.co_argcount) - 1
