"""Lambda SnapStart: the environment is initialised once, and every other one is a copy of its memory.

https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html
"""

from __future__ import annotations

import logging
import random
import sys
from typing import NoReturn

from ..errors import RuntimeAPIError
from .client import Buffers, RuntimeClient
from .error_report import report_of
from .start import leave
from .sync_connection import SyncConnection

_logger = logging.getLogger("lambda_http_adapter")


def snapshot(authority: str) -> None:
    """Run the hooks of ``snapshot_restore_py`` around the snapshot, which is taken while this waits.

    Exits with AWS's codes: 64 where a hook before it failed, 65 where one after it did.
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
        _fail(authority, client.init_error(report_of(error, error_type="Runtime.BeforeSnapshotError")), error, 64)
    # Copies that share their random numbers would share their session keys.
    random.seed()
    try:
        if hooks is not None:
            for function, arguments, keywords in hooks.get_after_restore():
                function(*arguments, **keywords)
    except Exception as error:
        _fail(authority, client.restore_error(report_of(error, error_type="Runtime.AfterRestoreError")), error, 65)


def _restore(client: RuntimeClient, authority: str) -> None:
    # A connection of its own, since none survives the snapshot.
    connection = SyncConnection(authority)
    try:
        connection.send(client.restore_next())
        answer = connection.answer()
        if answer.status != 200:
            raise RuntimeAPIError(f"restore/next answered {answer.status}: {answer.body[:1024]!r}")
    finally:
        connection.close()


def _fail(authority: str, report: Buffers, error: Exception, code: int) -> NoReturn:
    _logger.critical("A SnapStart hook failed: %s", error, exc_info=error)
    leave(authority, report, code)
