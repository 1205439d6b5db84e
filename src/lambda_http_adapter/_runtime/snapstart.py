"""Lambda SnapStart: the environment is initialised once, and every other one is a copy of its memory.

https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html
"""

from __future__ import annotations

import logging
import random
import sys

from ..errors import RuntimeAPIError
from .client import Buffers, RuntimeClient
from .error_report import report_of
from .sync_connection import ask_once

_logger = logging.getLogger("lambda_http_adapter")


class SnapStartError(Exception):
    """A hook failed. ``report`` is the call that tells the Runtime API, ``code`` the exit code that AWS uses."""

    def __init__(self, report: Buffers, code: int) -> None:
        super().__init__(f"exit code {code}")
        self.report = report
        self.code = code


def snapshot(authority: str) -> None:
    """Run the hooks of ``snapshot_restore_py`` around the snapshot, which is taken while this waits.

    Raises SnapStartError: with code 64 for a hook before the snapshot, 65 for one after it.
    """
    client = RuntimeClient(authority)
    # Only an app that imports it can have registered anything.
    hooks = sys.modules.get("snapshot_restore_py")
    try:
        if hooks is not None:
            before = hooks.get_before_snapshot()
            while before:
                function, arguments, keywords = before.pop()
                function(*arguments, **keywords)
        _restore(client, authority)
    except Exception as error:
        _log(error)
        report = report_of(error, error_type="Runtime.BeforeSnapshotError")
        raise SnapStartError(client.init_error(report), 64) from error
    # Copies that share their random numbers would share their session keys.
    random.seed()
    try:
        if hooks is not None:
            for function, arguments, keywords in hooks.get_after_restore():
                function(*arguments, **keywords)
    except Exception as error:
        _log(error)
        report = report_of(error, error_type="Runtime.AfterRestoreError")
        raise SnapStartError(client.restore_error(report), 65) from error


def _restore(client: RuntimeClient, authority: str) -> None:
    # A connection of its own, since none survives the snapshot.
    answer = ask_once(authority, client.restore_next())
    if answer.status != 200:
        raise RuntimeAPIError(f"restore/next answered {answer.status}: {answer.body[:1024]!r}")


def _log(error: Exception) -> None:
    _logger.critical("A SnapStart hook failed: %s", error, exc_info=error)
