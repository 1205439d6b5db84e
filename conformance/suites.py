"""The suites: which version of each, what its tests import, and which of them no HTTP request reaches."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Suite(NamedTuple):
    """The tests in the source distribution of ``name``; ``options`` are pytest's, ``tests`` its arguments.

    ``clients`` are modules that put a front door in place of the suite's clients. ``left_out`` has a module in
    ``conformance.left_out`` by the name under which tests import what the source distribution leaves out. With
    ``own_script``, ``tests`` are labels of Django's script for its tests, which takes the place of pytest.
    """

    name: str
    version: str
    clients: tuple[str, ...]
    options: tuple[str, ...] = ()
    tests: tuple[str, ...] = ("tests",)
    left_out: Mapping[str, str] = MappingProxyType({})
    own_script: bool = False

    @property
    def folder(self) -> str:
        """What its source distribution unpacks to."""
        return f"{self.name.replace('-', '_')}-{self.version}"


SUITES = {
    suite.name: suite
    for suite in (
        # WebSockets and trio don't exist on Lambda. Root may read what the deselected test forbids to read.
        Suite(
            "starlette",
            "1.10.0",
            ("asgi_clients",),
            (
                "--ignore=tests/test_websockets.py",
                "--deselect=tests/test_staticfiles.py::test_staticfiles_with_invalid_dir_permissions_returns_401",
                "-k",
                "not trio",
            ),
        ),
        # Left out: measurements of time and memory, exports of telemetry, a command. Some tests share a folder, so they
        # run in one process.
        Suite(
            "fastapi",
            "0.165.0",
            ("asgi_clients", "wsgi_clients"),
            (
                "--ignore=tests/benchmarks",
                "--ignore=tests/memory_benchmarks",
                "--ignore=tests/test_telemetry",
                "--ignore=tests/test_fastapi_cli.py",
                "--numprocesses=1",
                "-k",
                "not trio",
            ),
        ),
        Suite("flask", "3.1.3", ("wsgi_clients",), ("--ignore=tests/test_cli.py",)),
        # What is left out tests the development server.
        Suite("werkzeug", "3.1.9", ("wsgi_clients",), ("--ignore=tests/test_serving.py",)),
        # Left out: tests of an example, which the source distribution doesn't have.
        Suite(
            "sse-starlette",
            "3.7.0",
            ("asgi_clients",),
            ("--ignore=tests/test_broadcasting_example.py", "-k", "not trio"),
            left_out={"tests.anyio_compat": "sse_starlette"},
        ),
        # The deselected test reads a file that the source distribution leaves out.
        Suite(
            "whitenoise",
            "6.12.0",
            ("whitenoise_clients",),
            ("--deselect=tests/test_compress.py::test_compress",),
            left_out={"tests.utils": "whitenoise"},
        ),
        # The tests that ask a server over HTTP. Left out: servers in processes of their own, a count of what the tests
        # cover, and the tests of the transport that a front door replaces.
        Suite(
            "mcp",
            "2.3.0",
            ("asgi_clients", "mcp_clients"),
            (
                "--ignore=tests/interaction/transports/test_stdio.py",
                "--ignore=tests/interaction/transports/test_bridge.py",
                "--ignore=tests/interaction/test_coverage.py",
                "--override-ini=log_cli=false",
                "--override-ini=timeout=20",
                "--color=no",
                "-k",
                "not trio",
            ),
            tests=(
                "tests/client/test_http_unicode.py",
                "tests/client/test_notification_response.py",
                "tests/client/test_streamable_http.py",
                "tests/interaction",
                "tests/server/auth",
                "tests/server/mcpserver/auth",
                "tests/server/test_sse_security.py",
                "tests/server/test_streamable_http_manager.py",
                "tests/server/test_streamable_http_modern.py",
                "tests/server/test_streamable_http_security.py",
                "tests/shared/test_sse.py",
                "tests/shared/test_streamable_http.py",
            ),
        ),
        # The tests that ask an app through a test client; those of asgi and wsgi call it themselves. Of the deselected
        # ones, some share a folder with those that run beside them, and root may write what another forbids to write.
        Suite(
            "django",
            "5.2.19",
            ("django_clients",),
            ("--deselect=file_uploads.tests.DirectoryCreationTests",),
            tests=(
                "async",
                "conditional_processing",
                "context_processors",
                "csrf_tests",
                "file_uploads",
                "flatpages_tests",
                "generic_views",
                "handlers",
                "httpwrappers",
                "messages_tests",
                "middleware",
                "middleware_exceptions",
                "redirects_tests",
                "requests_tests",
                "sessions_tests",
                "sitemaps_tests",
                "syndication_tests",
                "test_client",
                "test_client_regress",
                "urlpatterns_reverse",
                "view_tests",
            ),
            own_script=True,
        ),
    )
}

# What the tests import, beside the frameworks and what this package depends on.
REQUIREMENTS = (
    "a2wsgi==1.10.10",
    "argon2-cffi==25.1.0",
    "asgi-lifespan==2.1.0",
    "asgiref==3.13.0",
    "bcrypt==5.0.0",
    "blinker==1.9.0",
    "blockbuster==1.5.29",
    "brotli==1.2.1",
    "cffi==2.1.1",
    "cryptography==50.0.2",
    "dirty-equals==0.11",
    "docutils==0.23",
    "email-validator==2.4.0",
    "ephemeral-port-reserve==1.1.4",
    "greenlet==3.5.6",
    "httpx2[zstd]==2.16.2",
    "inline-snapshot==0.36.1",
    "itsdangerous==2.2.0",
    "jinja2==3.1.6",
    "logfire==5.4.0",
    "opentelemetry-sdk==1.45.2",
    "orjson==3.13.0",
    "pillow==13.0.0",
    "portend==3.2.1",
    "psutil==7.2.2",
    "pwdlib[argon2]==0.3.1",
    "pydantic==2.14.4",
    "pydantic-extra-types==2.11.1",
    "pydantic-settings==2.16.3",
    "pyjwt==2.15.1",
    "pymemcache==4.0.0",
    "pytest==9.0.3",  # Flask 3.1.3 can't be tested with a newer one
    "pytest-asyncio==1.5.0",
    "pytest-examples==0.0.18",
    "pytest-timeout==2.4.0",
    "pytest-xdist==3.8.0",
    "python-dotenv==1.2.4",
    "python-multipart==0.0.34",
    "pyyaml==6.0.4",
    "requests==2.34.2",
    "sniffio==1.3.1",
    "sqlmodel==0.0.50",
    "strawberry-graphql==0.341.2",
    "tblib==3.2.2",
    "tenacity==9.2.1",
    "trio==0.34.0",  # Starlette's tests import it
    "typer==0.29.2",
    "ujson==6.1.0",
    "uvicorn==0.54.0",
    "watchdog==7.1.0",
)
