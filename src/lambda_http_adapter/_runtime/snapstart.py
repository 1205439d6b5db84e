"""Lambda SnapStart: the environment is initialised once, and every other one is a copy of its memory.

https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html
"""

from __future__ import annotations

import logging
import random
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, cast

from .._apps import error_of
from ..errors import ConfigurationError, RuntimeAPIError
from .client import Buffers, RuntimeClient
from .error_report import report_of
from .sync_connection import ask_once

if TYPE_CHECKING:
    from .._types import AsyncFunction, SyncFunction
    from .._values.config import Config

_logger = logging.getLogger("lambda_http_adapter")


class SnapStartError(Exception):
    """A hook failed. ``report`` is the call that tells the Runtime API, ``code`` the exit code that AWS uses."""

    def __init__(self, report: Buffers, code: int) -> None:
        super().__init__(f"exit code {code}")
        self.report = report
        self.code = code


def snapshot(
    authority: str, config: Config, function: SyncFunction | AsyncFunction, wait: Callable[..., None] | None
) -> None:
    """Run the hooks around the snapshot, which is taken while this waits: the options ``on_snapshot`` and
    ``on_restore``, and between them those of ``snapshot_restore_py``.

    ``wait``: waits for a coroutine in the event loop of an async ``function``; None for a sync one.

    Raises SnapStartError: with code 64 for a hook before the snapshot, 65 for one after it.
    """

    def call(hook: Callable[..., object] | str, *arguments: object, **keywords: object) -> None:
        if wait is None:
            call_hook(cast("SyncFunction", function), hook, arguments, keywords)
        else:
            wait(call_hook_async(cast("AsyncFunction", function), hook, arguments, keywords))

    client = RuntimeClient(authority)
    # Only an app that imports it can have registered anything.
    registry = sys.modules.get("snapshot_restore_py")
    try:
        if config.on_snapshot is not None:
            call(config.on_snapshot)
        if registry is not None:
            before = registry.get_before_snapshot()
            while before:
                hook, arguments, keywords = before.pop()
                call(hook, *arguments, **keywords)
        _restore(client, authority)
    except BaseException as raised:
        error = _failed(raised)
        report = report_of(error, error_type="Runtime.BeforeSnapshotError")
        raise SnapStartError(client.init_error(report), 64) from error
    # Copies that share their random numbers would share their session keys.
    random.seed()
    try:
        if registry is not None:
            for hook, arguments, keywords in registry.get_after_restore():
                call(hook, *arguments, **keywords)
        if config.on_restore is not None:
            call(config.on_restore)
    except BaseException as raised:
        error = _failed(raised)
        report = report_of(error, error_type="Runtime.AfterRestoreError")
        raise SnapStartError(client.restore_error(report), 65) from error


Hook = Callable[..., object] | str
"""A function, or a path of the app."""


def call_hook(
    function: SyncFunction, hook: Hook, arguments: tuple[object, ...] = (), keywords: Mapping[str, object] = {}
) -> None:
    """Raises ConfigurationError for an async hook, and AppError where a path isn't answered with 2xx."""
    if isinstance(hook, str):
        from .._apps.hook_paths import post

        post(function, hook)
        return
    result = hook(*arguments, **keywords)
    if isinstance(result, Coroutine):  # of a function that doesn't look like a coroutine function
        result.close()
        raise _no_event_loop(hook)


async def call_hook_async(
    function: AsyncFunction, hook: Hook, arguments: tuple[object, ...] = (), keywords: Mapping[str, object] = {}
) -> None:
    """Waits for an async hook. Raises AppError where a path isn't answered with 2xx."""
    if isinstance(hook, str):
        from .._apps.hook_paths import post_async

        await post_async(function, hook)
        return
    result = hook(*arguments, **keywords)
    if isinstance(result, Awaitable):
        await result


def require_sync(config: Config) -> None:
    """Raises ConfigurationError if one of the hooks is a coroutine function: there will be no event loop for it."""
    from .._apps.signature import is_async

    hooks = [config.on_snapshot, config.on_restore]
    registry = sys.modules.get("snapshot_restore_py")
    if registry is not None:
        hooks += [hook for hook, *_ in [*registry.get_before_snapshot(), *registry.get_after_restore()]]
    for hook in hooks:
        if callable(hook) and is_async(hook):
            raise _no_event_loop(hook)


def _no_event_loop(hook: Callable[..., object]) -> ConfigurationError:
    name = getattr(hook, "__qualname__", repr(hook))
    return ConfigurationError(f"The SnapStart hook {name} is async; what is served here has no event loop.")


def _restore(client: RuntimeClient, authority: str) -> None:
    # A connection of its own, since none survives the snapshot.
    answer = ask_once(authority, client.restore_next())
    if answer.status != 200:
        raise RuntimeAPIError(f"restore/next answered {answer.status}: {answer.body[:1024]!r}")


def _failed(raised: BaseException) -> Exception:
    """The error to report for a hook that has raised this. SystemExit, CancelledError and their like are errors too:
    whatever a hook hasn't finished, nothing may be served without it."""
    error = error_of(raised, alone=False)
    _logger.critical("A SnapStart hook failed: %s", error, exc_info=error)
    return error
