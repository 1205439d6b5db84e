"""The handler setting: what can't be imported or called, and why. The import is real, in a process of its own."""

import json
import platform
import shutil
import socket
import sys
import tarfile
from pathlib import Path
from typing import NamedTuple

import pytest

import lambda_http_adapter
from lambda_http_adapter import asgi_handler
from lambda_http_adapter._deploy.doctor.handler import import_process
from lambda_http_adapter._types import Receive, Scope, Send
from tests.support.bundles import Content, Files, Link, library, write_directory, write_zip
from tests.support.doctor import report, sentences

PYTHON = "{}.{}".format(*sys.version_info)
HOST = ("--python", PYTHON, "--arch", "x86_64")
WRAPPED = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/bootstrap"}
SCRIPT = Content(b'#!/bin/sh\nexec "$1" -m lambda_http_adapter run\n', 0o755)
ASGI = "async def app(scope, receive, send): ...\n"
WSGI = "def app(environ, start_response): ...\n"


async def asgi_app(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("it isn't called")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")


class Broken(NamedTuple):
    files: Files
    handler: str
    id: str
    sentence: str
    remedy: str | None = None


# With AWS's runtime. Each is imported.
BROKEN = {
    "missing module": Broken(
        {"main.py": "import fastapi\n"},
        "main.app",
        "import-fails",
        "Importing 'main.app' raises ModuleNotFoundError: No module named 'fastapi', in main.py:1.",
        "Add what 'fastapi' comes from to the requirements, and install them into the bundle; name a layer with "
        "--layer.",
    ),
    "module that wasn't installed": Broken(
        {"main.py": "import fastapi\n", "requirements.txt": "FastAPI>=0.115\n"},
        "main.app",
        "import-fails",
        "Importing 'main.app' raises ModuleNotFoundError: No module named 'fastapi', in main.py:1.",
        "The requirements name 'fastapi', but it isn't installed in the bundle: `pip install --target`, or build it.",
    ),
    "module that was left out": Broken(
        {"main.py": "import shop.cart\n", "shop/__init__.py": ""},
        "main.app",
        "import-fails",
        "Importing 'main.app' raises ModuleNotFoundError: No module named 'shop.cart', in main.py:1.",
        "The bundle has 'shop', but this part of it is missing: was it left out to save space?",
    ),
    "module that isn't in the requirements": Broken(
        {"main.py": "import fastapi\n", "requirements.txt": "uvicorn\nflask\n"},
        "main.app",
        "import-fails",
        "Importing 'main.app' raises ModuleNotFoundError: No module named 'fastapi', in main.py:1.",
        "Add what 'fastapi' comes from to the requirements, and install them into the bundle; name a layer with "
        "--layer.",
    ),
    "extension for another machine": Broken(
        {
            "main.py": "import shop._core\n",
            "shop/__init__.py": "",
            "shop/_core.cpython-38-x86_64-linux-gnu.so": "text, so that only the name tells",
        },
        "main.app",
        "import-fails",
        "Importing 'main.app' raises ModuleNotFoundError: No module named 'shop._core', in main.py:1.",
        "The bundle has it for another Python or machine only: 'shop/_core.cpython-38-x86_64-linux-gnu.so'.",
    ),
    "missing library": Broken(
        {"main.py": "raise ImportError('libpq.so.5: cannot open shared object file: No such file or directory')\n"},
        "main.app",
        "import-fails",
        "Importing 'main.app' raises ImportError: libpq.so.5: cannot open shared object file: No such file or "
        "directory, in main.py:1.",
        "Put the library 'libpq.so.5' into lib/ of the bundle or of a layer: Amazon Linux has few of them.",
    ),
    "syntax": Broken(
        {"main.py": "def app(:\n"},
        "main.app",
        "import-fails",
        "Importing 'main.app' raises SyntaxError: invalid syntax (main.py, line 1).",
        "Correct the source, or take the version of Python that it is written for.",
    ),
    "missing variable": Broken(
        {"main.py": "import os\nURL = os.environ['DATABASE_URL']\napp = 1\n"},
        "main.app",
        "import-fails",
        "Importing 'main.app' raises KeyError: 'DATABASE_URL', in main.py:2.",
        "Set the variable DATABASE_URL in the function's environment; --env-file gives it here.",
    ),
    "app that leaves": Broken(
        {"main.py": "app = 1\nraise SystemExit(3)\n"},
        "main.app",
        "import-fails",
        "Importing 'main.app' raises SystemExit: 3, in main.py:2.",
        "Don't leave the process in a module that is imported.",
    ),
    "error of the app's own": Broken(
        {"main.py": "class Broken(Exception): ...\nraise Broken\napp = 1\n"},
        "main.app",
        "import-fails",
        "Importing 'main.app' raises Broken, in main.py:2.",
        "Correct it: `lambda-http-adapter dev` shows the whole traceback.",
    ),
    "end of the process": Broken(
        {"main.py": "import os\napp = 1\nos._exit(7)\n"},
        "main.app",
        "import-ends",
        "Importing 'main.app' ends the process with exit code 7.",
    ),
    "crash": Broken(
        {"main.py": "import os, signal\napp = 1\nos.kill(os.getpid(), signal.SIGSEGV)\n"},
        "main.app",
        "import-ends",
        "Importing 'main.app' ends the process with the signal SIGSEGV.",
    ),
    "connection": Broken(
        {"main.py": "import socket\napp = 1\nsocket.create_connection(('database.internal', 5432))\n"},
        "main.app",
        "import-connects",
        "Importing 'main.app' connects to database.internal:5432, which this command doesn't allow.",
    ),
    "connection that doesn't matter": Broken(
        {
            "main.py": "import socket\ntry:\n    socket.socket().connect(('127.0.0.1', 9))\nexcept OSError: ...\n"
            "def handler(event, context): ...\n"
        },
        "main.handler",
        "import-connects",
        "Importing 'main.handler' connects to 127.0.0.1:9, which this command doesn't allow.",
    ),
    "name that the import doesn't make": Broken(
        {"main.py": "def handlr(event, context): ...\ndef __getattr__(name): raise AttributeError\n"},
        "main.handler",
        "attribute-missing",
        "The handler is 'main.handler', and 'main' has no attribute 'handler'. Did you mean 'handlr'?",
    ),
    "name that no statement makes": Broken(
        {"main.py": "globals()['app'] = 5\n"},
        "main.app",
        "entry-point-not-app",
        "The handler is 'main.app', an int, and neither an app nor a handler.",
    ),
    "no app": Broken(
        {"main.py": "app = 5\n"},
        "main.app",
        "entry-point-not-app",
        "The handler is 'main.app', an int, and neither an app nor a handler.",
    ),
    "function without arguments": Broken(
        {"main.py": "def app():\n    raise SystemExit('AWS never calls it so')\n"},
        "main.app",
        "entry-point-not-app",
        "The handler is 'main.app', a function, and neither an app nor a handler.",
    ),
    "ASGI app": Broken(
        {"main.py": ASGI},
        "main.app",
        "handler-is-app",
        "The handler is 'main.app', an ASGI app, and AWS's runtime would call it with an event and a context.",
        "Set AWS_LAMBDA_EXEC_WRAPPER to a script of `lambda-http-adapter wrapper`, or make a handler of the app: "
        "`handler = asgi_handler(app)`.",
    ),
    "WSGI app in a package": Broken(
        {"src/shop.py": WSGI},
        "src/shop.app",
        "handler-is-app",
        "The handler is 'src/shop.app', a WSGI app, and AWS's runtime would call it with an event and a context.",
    ),
    "function of a request": Broken(
        {"main.py": "def app(request): ...\n"},
        "main.app",
        "handler-is-request-handler",
        "The handler is 'main.app', a function of a request, and AWS's runtime would call it with an event.",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_entry_point(name: str, tmp_path: Path) -> None:
    broken = BROKEN[name]
    bundle = write_zip(tmp_path / "bundle.zip", broken.files)
    found = report(bundle, *HOST, "--handler", broken.handler)
    assert sentences(found) == [(broken.id, broken.sentence)]
    assert broken.remedy in (None, found.findings[0].remedy)


# Seen without an import.
STATIC = {
    "import string": Broken(
        {"main.py": ASGI},
        "asgi:main:app",
        "handler-form",
        "The handler is 'asgi:main:app', and AWS's runtime expects a module and a name with a dot between them.",
        "Set it to 'main.app'.",
    ),
    "file": Broken(
        {"main.py": ASGI},
        "main",
        "handler-form",
        "The handler is 'main', and AWS's runtime expects a module and a name with a dot between them.",
        "Set it to 'main.handler'.",
    ),
    "misspelt module": Broken(
        {"main.py": ASGI},
        "mian.app",
        "module-missing",
        "The handler is 'mian.app', and there is no module 'mian' in the bundle. Did you mean 'main'?",
    ),
    "module in a directory": Broken(
        {"function/main.py": ASGI},
        "main.app",
        "module-missing",
        "The handler is 'main.app', and there is no module 'main' in the bundle. It has 'function/main.py'.",
    ),
    "misspelt name": Broken(
        {"main.py": "app: object = 1\nfrom json import loads as load\n"},
        "main.ap",
        "attribute-missing",
        "The handler is 'main.ap', and 'main' has no attribute 'ap'. Did you mean 'app'?",
    ),
    "framework's app": Broken(
        {"main.py": "from fastapi import FastAPI\napp = FastAPI()\n"},
        "main.app",
        "handler-is-app",
        "The handler is 'main.app', an ASGI app, and AWS's runtime would call it with an event and a context.",
    ),
}


@pytest.mark.parametrize("name", STATIC)
def test_broken_entry_point_that_is_only_read(name: str, tmp_path: Path) -> None:
    broken = STATIC[name]
    bundle = write_directory(tmp_path / "bundle", broken.files)
    found = report(bundle, *HOST, "--handler", broken.handler, "--no-import")
    assert sentences(found) == [(broken.id, broken.sentence)]
    assert broken.remedy in (None, found.findings[0].remedy)


@pytest.mark.parametrize(
    ("source", "handler"),
    [
        ("def handler(event, context): ...\n", "main.handler"),
        ("from main2 import *\n", "main.handler"),
        ("import mangum\nhandler = mangum.Mangum(app)\n", "main.handler"),
        ("try:\n    import json\nexcept ImportError: ...\nelse:\n    for app in (): ...\n", "main.app"),
        ("def app(:\n", "main.app"),
        ("\0", "main.app"),
    ],
)
def test_what_may_be_right_is_not_a_finding(source: str, handler: str, tmp_path: Path) -> None:
    bundle = write_directory(tmp_path / "bundle", {"main.py": source})
    assert sentences(report(bundle, *HOST, "--handler", handler, "--no-import")) == []


GOOD: dict[str, tuple[Files, str]] = {
    "import string": ({"main.py": ASGI}, "main:app"),
    "dotted": ({"src/shop.py": WSGI}, "src.shop.app"),
    "kind": ({"main.py": "def app(*anything): ...\ndef handler(event): ...\n"}, "handler:main:handler"),
    "file in a package": ({"src/shop/__init__.py": "", "src/shop/web.py": ASGI}, "src/shop/web.py:app"),
    "file at the top": ({"main.py": ASGI}, "main.py"),
    "factory": ({"main.py": f"{ASGI}def create_app():\n    return app\n"}, "main:create_app"),
    "call": ({"main.py": f"{ASGI}class App:\n    def __new__(cls): return app\n"}, "main:App()"),
    "usual name": ({"main.py": WSGI.replace("app", "application")}, "main.py"),
    "Unix socket": ({"main.py": f"import socket\nsocket.socket(socket.AF_UNIX).connect_ex('/x')\n{ASGI}"}, "main:app"),
    "thread": (
        {"main.py": f"import threading\nthreading.Thread(target=threading.Event().wait).start()\n{ASGI}"},
        "main:app",
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_entry_point_behind_the_wrapper(name: str, tmp_path: Path) -> None:
    files, handler = GOOD[name]
    bundle = write_directory(tmp_path / "bundle", {"bootstrap": SCRIPT, "lambda_http_adapter/__init__.py": "", **files})
    found = report(bundle, *HOST, "--handler", handler, variables=WRAPPED)
    assert (sentences(found), found.notes) == ([], ())
    assert "import time:" in found.times


@pytest.mark.parametrize("handler", ["main.py:app", "shop/web.py:app"])
def test_a_file_in_a_zip_file_behind_the_wrapper(handler: str, tmp_path: Path) -> None:
    files: Files = {"bootstrap": SCRIPT, "lambda_http_adapter/__init__.py": "", "main.py": ASGI, "shop/web.py": ASGI}
    bundle = write_zip(tmp_path / "bundle.zip", {**files, "data/": Content(b"", 0o755), "link": Link("main.py")})
    assert sentences(report(bundle, *HOST, "--handler", handler, variables=WRAPPED)) == []


def test_the_handler_of_an_image_is_imported(tmp_path: Path) -> None:
    """From its own directories of modules."""
    files: Files = {
        "etc/passwd": "",
        "usr/bin/env": "",
        "lib/libc.so.6": library() + b"GNU C Library (Debian) stable release version 2.36.",
        f"usr/local/lib/python{PYTHON}/site-packages/shop.py": ASGI,
        "var/task/main.py": "from shop import app\n",
    }
    root = write_directory(tmp_path / "root", files)
    with tarfile.open("root.tar", "w") as archive:
        archive.add(root, arcname=".")
    for image in (root, "root.tar"):
        found = report(image, "--handler", "main:app")
        assert (sentences(found), found.notes, found.handler) == ([], (), "main:app")


def test_a_handler_of_this_package_behind_the_wrapper(tmp_path: Path) -> None:
    package = Path(lambda_http_adapter.__file__).parent
    bundle = write_directory(
        tmp_path / "bundle",
        {
            "bootstrap": SCRIPT,
            "main.py": f"from lambda_http_adapter import asgi_handler\n{ASGI}handler = asgi_handler(app)\n",
        },
    )
    shutil.copytree(
        package, bundle / "lambda_http_adapter", ignore=shutil.ignore_patterns("_emulator", "_deploy", "__pycache__")
    )
    found = report(bundle, *HOST, "--handler", "main.handler", variables=WRAPPED)
    assert [one for one in sentences(found) if one[0] != "bytecode-missing"] == [
        (
            "wrapper-on-handler",
            "AWS_LAMBDA_EXEC_WRAPPER is set, and the handler 'main.handler' is what asgi_handler returned, not the "
            "app.",
        )
    ]
    found = report(bundle, *HOST, "--handler", "main.handler", variables={"LAMBDA_HTTP_ADAPTER_ACCESS_LOG": "1"})
    assert [id for id, _ in sentences(found) if id != "bytecode-missing"] == ["wrapper-on-handler"]


@pytest.mark.parametrize("source", ["def app(e, c): ...", "def app(_, __): ...", "app = lambda request_event, ctx: 1"])
def test_a_handler_with_any_names(source: str, tmp_path: Path) -> None:
    bundle = write_directory(tmp_path / "bundle", {"main.py": f"{source}\n"})
    assert sentences(report(bundle, *HOST, "--handler", "main.app")) == []


def test_streaming_without_a_runtime_of_its_own(tmp_path: Path) -> None:
    bundle = write_directory(tmp_path / "bundle", {"main.py": "def handler(event, context): ...\n"})
    variables = {"LAMBDA_HTTP_ADAPTER_INVOKE_MODE": "RESPONSE_STREAM"}
    found = report(bundle, *HOST, "--handler", "main.handler", variables=variables)
    assert sentences(found) == [
        (
            "stream-mode-unavailable",
            "LAMBDA_HTTP_ADAPTER_INVOKE_MODE is 'response_stream', and the handler 'main.handler' runs in AWS's "
            "runtime, which can't stream from Python.",
        )
    ]


def test_an_import_that_never_ends(tmp_path: Path) -> None:
    """Its processes end with it."""
    source = "import subprocess, threading\nsubprocess.Popen(['sleep', '600'])\nthreading.Event().wait()\napp = 1\n"
    bundle = write_directory(tmp_path / "bundle", {"main.py": source})
    found = report(bundle, *HOST, "--handler", "main.app", "--time-limit", "0.5")
    assert sentences(found) == [("import-slow", "Importing 'main.app' takes more than 0.5 s here.")]


def test_a_module_of_aws_s_runtime(tmp_path: Path) -> None:
    bundle = write_directory(tmp_path / "bundle", {"main.py": "import boto3\nhandler = boto3.client\n"})
    found = report(bundle, *HOST, "--handler", "main.handler")
    assert (sentences(found), found.notes) == (
        [],
        ("The import of 'main.handler' ended at 'boto3': AWS's runtime has it, this bundle hasn't.",),
    )


def test_a_module_of_a_layer(tmp_path: Path) -> None:
    bundle = write_directory(tmp_path / "bundle", {"main.py": "from shop import handler\n"})
    layer = write_zip(
        tmp_path / "layer.zip",
        {f"python/lib/python{PYTHON}/site-packages/shop.py": "def handler(event, context): ...\n"},
    )
    assert sentences(report(bundle, *HOST, "--handler", "main.handler", "--layer", layer)) == []
    assert [id for id, _ in sentences(report(bundle, *HOST, "--handler", "main.handler"))] == ["import-fails"]


def test_another_machine_s_bundle_is_only_read(tmp_path: Path) -> None:
    bundle = write_directory(tmp_path / "bundle", {"main.py": "raise ValueError\nhandler = 1\n"})
    found = report(bundle, "--python", PYTHON, "--arch", "arm64", "--handler", "main.handler")
    assert (sentences(found), found.notes) == (
        [],
        (f"'main.handler' wasn't imported, only read, because this machine is Linux on {platform.machine()}.",),
    )


def test_an_interpreter_of_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found on the PATH, or among pyenv's, and has to be the version that its name says."""
    other = "3.12" if sys.version_info[:2] == (3, 13) else "3.13"  # the running one is always found
    bundle = write_directory(tmp_path / "bundle", {"main.py": "def handler(event, context): ...\n"})
    write_directory(tmp_path / "bin", {"python3.14": Content(b"#!/bin/sh\necho cpython 3.14\n", 0o755)})
    write_directory(
        tmp_path / "pyenv", {f"versions/{other}.0/bin/python{other}": Content(b"#!/bin/sh\nexit 1\n", 0o755)}
    )
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    found = report(bundle, "--python", "3.14", "--arch", "x86_64", "--handler", "main.handler")
    assert sentences(found) == [("import-ends", "Importing 'main.handler' ends the process with exit code 0.")]
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    write_directory(tmp_path / "pyenv", {f"versions/{other}.1/bin/python{other}": Content(b"#!/nowhere\n", 0o755)})
    found = report(bundle, "--python", other, "--arch", "x86_64", "--handler", "main.handler")
    assert len(found.notes) == 1


def test_the_app_of_a_directory_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a template nothing says whether AWS's runtime serves it."""
    bundle = write_directory(tmp_path / "bundle", {"main.py": ASGI})
    monkeypatch.chdir(bundle)
    found = report(*HOST)
    assert (sentences(found), found.notes, found.handler) == ([], (), "main:app")
    (bundle / "main.py").rename(bundle / "mine.py")
    note = "The handler wasn't looked at, because nothing names it. A template or --handler does."
    assert report(*HOST).notes == (note,)
    assert report(write_zip(tmp_path / "b.zip", {"main.py": ASGI}), *HOST).notes == (note,)


# The process of its own isn't measured: what it does, in this one.
@pytest.mark.parametrize(
    ("source", "attribute", "factory", "answer"),
    [
        (ASGI, "app", "maybe", {"kind": "asgi", "made_by": "", "is": "a function"}),
        ("class App:\n    x = staticmethod(', '.join)\n", "App.x", "maybe", {"kind": "handler", "made_by": ""}),
        (
            f"{WSGI}def create_app(): return app\n",
            "create_app",
            "always",
            {"kind": "wsgi", "made_by": "", "is": "a function"},
        ),
        (WSGI, "", "maybe", {"kind": "wsgi", "made_by": "", "is": "a function"}),
        ("x = 1\n", "", "maybe", {"missing": "app", "names": ["x"]}),
        (
            "def create_app(): raise ValueError('no')\n",
            "create_app",
            "maybe",
            {"error": "ValueError", "message": "no", "name": ""},
        ),
        ("raise KeyError('A')\n", "app", "maybe", {"error": "KeyError", "message": "'A'"}),
        ("def app(): ...\n", "app", "never", {"kind": "", "is": "a function"}),
    ],
)
def test_the_child(
    source: str,
    attribute: str,
    factory: str,
    answer: dict[str, object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = f"doctor_{tmp_path.name}"  # each test imports another one
    (tmp_path / f"{module}.py").write_text(source)
    monkeypatch.setattr("sys.path", [str(tmp_path), *sys.path])
    for name in [name for name in sys.modules if name.partition(".")[0] == "lambda_http_adapter"]:
        monkeypatch.delitem(sys.modules, name)  # the child takes its own; these come back
    found = import_process.examine(
        module, attribute, factory, [str(tmp_path)], str(Path(lambda_http_adapter.__file__).parents[1])
    )
    assert found == found | answer
    assert found.get("place", f"{module}.py:1") == f"{module}.py:1"


@pytest.mark.parametrize("connected", [True, False])
def test_the_child_s_answer(
    connected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "doctor_connects.py").write_text(
        f"import socket\nif {connected}:\n    try:\n        socket.create_connection(('127.0.0.1', 9))\n"
        "    except OSError: ...\napp = 1\n"
    )
    guards: list[import_process.Guard] = []
    monkeypatch.setattr("sys.addaudithook", guards.append)  # one can't be removed again
    monkeypatch.setattr("sys.path", [*sys.path])

    def connect(address: object) -> None:
        guards[0]("socket.connect", (None, address))

    monkeypatch.setattr(socket, "create_connection", connect)
    for name in [name for name in sys.modules if name.partition(".")[0] == "lambda_http_adapter"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "lambda_http_adapter.of_the_bundle", sys)
    monkeypatch.delitem(sys.modules, "doctor_connects", raising=False)
    own = str(Path(lambda_http_adapter.__file__).parents[1])
    import_process.main([str(tmp_path / "answer"), own, "doctor_connects", "app", "maybe", str(tmp_path)])
    answer = json.loads((tmp_path / "answer").read_text())
    assert answer.pop("seconds") >= 0
    assert answer.pop("connected", "") == ("127.0.0.1:9" if connected else "")
    assert answer == {"kind": "", "made_by": "", "is": "an int"}
    assert "lambda_http_adapter.of_the_bundle" not in sys.modules
    assert capsys.readouterr().err.splitlines() == [import_process.BEGIN, import_process.END]
    assert not guards[0].active


def test_a_handler_that_this_package_has_made() -> None:
    handler = asgi_handler(asgi_app)
    assert import_process._kind(handler, "maybe") == {"kind": "handler", "made_by": "asgi_handler", "is": "a function"}


def test_two_arguments_that_are_not_those_of_wsgi() -> None:
    def handler(order: object, state: object) -> None: ...

    assert import_process._kind(handler, "maybe")["kind"] == "handler"


def test_the_guard() -> None:
    guard = import_process.Guard()
    guard("socket.connect", (None, "/a/unix/socket"))
    guard("open", ("file",))
    assert guard.address == ""
    for arguments in ((None, ("10.0.0.1", 443)), (None, ("10.0.0.2", 443))):
        with pytest.raises(ConnectionRefusedError):
            guard("socket.connect", arguments)
    assert guard.address == "10.0.0.1:443"
    guard.active = False
    guard("socket.connect", (None, ("10.0.0.3", 443)))
    named = import_process.Guard()
    with pytest.raises(ConnectionRefusedError, match=r"allows no connection to db\.example$"):
        named("socket.getaddrinfo", (b"db.example", None, 0, 0, 0))
