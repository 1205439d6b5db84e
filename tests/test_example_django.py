"""The Django example: its own tests, the settings without which it doesn't work on Lambda, commands as events."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import psycopg
import pytest

from tests.support.django_site import Site, build_site, python_as_on_lambda
from tests.support.paths import ROOT
from tests.support.postgresql import BINARY, postgresql
from tests.support.runtime_interface_emulator import Emulator, StartEmulator

LOCK = 0x6775657374  # as in project/operations.py
DISCONNECT_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' "
    "AND pid <> pg_backend_pid()"
)
MIGRATE = json.dumps({"manage": ["migrate"]})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = build_site(tmp_path_factory.mktemp("django"))
    site.directory.chmod(0o555)
    yield site
    site.directory.chmod(0o755)


def test_its_own_tests(site: Site) -> None:
    environment = site.environment(DJANGO_SETTINGS_MODULE="project.settings")
    done = site.run([sys.executable, "-W", "error", "manage.py", "test"], environment)
    assert done.returncode == 0, done.stderr
    assert "Ran 11 tests" in done.stderr


def test_its_migrations_are_complete(site: Site) -> None:
    assert site.manage("makemigrations", "--check", "--dry-run") == "No changes detected\n"


# The settings


class Need(NamedTuple):
    """What a command says with a setting, and without it."""

    setting: str
    command: list[str]
    with_it: str
    without_it: str
    event: str = ""
    stage: str = ""


def invoke(*request: str) -> list[str]:
    return ["-m", "lambda_http_adapter", "invoke", *request, "--app", "project.wsgi:handler"]


BEHIND_A_STAGE = ["--origin", "rest", "--stage", "live"]
STYLE = "/static/guestbook/style.css"

NEEDS = [
    Need("SECRET_KEY", ["manage.py", "check", "--deploy"], "1 issue", "(security.W009)"),
    Need("ALLOWED_HOSTS", invoke("GET", "/admin/login/"), "HTTP/1.1 200 OK", "HTTP/1.1 400 Bad Request"),
    Need("DATABASES", invoke("--event", "-"), "Applying sessions", "unable to open database file", event=MIGRATE),
    Need(
        "STATIC_ROOT", ["manage.py", "collectstatic", "--dry-run", "--noinput"], "static files", "STATIC_ROOT setting"
    ),
    Need("MIDDLEWARE", invoke("GET", STYLE), "HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found"),
    Need(
        "STATIC_URL",
        invoke("GET", "/admin/login/", *BEHIND_A_STAGE),
        'href="/live/static/admin/css/base.',
        'href="/static/admin/css/base.',
        stage="live",
    ),
    Need(
        "WHITENOISE_STATIC_PREFIX",
        invoke("GET", STYLE, *BEHIND_A_STAGE),
        "HTTP/1.1 200 OK",
        "HTTP/1.1 404 Not Found",
        stage="live",
    ),
]


# One of manage.py, one of a request; the others are for the slow group.
DEFAULT = ("STATIC_ROOT", "STATIC_URL")


@pytest.mark.parametrize(
    "need",
    [pytest.param(need, marks=[] if need.setting in DEFAULT else pytest.mark.slow) for need in NEEDS],
    ids=lambda need: need.setting,
)
def test_each_setting_is_needed(need: Need, site: Site, tmp_path: Path) -> None:
    said = []
    for module in ("project.lambda_settings", "tests.support.django_settings_without"):
        environment = site.environment(
            DJANGO_SETTINGS_MODULE=module,
            WITHOUT=need.setting,
            ALLOWED_HOSTS=".on.aws,.amazonaws.com",
            STAGE=need.stage,
            TMPDIR=str(tmp_path),
        )
        done = site.run(python_as_on_lambda(*need.command), environment, need.event)
        said.append(done.stdout + done.stderr)
    assert need.with_it in said[0]
    assert need.without_it not in said[0]
    assert need.without_it in said[1]


def test_the_documentation_names_each_setting() -> None:
    tables = re.findall(r"^\| `(\w+)", (ROOT / "docs" / "django.md").read_text(), re.MULTILINE)
    assert tables == [need.setting for need in NEEDS]


# Commands as events


@pytest.fixture(params=["wsgi", "asgi"])
def function(request: pytest.FixtureRequest, site: Site, emulator: StartEmulator, tmp_path: Path) -> Emulator:
    command = python_as_on_lambda("-m", "lambda_http_adapter", "run", f"project.{request.param}:handler")
    return emulator(command, site.environment(TMPDIR=str(tmp_path)), site.directory)


def ask(function: Emulator, event: object) -> dict[str, Any]:
    status, answer = function.invoke(event)
    assert status == 200
    return cast("dict[str, Any]", json.loads(answer))


def manage(function: Emulator, *arguments: str) -> dict[str, Any]:
    return ask(function, {"manage": arguments})


def test_commands_as_events(function: Emulator, site: Site) -> None:
    refused = manage(function, "shell", "-c", "print(1)")
    assert refused["errorType"] == "CommandError"
    pending = manage(function, "migrate", "--plan", "--check")
    assert pending["errorMessage"].startswith("manage.py migrate failed: 1\nPlanned operations:\n")
    assert "Applying guestbook.0001_initial... OK" in manage(function, "migrate")["output"]
    assert manage(function, "migrate", "--check") == {"output": ""}
    unfit = ask(function, {"manage": "migrate"})
    assert unfit["errorType"] == "PayloadError"


@pytest.mark.slow
@pytest.mark.skipif(BINARY is None, reason="There is no postgres on the PATH; Debian's package is called postgresql")
@pytest.mark.parametrize("module", ["wsgi", "asgi"])
def test_with_postgresql(module: str, site: Site, emulator: StartEmulator) -> None:
    with postgresql() as variables, psycopg.connect(connection_string(variables), autocommit=True) as other:
        command = python_as_on_lambda("-m", "lambda_http_adapter", "run", f"project.{module}:handler")
        function = emulator(command, site.environment(**variables), site.directory)
        other.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        refused = manage(function, "migrate")
        assert refused["errorMessage"] == "manage.py migrate failed: Another migration is running.\n"
        assert "[ ] 0001_initial" in manage(function, "showmigrations")["output"]
        other.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        for _ in range(2):
            assert "output" in manage(function, "migrate")
        assert other.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone() == (True,)
        other.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        assert other.execute("SELECT count(*) FROM guestbook_entry").fetchone() == (0,)
        other.execute(DISCONNECT_OTHERS)
        assert manage(function, "migrate", "--check") == {"output": ""}


def connection_string(variables: dict[str, str]) -> str:
    return psycopg.conninfo.make_conninfo(
        host=variables["DATABASE_HOST"],
        port=variables["DATABASE_PORT"],
        dbname=variables["DATABASE_NAME"],
        user=variables["DATABASE_USER"],
        password=variables["DATABASE_PASSWORD"],
    )
