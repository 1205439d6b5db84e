"""The suites: which version of each, what its tests import, and which of them no HTTP request reaches."""

from __future__ import annotations

from typing import NamedTuple


class Suite(NamedTuple):
    """The tests in the source distribution of ``name``; ``options`` are pytest's."""

    name: str
    version: str
    options: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """What its source distribution unpacks to."""
        return f"{self.name}-{self.version}"


SUITES = {
    suite.name: suite
    for suite in (
        # WebSockets and trio don't exist on Lambda. Root may read what the deselected test forbids to read.
        Suite(
            "starlette",
            "1.10.0",
            (
                "--ignore=tests/test_websockets.py",
                "--deselect=tests/test_staticfiles.py::test_staticfiles_with_invalid_dir_permissions_returns_401",
                "-k",
                "not trio",
            ),
        ),
        # Left out: measurements of time and memory, exports of telemetry, a command.
        Suite(
            "fastapi",
            "0.165.0",
            (
                "--ignore=tests/benchmarks",
                "--ignore=tests/memory_benchmarks",
                "--ignore=tests/test_telemetry",
                "--ignore=tests/test_fastapi_cli.py",
                "-k",
                "not trio",
            ),
        ),
        Suite("flask", "3.1.3", ("--ignore=tests/test_cli.py",)),
        Suite("werkzeug", "3.1.9", ("--ignore=tests/test_serving.py",)),  # it tests the development server
    )
}

# What the tests import, beside the frameworks and what this package depends on.
REQUIREMENTS = (
    "a2wsgi==1.10.10",
    "asgiref==3.13.0",
    "blinker==1.9.0",
    "cffi==2.1.1",
    "cryptography==50.0.2",
    "dirty-equals==0.11",
    "email-validator==2.4.0",
    "ephemeral-port-reserve==1.1.4",
    "greenlet==3.5.6",
    "httpx2[zstd]==2.16.2",
    "inline-snapshot==0.36.1",
    "itsdangerous==2.2.0",
    "jinja2==3.1.6",
    "opentelemetry-sdk==1.45.2",
    "orjson==3.13.0",
    "pwdlib[argon2]==0.3.1",
    "pydantic==2.14.4",
    "pydantic-extra-types==2.11.1",
    "pydantic-settings==2.16.3",
    "pyjwt==2.15.1",
    "pytest==9.0.3",  # Flask 3.1.3 can't be tested with a newer one
    "pytest-timeout==2.4.0",
    "pytest-xdist==3.8.0",
    "python-dotenv==1.2.4",
    "python-multipart==0.0.34",
    "pyyaml==6.0.4",
    "sniffio==1.3.1",
    "sqlmodel==0.0.50",
    "strawberry-graphql==0.341.2",
    "trio==0.34.0",  # Starlette's tests import it
    "typer==0.29.2",
    "ujson==6.1.0",
    "uvicorn==0.54.0",
    "watchdog==7.1.0",
)
