"""User hooks around each invocation. A failing hook is logged; serving continues."""

import logging
from collections.abc import Awaitable, Callable

from .. import _apps
from .._apps import attempt, error_of, is_cancellation
from .._values.config import Config
from .._values.context import LambdaContext
from ..errors import ConfigurationError

_logger = logging.getLogger("lambda_http_adapter")

Hook = Callable[..., object]


class SyncHooks:
    """What a loop without asyncio calls."""

    def __init__(self, config: Config, alone: bool) -> None:
        """``alone``: no other invocation is in flight, so a hook may end the process with SystemExit.

        Raises ConfigurationError where a hook is a coroutine function: there will be no event loop for it.
        """
        from .._apps.signature import is_async

        for name in ("on_invocation_start", "on_invocation_end", "on_shutdown"):
            hook = getattr(config, name)
            if hook is not None and is_async(hook):
                raise ConfigurationError(
                    f"The option {name} is a coroutine function; what is served here has no event loop."
                )
        self._config = config
        self._alone = alone

    def start(self, context: LambdaContext) -> None:
        self._call(self._config.on_invocation_start, context)

    def end(self, context: LambdaContext) -> None:
        """Behind the reply and before the next invocation: it costs the client nothing."""
        self._call(self._config.on_invocation_end, context)
        if _apps.tracing is not None:
            self._call(_apps.tracing.flush)

    def shutdown(self) -> None:
        self._call(self._config.on_shutdown)

    def _call(self, hook: Hook | None, *arguments: object) -> None:
        if hook is not None:
            try:
                hook(*arguments)
            except BaseException as raised:
                _failed(hook, error_of(raised, self._alone))


class AsyncHooks:
    """What the loop on asyncio calls: hooks may be async, and are awaited."""

    def __init__(self, config: Config, alone: bool) -> None:
        self._config = config
        self._alone = alone

    async def start(self, context: LambdaContext) -> None:
        await self._call(self._config.on_invocation_start, context)

    async def end(self, context: LambdaContext) -> None:
        """Behind the reply and before the next invocation: it costs the client nothing."""
        await self._call(self._config.on_invocation_end, context)
        if _apps.tracing is not None:
            await self._call(_apps.tracing.flush_async)

    async def shutdown(self) -> None:
        await self._call(self._config.on_shutdown)

    async def _call(self, hook: Hook | None, *arguments: object) -> None:
        if hook is not None:
            try:
                result = hook(*arguments)
                if isinstance(result, Awaitable):
                    await result
            except BaseException as raised:
                if is_cancellation(raised):
                    raise
                _failed(hook, error_of(raised, self._alone))


def _failed(hook: Hook, error: Exception) -> None:
    name = attempt(lambda: getattr(hook, "__qualname__", hook), type(hook).__name__)
    _logger.error("The hook %s failed", name, exc_info=error)
