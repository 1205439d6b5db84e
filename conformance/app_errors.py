"""Test clients raise what the app raised; a front door answers with an error. Both need the app's own exception."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from lambda_http_adapter._types import Environ, Receive, Scope, Send, SingleCallable, StartResponse, WSGIApp


class AppErrors:
    """The exceptions of an app, in the order in which it raised them."""

    def __init__(self) -> None:
        self._errors: list[BaseException] = []

    def add(self, error: BaseException) -> None:
        if not isinstance(error, (asyncio.CancelledError, GeneratorExit)):
            self._errors.append(error)

    def raise_first(self) -> None:
        """Raises the first one, and forgets all."""
        error = self._errors[0] if self._errors else None
        self.forget()
        if error is not None:
            raise error

    def forget(self) -> None:
        self._errors.clear()


class RecordedASGI:
    """``app``, with its exceptions recorded. It is the attribute ``app``, as of a middleware.

    ``lifespan_state`` is what the app has in its state since its startup.
    """

    def __init__(self, app: SingleCallable, errors: AppErrors) -> None:
        self.app = app
        self.lifespan_state: dict[str, object] = {}
        self._errors = errors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            self.lifespan_state = cast("dict[str, object]", scope["state"])
        try:
            await self.app(scope, receive, send)
        except BaseException as error:
            self._errors.add(error)
            raise


class RecordedWSGI:
    """``app``, with its exceptions recorded; ``variables`` are added to its environ where they are missing."""

    def __init__(self, app: WSGIApp, errors: AppErrors, variables: Mapping[str, object]) -> None:
        self.app = app
        self._errors = errors
        self._variables = variables

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        for name, value in self._variables.items():
            environ.setdefault(name, value)
        try:
            return RecordedParts(self.app(environ, start_response), self._errors)
        except BaseException as error:
            self._errors.add(error)
            raise


class RecordedParts:
    """The iterable that a WSGI app returned."""

    def __init__(self, parts: Iterable[bytes], errors: AppErrors) -> None:
        self._parts = parts
        self._errors = errors

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._parts
        except BaseException as error:
            self._errors.add(error)
            raise

    def close(self) -> None:
        close = getattr(self._parts, "close", None)
        if close is not None:
            try:
                close()
            except BaseException as error:
                self._errors.add(error)
                raise
