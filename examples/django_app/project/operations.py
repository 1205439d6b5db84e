"""manage.py's commands as events of the function, for its operator.

The event is ``{"manage": ["migrate", "--plan"]}``. The event of a front door is an HTTP request and never reaches this
handler: to run a command, a client needs the permission to invoke the function by AWS's API.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from io import StringIO

from asgiref.sync import sync_to_async
from django.core.management import CommandError, call_command
from django.db import close_old_connections, connection

COMMANDS = ("check", "clearsessions", "createsuperuser", "migrate", "showmigrations")
"""Those that an operator needs here. ``shell`` would run any code in an event."""

_LOCK = 0x6775657374  # any number that nothing else in this database locks


@dataclass
class Event:
    manage: list[str]


def manage(event: Event) -> dict[str, str]:
    """Run the command and return its output.

    Raises CommandError for a command that isn't in ``COMMANDS``, and for one that fails, with its output so far: the
    invocation fails.
    """
    name, *arguments = event.manage or [""]
    if name not in COMMANDS:
        raise CommandError(f"manage.py {name!r} can't be run by an event; expected one of {', '.join(COMMANDS)}.")
    close_old_connections()  # as before a request: the server may have closed this one since the last event
    output = StringIO()
    try:
        with _only_migration() if name == "migrate" else nullcontext():
            call_command(name, *arguments, stdout=output, stderr=output, no_color=True)
    except (Exception, SystemExit) as error:  # `migrate --check` exits
        raise CommandError(f"manage.py {name} failed: {error}\n{output.getvalue()}") from error
    return {"output": output.getvalue()}


async def amanage(event: Event) -> dict[str, str]:
    """``manage`` beside an ASGI app: Django's database layer refuses to run in the event loop's thread."""
    return await sync_to_async(manage)(event)


@contextmanager
def _only_migration() -> Iterator[None]:
    """Hold PostgreSQL's lock for migrations, which ends with the connection too. SQLite locks its file itself.

    Raises CommandError if another migration is running: the AWS CLI sends an event again if no answer comes in time.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise CommandError("Another migration is running.")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
