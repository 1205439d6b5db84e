"""Callables that the user wants called around invocations. One that fails is logged, and no reason to stop."""

import logging
from collections.abc import Awaitable, Callable
from typing import Self

from .._apps.interruption import error_of, is_cancellation
from .._values.context import LambdaContext
from ..errors import ConfigurationError

_logger = logging.getLogger("lambda_http_adapter")

Hook = Callable[[LambdaContext], object]


class Hooks:
    """``on_invocation_end`` runs behind the answer and before the next invocation: it costs the client nothing."""

    def __init__(
        self,
        on_invocation_start: Hook | None = None,
        on_invocation_end: Hook | None = None,
        on_shutdown: Callable[[], object] | None = None,
    ) -> None:
        self.on_invocation_start = on_invocation_start
        self.on_invocation_end = on_invocation_end
        self.on_shutdown = on_shutdown

    def require_sync(self) -> Self:
        """Raises ConfigurationError where a hook is a coroutine function and there will be no event loop for it."""
        for name, hook in vars(self).items():
            if hook is not None and _is_async(hook):
                raise ConfigurationError(
                    f"The option {name} is a coroutine function; what is served here has no event loop."
                )
        return self


def _is_async(hook: Callable[..., object]) -> bool:
    from .._apps.signature import is_async

    return is_async(hook)


def call(hook: Callable[..., object] | None, *arguments: object) -> None:
    if hook is not None:
        try:
            hook(*arguments)
        except BaseException as raised:
            _failed(hook, error_of(raised))


async def call_async(hook: Callable[..., object] | None, *arguments: object) -> None:
    if hook is not None:
        try:
            result = hook(*arguments)
            if isinstance(result, Awaitable):
                await result
        except BaseException as raised:
            if is_cancellation(raised):
                raise
            _failed(hook, error_of(raised))


def _failed(hook: Callable[..., object], error: Exception) -> None:
    _logger.error("The hook %s failed", getattr(hook, "__qualname__", hook), exc_info=error)
