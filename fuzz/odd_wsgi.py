"""WSGI apps that call start_response and write() in any order, return anything, and fail anywhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, cast

from fuzz.choices import Choices
from fuzz.odd_values import Part, Seen, odd_body, odd_headers
from lambda_http_adapter._types import Environ, StartResponse

_LINES: tuple[object, ...] = ("200 OK", "200 OK", "200 OK", "201 Created", "204 No Content", "304 Not Modified")
_LINES += ("404 Not Found", "500 x", "599 ", "200", "20", "2000 x", "100 Continue", "٢٠٠ OK", "-20 x", "", " 200 OK")
_LINES += ("200 OK\r\nx-forged: 1", "200\tOK", b"200 OK", None, 200, "600 x", "0x1 x", "²00 x")
_HEADERS: tuple[object, ...] = (None, 5, "ab", {"x-fa": "1"}, [()], [("x",)], [(b"x-fa", b"1")], [("x", "☕")], [None])
_FORMS = ("list", "tuple", "iterator", "generator", "generator", "generator", "odd")
_ERRORS: tuple[type[BaseException], ...] = (
    ValueError,
    OSError,
    BrokenPipeError,
    StopIteration,
    SystemExit,
    GeneratorExit,
)
_KINDS = ("start", "write", "write", "again", "raise", "chunk", "chunk", "chunk")


class Move(NamedTuple):
    """``kind``: start (or again, with exc_info), write, raise, or chunk, which only a generator can.

    ``forgives``: the app goes on if it raises.
    """

    kind: str
    head: tuple[object, object]
    data: object
    forgives: bool
    error: BaseException


class WSGIScript:
    """An app, as often as it is played."""

    def __init__(self, choices: Choices) -> None:
        self.first = [self._move(choices, place) for place in range(choices.below(4))]
        self.form = choices.of(_FORMS)
        self.later = [self._move(choices, 9) for _ in range(choices.below(5))]
        self.odd = choices.of((None, 5, b"bytes", "text", {b"a": 1}, _NoIterable(), [[b"x"]]))
        self.closes_with = choices.of((None, None, ValueError, SystemExit))

    def _move(self, choices: Choices, place: int) -> Move:
        kind = "start" if place == 0 else choices.of(_KINDS)
        status = choices.of(_LINES) if choices.one_in(2) else "200 OK"
        headers: object = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in odd_headers(choices)]
        if choices.one_in(16):
            headers = choices.of(_HEADERS)
        return Move(kind, (status, headers), odd_body(choices), choices.one_in(2), choices.of(_ERRORS)("odd"))

    def play(self, seen: Seen) -> WSGIPlayer:
        return WSGIPlayer(self, seen)


class _NoIterable:
    def __iter__(self) -> Iterator[bytes]:
        raise LookupError("odd")


class WSGIPlayer:
    """One run of the app."""

    def __init__(self, script: WSGIScript, seen: Seen) -> None:
        self._script = script
        self._seen = seen
        self._write: Callable[[bytes], object] | None = None

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        script = self._script
        for move in script.first:
            self._do(move, start_response)
        chunks = [move.data for move in script.later if move.kind == "chunk"]
        result: object = script.odd
        match script.form:
            case "list":
                result = [cast("bytes", each) for each in chunks]
                return _Watched(iter(result), self._seen)
            case "tuple":
                return _Watched(iter(tuple(chunks)), self._seen)
            case "iterator":
                return _Closing(iter(chunks), self._seen, script.closes_with)
            case "generator":
                return _Closing(self._generated(start_response), self._seen, script.closes_with)
        if isinstance(result, dict):
            self._seen.parts += [*(Part(data=each) for each in result), Part(is_last=True)]
        return cast("Iterable[bytes]", result)

    def _generated(self, start_response: StartResponse) -> Iterator[object]:
        for move in self._script.later:
            if move.kind == "chunk":
                yield move.data
            else:
                self._do(move, start_response)

    def _do(self, move: Move, start_response: StartResponse) -> None:
        try:
            self._call(move, start_response)
        except Exception:
            if not move.forgives:
                raise

    def _call(self, move: Move, start_response: StartResponse) -> None:
        match move.kind:
            case "start":
                self._write = start_response(*cast("tuple[str, list[tuple[str, str]]]", move.head))
                self._seen.parts.append(Part(move.head))
            case "again":
                try:
                    raise LookupError("odd")
                except LookupError:
                    head = cast("tuple[str, list[tuple[str, str]]]", move.head)
                    self._write = start_response(*head, sys.exc_info())
                self._seen.parts.append(Part(move.head, replaces=True))
            case "write" if self._write is not None:
                self._write(cast("bytes", move.data))
                self._seen.parts.append(Part(data=move.data))
            case "raise":
                self._seen.left = self._seen.left or isinstance(move.error, SystemExit)
                raise move.error


class _Watched:
    """Chunks that are accepted once the server asks for what is behind them."""

    def __init__(self, chunks: Iterator[object], seen: Seen) -> None:
        self._chunks = chunks
        self._seen = seen
        self._last: list[object] = []

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        self._seen.parts += [Part(data=each) for each in self._last]
        self._last = []
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self._seen.parts.append(Part(is_last=True))
            raise
        self._last = [chunk]
        return cast("bytes", chunk)


class _Closing(_Watched):
    def __init__(self, chunks: Iterator[object], seen: Seen, error: type[BaseException] | None) -> None:
        super().__init__(chunks, seen)
        self._error = error

    def close(self) -> None:
        if self._error is not None:
            self._seen.left = self._seen.left or self._error is SystemExit
            raise self._error("odd")
