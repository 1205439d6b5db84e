"""The app of a directory, when a command names none."""

import os
import sys
from pathlib import Path

import pytest

from lambda_http_adapter._apps.discovery import find_app, named_app
from lambda_http_adapter.errors import ConfigurationError

APP = "app = FastAPI()"


@pytest.mark.parametrize(
    ("files", "environ", "string"),
    [
        ({"main.py": APP}, {}, "main:app"),
        ({"main.py": "api: FastAPI = FastAPI()"}, {}, "main:api"),
        ({"main.py": "def create_app(): ..."}, {}, "main:create_app"),
        ({"main.py": "async def handler(event): ..."}, {}, "main:handler"),
        ({"main.py": "from web import db, app"}, {}, "main:app"),
        ({"main.py": "from web import app as api\n\napi = api"}, {}, "main:api"),
        ({"main.py": "", "app.py": APP}, {}, "app:app"),
        ({"main.py": "", "lib.py": APP}, {}, "main:app"),
        ({"asgi.py": "application = get_asgi_application()", "wsgi.py": APP}, {}, "asgi:application"),
        ({"app/main.py": APP}, {}, "app.main:app"),
        ({"app/__init__.py": "def create_app(): ..."}, {}, "app:create_app"),
        ({"shop/asgi.py": "application = 1", "shop/wsgi.py": "application = 1"}, {}, "shop.asgi:application"),
        ({"shop/wsgi.py": "application = 1"}, {}, "shop.wsgi:application"),
        ({"shop/wsgi.py": "application = 1", "main.py": APP}, {}, "main:app"),
        ({"not-a-name/wsgi.py": APP}, {"DJANGO_SETTINGS_MODULE": "a.b"}, "django.core.asgi:get_asgi_application()"),
        ({"main.py": APP}, {"_HANDLER": "web.app"}, "web.app"),
        ({}, {"AWS_LAMBDA_PYTHON_ENTRYPOINT": "web:app", "_HANDLER": "main.app"}, "web:app"),
    ],
)
def test_the_app_of_a_directory(files: dict[str, str], environ: dict[str, str], string: str, tmp_path: Path) -> None:
    for name, source in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source)
    assert find_app(tmp_path, environ) == string


def test_a_directory_without_an_app(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        find_app(tmp_path, {})
    assert str(raised.value) == (
        f"There is no app in {tmp_path}: no main.py, app.py, api.py, application.py, asgi.py, wsgi.py, app/main.py, "
        "app/app.py, app/api.py, app/__init__.py, */asgi.py or */wsgi.py. Name one, such as main:app."
    )


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("_HANDLER", "AWS_LAMBDA_PYTHON_ENTRYPOINT"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "src").mkdir()
    (tmp_path / "src/main.py").write_text("def create_app(): ...")
    return tmp_path


@pytest.mark.parametrize(
    ("string", "factory", "expected"),
    [
        (None, False, "main:create_app"),
        (None, True, "main:create_app()"),
        ("web:make", True, "web:make()"),
        ("web:make()", True, "web:make()"),
        ("web:app", False, "web:app"),
    ],
)
def test_the_options_of_a_command_line(string: str | None, factory: bool, expected: str, directory: Path) -> None:
    assert named_app(string, factory=factory, app_dir="src") == expected
    assert sys.path[:1] == [str(directory / "src")]
    assert os.getcwd() in sys.path


@pytest.mark.usefixtures("directory")
def test_an_app_dir_that_is_missing() -> None:
    with pytest.raises(ConfigurationError, match=r"^There is no directory 'lib', which --app-dir names\.$"):
        named_app("main:app", factory=False, app_dir="lib")
