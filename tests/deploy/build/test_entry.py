"""The app that a command line names, as a handler setting and a directory to copy."""

from pathlib import Path

import pytest

from lambda_http_adapter._deploy.build.entry import find_entry
from lambda_http_adapter.errors import ConfigurationError

FILES = {
    "main.py": "app = 1\nhandler = asgi_handler(app)\nnamed: object = 2\ndef create(): ...\n",
    "functions.py": "def greet(event, context): ...\n\nasync def slow(event, context): ...\n\n"
    "def wsgi(environ, start): ...\n",
    "adapted.py": "from lambda_http_adapter import wsgi_handler as make\nhandler = make(app)\n"
    "other = lib.http_handler(f)\nmangum = Mangum(app)\n",
    "broken.py": "def app(:\n",
    "empty.py": "",
    "hidden.py": "globals()['app'] = 1\n",
    "src/shop/__init__.py": "",
    "src/shop/web.py": "api = other = 1\n",
    "service/app.py": "app = 1\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    return tmp_path


@pytest.mark.parametrize(
    ("app", "app_dir", "directory", "handler", "is_handler"),
    [
        ("main:app", None, ".", "main.app", False),
        ("main.app", None, ".", "main.app", False),
        ("main.py", None, ".", "main.app", False),
        ("", None, ".", "main.app", False),
        ("main:named", None, ".", "main.named", False),
        ("asgi:main:app", None, ".", "asgi:main:app", False),
        ("main:create()", None, ".", "main:create()", False),
        ("main:handler", None, ".", "main.handler", True),
        ("functions.greet", None, ".", "functions.greet", True),
        ("functions:slow", None, ".", "functions.slow", True),
        ("functions:wsgi", None, ".", "functions.wsgi", False),
        ("handler:functions:wsgi", None, ".", "handler:functions:wsgi", False),  # AWS's runtime reads no kind
        ("adapted:mangum", None, ".", "adapted.mangum", True),
        ("adapted:handler", None, ".", "adapted.handler", False),  # the wrapper serves it too
        ("adapted:other", None, ".", "adapted.other", True),
        ("broken:app", None, ".", "broken.app", False),
        ("hidden:app", None, ".", "hidden.app", False),
        ("shop.web:api", None, "src", "shop.web.api", False),
        ("src/shop/web.py", None, "src", "shop.web.api", False),
        ("src/shop/web.py:other", None, "src", "shop.web.other", False),
        ("app:app", "service", "service", "app.app", False),
        ("", "service", "service", "app.app", False),
        ("django.core.asgi:get_asgi_application()", None, ".", "django.core.asgi:get_asgi_application()", False),
    ],
)
def test_an_app(app: str, app_dir: str | None, directory: str, handler: str, is_handler: bool, project: Path) -> None:
    entry = find_entry(project, app, app_dir)
    assert entry[:3] == (project / directory, handler, is_handler)
    assert entry.takes_requests == (handler not in ("functions.greet", "functions.slow", "handler:functions:wsgi"))


@pytest.mark.parametrize(
    ("app", "app_dir", "message"),
    [
        ("mian:app", None, "There is no module 'mian' in {}. Did you mean 'main'?"),
        ("shop.wbe:app", None, "There is no module 'shop.wbe' in {}."),
        ("main", None, "'main' is not an import string; expected module:attribute, such as main:app."),
        ("main:ap", None, "'main' has no attribute 'ap'. Did you mean 'app'?"),
        ("main.py:zzz", None, "'main' has no attribute 'zzz'."),
        ("empty.py", None, "'empty' has no attribute 'app'."),
        ("src/mian.py", None, "There is no file '{}/src/mian.py'."),
        ("main:app", "lib", "There is no directory 'lib', which --app-dir names."),
    ],
)
def test_no_app(app: str, app_dir: str | None, message: str, project: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        find_entry(project, app, app_dir)
    assert str(raised.value) == message.format(project)
