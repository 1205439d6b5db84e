"""PostgreSQL as a process, with a database for one test."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.child_process import inherited_environment
from tests.support.server_process import free_port

BINARY = shutil.which("postgres")
USER = "guestbook"
PASSWORD = "of-this-test"


def _unprivileged_user() -> int | None:
    """A user other than root, which PostgreSQL refuses to run as; None for the current one."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


@contextmanager
def postgresql() -> Iterator[dict[str, str]]:
    """The variables of the Django example that lead to a new database."""
    assert BINARY is not None
    programs = Path(BINARY).resolve().parent
    user, port = _unprivileged_user(), free_port()
    with tempfile.TemporaryDirectory(prefix="postgresql-") as directory:
        if user is not None:
            os.chown(directory, user, -1)
        password = Path(directory, "password")
        password.write_text(PASSWORD)
        password.chmod(0o644)
        data = f"{directory}/data"

        def run(program: str, *arguments: str) -> None:
            subprocess.run(
                [programs / program, *arguments],
                check=True,
                cwd=directory,
                user=user,
                stdout=subprocess.DEVNULL,
                env=inherited_environment(),
            )

        run("initdb", "-D", data, "-U", USER, "--auth=scram-sha-256", f"--pwfile={password}", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        run("pg_ctl", "start", "--wait", "-D", data, "-o", options, "-l", f"{directory}/log")
        try:
            yield {
                "DATABASE_HOST": "127.0.0.1",
                "DATABASE_PORT": str(port),
                "DATABASE_NAME": "postgres",
                "DATABASE_USER": USER,
                "DATABASE_PASSWORD": PASSWORD,
            }
        finally:
            run("pg_ctl", "stop", "-D", data, "-m", "immediate")
