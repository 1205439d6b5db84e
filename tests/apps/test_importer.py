"""Import strings: the app each leads to and what it speaks, or the exact reason why it leads nowhere."""

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lambda_http_adapter._apps.importer import entry_point, load_app, require_module
from lambda_http_adapter._apps.kind import AppKind, HandlerNotFoundError
from lambda_http_adapter.errors import AdapterError
from tests.support.child_process import Process, inherited_environment, python

MAIN = """
from functools import partial, wraps


async def asgi(scope, receive, send): ...
def wsgi(environ, start_response): ...
def legacy(scope): ...
def with_default(environ, start_response, exc_info=None): ...
async def with_keyword(scope, receive, send, *, debug=False): ...
async def with_settings(settings, scope, receive, send): ...
configured = partial(with_settings, {})
async def anything(*args): ...
def factory(): ...
def create_app(debug=False, *, name="app"): return App()
async def create_async(): return App()
def create_named(name): return App()
def with_event(event=None): ...
def needs_keyword(*, settings): return App()
create_wsgi = lambda: wsgi
create_view = lambda: lambda request: ...
create_text = lambda: "text"
def four(a, b, c, d): ...


@wraps(asgi)
async def wrapped(*args): ...


class App:
    async def __call__(self, scope, receive, send): ...
    async def method(self, scope, receive, send): ...


class Legacy:
    def __init__(self, scope): ...
    async def __call__(self, receive, send): ...


class Iterable:
    def __init__(self, environ, start_response): ...
    def __iter__(self): ...


class Slots:
    __slots__ = ()


app = App()
app.nested = App()
slots = Slots()
number = 5
nothing = None
"""
HANDLERS = """
def event_and_context(event, context): ...
def in_go_s_order(ctx, order): ...
async def awaited(one, two): ...
def order(order): ...
def view(request): ...


class Handler:
    def __call__(self, event, context): ...


class Invoker:
    def invoke(self, payload, context): ...


called = Handler()
invoked = Invoker()
"""
FILES = {
    "main.py": MAIN,
    "handlers.py": HANDLERS,
    "wsgi.py": "def app(environ, start_response): ...",
    "asgi.py": "async def app(scope, receive, send): ...",
    "empty.py": "",
    "two.py": "from main import App\nfirst = App()\nsecond = App()\n_hidden = App()",
    "broken.py": "import nothing_like_that",
    "inside.py": "import main.missing",
    "from_inside.py": "from main import missing",
    "wrong.py": "def app(:",
    "raising.py": "raise RuntimeError('no database')",
    "factories.py": "from main import create_app",
    "handlers_only.py": "def handler(event, context): ...",
    "src/web.py": "from main import App\napp = App()\nother = App()",
    "src/shop/__init__.py": "from main import App\napp = App()",
    "src/shop/api.py": "import shop\napi = shop.app",
    "package/__init__.py": "import main\napp = main.App()",
    "package/web.py": "from main import App\napp = App()",
    "package/broken.py": "import package.nowhere",
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The files are in the working directory, which is not on sys.path, as when a console script runs."""
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path not in ("", os.getcwd())])
    before = set(sys.modules)
    importlib.invalidate_caches()
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("string", "module", "path", "kind"),
    [
        ("main:asgi", "main", "asgi", "asgi"),
        ("main:wsgi", "main", "wsgi", "wsgi"),
        ("main.asgi", "main", "asgi", "asgi"),
        ("main.wsgi", "main", "wsgi", "wsgi"),
        ("main:app", "main", "app", "asgi"),
        ("main:app.nested", "main", "app.nested", "asgi"),
        ("main:app.method", "main", "app.method", "asgi"),
        ("main:legacy", "main", "legacy", "asgi"),
        ("main:Legacy", "main", "Legacy", "asgi"),
        ("main:Iterable", "main", "Iterable", "wsgi"),
        ("main:with_default", "main", "with_default", "wsgi"),
        ("main:with_keyword", "main", "with_keyword", "asgi"),
        ("main:configured", "main", "configured", "asgi"),
        ("main:wrapped", "main", "wrapped", "asgi"),
        ("handlers:event_and_context", "handlers", "event_and_context", "handler"),
        ("handlers.in_go_s_order", "handlers", "in_go_s_order", "handler"),
        ("handlers:awaited", "handlers", "awaited", "handler"),
        ("handlers:order", "handlers", "order", "handler"),
        ("handlers:called", "handlers", "called", "handler"),
        ("handlers:invoked", "handlers", "invoked", "handler"),
        ("handlers:view", "handlers", "view", "http"),
        ("http:handlers:order", "handlers", "order", "http"),
        ("handler:main:wsgi", "main", "wsgi", "handler"),
        ("handler:main:factory", "main", "factory", "handler"),
        ("package:app", "package", "app", "asgi"),
        ("package.web:app", "package.web", "app", "asgi"),
        ("package.web.app", "package.web", "app", "asgi"),
        # A file.
        ("two.py:first", "two", "first", "asgi"),
        ("main.py", "main", "app", "asgi"),
        ("wsgi.py", "wsgi", "app", "wsgi"),
        ("handlers_only.py", "handlers_only", "handler", "handler"),
        ("wsgi:wsgi.py:app", "wsgi", "app", "wsgi"),
        ("src/web.py", "web", "app", "asgi"),
        ("src/web.py:other", "web", "other", "asgi"),
        ("./src/web.py:other", "web", "other", "asgi"),
        ("src/shop/api.py", "shop.api", "api", "asgi"),
        ("src/shop/__init__.py:app", "shop", "app", "asgi"),
        # What it speaks, said in front.
        ("asgi:main:asgi", "main", "asgi", "asgi"),
        ("wsgi:main:wsgi", "main", "wsgi", "wsgi"),
        ("asgi:main:anything", "main", "anything", "asgi"),
        ("wsgi:main:anything", "main", "anything", "wsgi"),
        ("wsgi:main.anything", "main", "anything", "wsgi"),
        ("asgi:package.web.app", "package.web", "app", "asgi"),
        ("asgi:main:with_settings", "main", "with_settings", "asgi"),
        # Modules are often named so.
        ("wsgi:app", "wsgi", "app", "wsgi"),
        ("asgi:app", "asgi", "app", "asgi"),
        ("wsgi.app", "wsgi", "app", "wsgi"),
        ("asgi:asgi:app", "asgi", "app", "asgi"),
        ("asgi:asgi.app", "asgi", "app", "asgi"),
    ],
)
def test_strings_that_lead_to_an_app(string: str, module: str, path: str, kind: str) -> None:
    app, found = load_app(string)
    expected: object = importlib.import_module(module)
    for name in path.split("."):
        expected = getattr(expected, name)
    assert app == expected
    assert (found, type(found)) == (kind, AppKind)


@pytest.mark.parametrize(
    ("string", "name", "kind"),
    [
        ("main:create_app()", "App", "asgi"),
        ("main:create_app", "App", "asgi"),
        ("main.create_app", "App", "asgi"),
        ("main:create_wsgi", "function", "wsgi"),
        ("main:create_view", "function", "http"),
        ("asgi:main:create_app", "App", "asgi"),
        ("asgi:main:create_app()", "App", "asgi"),
        ("main:App()", "App", "asgi"),
        ("factories.py", "App", "asgi"),
    ],
)
def test_strings_that_lead_to_a_factory(string: str, name: str, kind: str) -> None:
    app, found = load_app(string)
    assert (type(app).__name__, found) == (name, kind)


NO_STRING = "is not an import string; expected module:attribute, such as main:app."
NO_APP = "not an app or a handler."


def no_signature(name: str) -> str:
    return (
        "and its signature is none of these: ASGI's (scope, receive, send), WSGI's (environ, start_response), a "
        "handler's (event, context), a request handler's (request). If it is one of them anyway, say which: "
        f"'asgi:{name}', 'wsgi:{name}', 'handler:{name}' or 'http:{name}'."
    )


@pytest.mark.parametrize(
    ("string", "message"),
    [
        ("", f"'' {NO_STRING}"),
        ("main", f"'main' {NO_STRING}"),
        ("main:", f"'main:' {NO_STRING}"),
        (":app", f"':app' {NO_STRING}"),
        (".app", f"'.app' {NO_STRING}"),
        (".main:app", f"'.main:app' {NO_STRING}"),
        ("asgi:main", "'asgi' has no attribute 'main'."),
        ("src/web:app", f"'src/web:app' {NO_STRING}"),
        ("nowhere:app", "There is no module 'nowhere' in {cwd} or on sys.path."),
        ("mian:app", "There is no module 'mian' in {cwd} or on sys.path. Did you mean 'main'?"),
        ("package.wbe:app", "There is no module 'package.wbe' in {cwd} or on sys.path. Did you mean 'web'?"),
        ("mian.py", "There is no file 'mian.py' in {cwd}. Did you mean 'main.py'?"),
        ("src/wbe.py:app", "There is no file 'src/wbe.py' in {cwd}. Did you mean 'web.py'?"),
        ("lib/web.py:app", "There is no file 'lib/web.py' in {cwd}."),
        (
            "empty.py",
            "There is no app, api, application, create_app, make_app or handler in 'empty.py'. Name the app, such as "
            "empty.py:name.",
        ),
        (
            "two.py",
            "There is no app, api, application, create_app, make_app or handler in 'two.py'. Name the app, such as "
            "two.py:name. There is 'first' and 'second'.",
        ),
        ("factories:create_ap", "'factories' has no attribute 'create_ap'. Did you mean 'create_app'?"),
        ("main:number()", "'main:number()' calls an int, which is not a factory."),
        ("main:create_async()", "'main:create_async()' calls a coroutine function; a factory is a plain `def`."),
        (
            "main:create_named()",
            "'main:create_named()' is called without arguments, and there is a missing a required argument: 'name'.",
        ),
        ("main:create_text()", f"'main:create_text()' is a str, {NO_APP}"),
        ("builtins:dict()", f"'builtins:dict()' is a dict, {NO_APP}"),  # a factory without a signature
        (
            "main:create_text",
            "'main:create_text' requires no argument, so it was called as a factory; it returned a str, not an app. If "
            "it is a handler, say so: 'handler:main:create_text'.",
        ),
        ("main:with_event", f"'main:with_event' is a function, {no_signature('main:with_event')}"),
        ("main:needs_keyword", f"'main:needs_keyword' is a function, {no_signature('main:needs_keyword')}"),
        ("nowhere.app", "There is no module 'nowhere' in {cwd} or on sys.path."),
        ("nowhere.web:app", "There is no module 'nowhere' in {cwd} or on sys.path."),
        ("package.nowhere:app", "There is no module 'package.nowhere' in {cwd} or on sys.path."),
        ("main.nowhere:app", "There is no module 'main.nowhere' in {cwd} or on sys.path."),
        ("asgi:nowhere:app", "There is no module 'nowhere' in {cwd} or on sys.path."),
        ("empty:app", "'empty' has no attribute 'app'."),
        ("main:application", "'main' has no attribute 'application'. There is 'configured' and 'app'."),
        ("two:app", "'two' has no attribute 'app'. There is 'first' and 'second'."),
        ("main:app.inner", "'main.app' has no attribute 'inner'. There is 'nested'."),
        ("main:application.inner", "'main' has no attribute 'application'. There is 'configured' and 'app'."),
        ("main:number.app", "'main.number' has no attribute 'app'."),
        ("main:slots.app", "'main.slots' has no attribute 'app'."),
        ("main:app:nested", "'main' has no attribute 'app:nested'. There is 'configured' and 'app'."),
        ("main:number", f"'main:number' is an int, {NO_APP}"),
        ("main:nothing", f"'main:nothing' is a NoneType, {NO_APP}"),
        ("asgi:main:number", f"'asgi:main:number' is an int, {NO_APP}"),
        ("main:slots", f"'main:slots' is a Slots, {NO_APP}"),
        (
            "main:factory",
            "'main:factory' requires no argument, so it was called as a factory; it returned a NoneType, not an app. "
            "If it is a handler, say so: 'handler:main:factory'.",
        ),
        ("main:four", f"'main:four' is a function, {no_signature('main:four')}"),
        ("main:anything", f"'main:anything' is a function, {no_signature('main:anything')}"),
        ("main:App", f"'main:App' is a type, {no_signature('main:App')}"),
        ("builtins:dict", f"'builtins:dict' is a type, {no_signature('builtins:dict')}"),
    ],
)
def test_strings_that_lead_nowhere(string: str, message: str) -> None:
    with pytest.raises(HandlerNotFoundError) as raised:
        load_app(string)
    assert str(raised.value) == message.format(cwd=os.getcwd())


@pytest.mark.parametrize(
    ("string", "error", "message"),
    [
        ("broken:app", ModuleNotFoundError, r"^No module named 'nothing_like_that'$"),
        ("inside:app", ModuleNotFoundError, r"^No module named 'main\.missing'; 'main' is not a package$"),
        ("from_inside:app", ImportError, r"^cannot import name 'missing' from 'main'"),
        ("package.broken:app", ModuleNotFoundError, r"^No module named 'package\.nowhere'$"),
        ("wrong:app", SyntaxError, r"^invalid syntax \(wrong\.py, line 1\)$"),
        ("raising:app", RuntimeError, r"^no database$"),
    ],
)
def test_what_is_wrong_inside_a_module_is_shown_as_it_is(string: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as raised:
        load_app(string)
    assert not isinstance(raised.value, AdapterError)


@pytest.mark.parametrize(
    ("environ", "string"),
    [
        ({"_HANDLER": "main.app"}, "main.app"),
        ({"AWS_LAMBDA_PYTHON_ENTRYPOINT": "web:app"}, "web:app"),
        ({"AWS_LAMBDA_PYTHON_ENTRYPOINT": "web:app", "_HANDLER": "main.app"}, "web:app"),
        ({"AWS_LAMBDA_PYTHON_ENTRYPOINT": "", "_HANDLER": "main.app"}, "main.app"),
    ],
)
def test_entry_point(environ: dict[str, str], string: str) -> None:
    assert entry_point(environ) == string


@pytest.mark.parametrize("environ", [{}, {"_HANDLER": ""}])
def test_no_entry_point(environ: dict[str, str]) -> None:
    assert entry_point(environ) == ""


@pytest.mark.parametrize(
    "string",
    [
        "main:nothing_yet",
        "main.app",
        "package.web:app",
        "asgi:main:app",
        "src/web.py",
        "main:create_app()",
        "json:loads",
    ],
)
def test_a_module_that_is_there_is_found_without_importing_it(string: str) -> None:
    before = set(sys.modules)
    require_module(string)
    assert {name for name in set(sys.modules) - before if name in ("main", "package", "web")} == set()


@pytest.mark.parametrize(
    ("string", "message"),
    [
        ("mian:app", "There is no module 'mian' in {cwd} or on sys.path. Did you mean 'main'?"),
        ("package.wbe:app", "There is no module 'package.wbe' in {cwd} or on sys.path. Did you mean 'web'?"),
        ("main.nowhere:app", "There is no module 'main.nowhere' in {cwd} or on sys.path."),
        ("mian.py", "There is no file 'mian.py' in {cwd}. Did you mean 'main.py'?"),
        ("main", f"'main' {NO_STRING}"),
    ],
)
def test_a_module_that_is_missing_is_noticed_without_importing_one(string: str, message: str) -> None:
    with pytest.raises(HandlerNotFoundError) as raised:
        require_module(string)
    assert str(raised.value) == message.format(cwd=os.getcwd())
    assert "main" not in sys.modules


DJANGO = "from django.conf import settings; settings.configure(ROOT_URLCONF='main'); urlpatterns = []; "


FRAMEWORKS: list[tuple[str, str, str]] = [
    ("Bottle", "import bottle; app = bottle.Bottle()", "wsgi"),
    ("Django ASGI", DJANGO + "from django.core.asgi import get_asgi_application as get; app = get()", "asgi"),
    ("Django WSGI", DJANGO + "from django.core.wsgi import get_wsgi_application as get; app = get()", "wsgi"),
    ("Falcon ASGI", "import falcon.asgi; app = falcon.asgi.App()", "asgi"),
    ("Falcon WSGI", "import falcon; app = falcon.App()", "wsgi"),
    ("FastAPI", "import fastapi; app = fastapi.FastAPI()", "asgi"),
    ("Flask", "import flask; app = flask.Flask(__name__)", "wsgi"),
    ("Mangum", "import mangum; app = mangum.Mangum(print)", "handler"),
    ("Litestar", "import litestar; app = litestar.Litestar()", "asgi"),
    ("Pyramid", "from pyramid.config import Configurator; app = Configurator().make_wsgi_app()", "wsgi"),
    ("Quart", "import quart; app = quart.Quart(__name__)", "asgi"),
    ("Starlette", "from starlette.applications import Starlette; app = Starlette()", "asgi"),
]


@pytest.mark.parametrize(("source", "kind"), [row[1:] for row in FRAMEWORKS], ids=[row[0] for row in FRAMEWORKS])
def test_frameworks(source: str, kind: str, tmp_path: Path) -> None:
    (tmp_path / "web.py").write_text(source)
    code = "from lambda_http_adapter._apps.importer import load_app; app, kind = load_app('web:app'); print(kind)"
    with Process(python(code=code), inherited_environment(), tmp_path) as process:
        assert process.wait() == 0
        assert process.stdout == f"{kind}\n"
