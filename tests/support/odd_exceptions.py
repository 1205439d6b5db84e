"""Exceptions that say little about themselves: any of their attributes and methods may raise, or not be what it should.

An app, or a library of its, may define each of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from lambda_http_adapter.errors import AdapterError
from tests.support.lambda_log import caught

DEPTH = 2000  # twice as deep as Python calls


class OwnBaseError(BaseException):
    pass


def mute(raised: type[BaseException]) -> Exception:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise raised("no words")

        __repr__ = __str__

    return MuteError()


class SilentError(Exception):
    def __str__(self) -> str:
        return None  # type: ignore[return-value]  # noqa: PLE0307


class Text(str):
    """Is no ordinary text once it is asked for a part of itself."""

    __slots__ = ()

    def __getitem__(self, key: object) -> str:
        raise RuntimeError("no part")

    encode = __format__ = __add__ = __getitem__  # type: ignore[assignment]


class WordyError(Exception):
    def __str__(self) -> str:
        return Text("said")


@property  # type: ignore[misc]
def raising(self: object) -> str:
    raise RuntimeError("no attribute")


class LyingError(Exception):
    __class__ = __traceback__ = __cause__ = __context__ = __notes__ = raising  # type: ignore[assignment]


class FalseError(Exception):
    def __bool__(self) -> bool:
        raise RuntimeError("neither")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("never")

    __hash__ = None  # type: ignore[assignment]


class Nameless(type):
    __name__ = __module__ = raising


class NamelessError(Exception, metaclass=Nameless):
    pass


class ModulelessError(Exception):
    __module__ = None  # type: ignore[assignment]


class UntypedError(AdapterError):
    error_type = 5  # type: ignore[assignment]


class MistypedError(AdapterError):
    error_type = raising

    def __str__(self) -> str:
        raise RuntimeError("no words")


class ClosedGroup(ExceptionGroup[Exception]):
    @property
    def exceptions(self) -> tuple[Exception, ...]:
        raise RuntimeError("no members")


class MixedGroup(ExceptionGroup[Exception]):
    @property
    def exceptions(self) -> tuple[Exception, ...]:
        return "text", KeyError("the real reason"), None  # type: ignore[return-value]


def nested(depth: int = DEPTH) -> Exception:
    error: Exception = KeyError("the real reason")
    for _ in range(depth):
        error = ExceptionGroup("nested", [error])
    return error


def chained(depth: int = DEPTH) -> Exception:
    error: Exception = KeyError("the real reason")
    for _ in range(depth):
        following = ValueError("chained")
        following.__cause__ = following.__context__ = error
        error = following
    return error


class Loader:
    """Of a module that has no file. What it has instead is its source, or what it raises when it is asked for that."""

    def __init__(self, source: str | type[BaseException]) -> None:
        self._source = source

    def get_source(self, name: str) -> str:
        if isinstance(self._source, str):
            return self._source
        raise self._source("no source")


def raised_in(source: str | type[BaseException]) -> Exception:
    name = "text" if isinstance(source, str) else source.__name__
    code = compile("1 / 0", f"nowhere/{name}.py", "eval")
    return caught(lambda: eval(code, {"__name__": "generated", "__loader__": Loader(source)}))


def noted(notes: object) -> Exception:
    error = ValueError("noted")
    error.__notes__ = notes  # type: ignore[assignment]
    return error


ENDS = [
    RuntimeError,
    RecursionError,
    SystemExit,
    KeyboardInterrupt,
    GeneratorExit,
    asyncio.CancelledError,
    OwnBaseError,
]

ODD_EXCEPTIONS: dict[str, Callable[[], Exception]] = {
    **{f"its text raises {end.__name__}": lambda end=end: mute(end) for end in ENDS},  # type: ignore[misc]
    **{f"its source raises {end.__name__}": lambda end=end: raised_in(end) for end in ENDS},  # type: ignore[misc]
    "its source is a lone surrogate": lambda: raised_in("\ud800 / 0"),
    "its text is None": SilentError,
    "its text is of a class of its own": WordyError,
    "its text is a lone surrogate": lambda: ValueError("\ud800"),
    "its attributes raise": LyingError,
    "its truth raises": FalseError,
    "its class has no name": NamelessError,
    "its class has no module": ModulelessError,
    "its class has a long name": type("Error" * 1000, (Exception,), {}),
    "its class has a name of control characters": type("\r\n\x01" * 1000, (Exception,), {}),
    "its error type is a number": UntypedError,
    "its error type raises": MistypedError,
    "a group nested deeper than Python calls": nested,
    "a group whose members raise": lambda: ClosedGroup("closed", [KeyError()]),
    "a group of other things": lambda: MixedGroup("mixed", [KeyError()]),
    "a group of mutes": lambda: ExceptionGroup("mutes", [mute(end) for end in ENDS]),
    "a chain longer than Python calls": chained,
    "its notes are a number": lambda: noted(5),
    "its notes are not texts": lambda: noted([SilentError(), None]),
}

every_odd_exception = pytest.mark.parametrize("make", ODD_EXCEPTIONS.values(), ids=ODD_EXCEPTIONS)
