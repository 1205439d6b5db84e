"""`build` as a whole, without a package index: requirements are wheels that the tests make."""

import errno
import json
import os
import platform
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from lambda_http_adapter import __version__
from lambda_http_adapter._deploy.build.command import _complaint, _copy_whole, _remedy, main
from lambda_http_adapter.cli import main as run
from lambda_http_adapter.errors import ConfigurationError
from tests.support.local_wheels import repack, write_wheel
from tests.support.terminal import terminal

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
ARCHITECTURE = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
OTHER = {"arm64": "x86_64", "x86_64": "arm64"}[ARCHITECTURE]
OTHER_MACHINE = {"arm64": "aarch64", "x86_64": "x86_64"}[OTHER]
HERE = ["--python", PYTHON, "--arch", ARCHITECTURE]

linux = pytest.mark.skipif(sys.platform != "linux", reason="the trial runs on Linux, as Lambda does")

APP = """
import json, logging, os, greetings

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return
    logging.warning("a record")
    body = json.dumps([greetings.HELLO, greetings.__file__, os.environ.get("NAME"), os.environ.get("HOME")]).encode()
    await send({"type": "http.response.start", "status": int(os.environ.get("STATUS", 200)), "headers": []})
    await send({"type": "http.response.body", "body": body})

def handler(event, context):
    return {"records": len(event["Records"])}
"""


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheels")
    repack(directory, "httptools")
    files = {
        "greetings/__init__.py": "HELLO = 'hello'\n",
        "greetings/__init__.pyi": "",
        "greetings/tests/t.py": "",
        "tool.py": "",
    }
    write_wheel(directory, "greetings", files, requires=["httpx; extra == 'all'"], scripts="greet = tool:main")
    write_wheel(
        directory,
        "httptools",
        {"httptools/other.txt": OTHER},
        version="99",
        tag=f"cp313-cp313-manylinux_2_17_{OTHER_MACHINE}",
    )
    return directory


class Project(NamedTuple):
    directory: Path
    wheels: Path
    capsys: pytest.CaptureFixture[str]

    def build(self, *arguments: str) -> str:
        """What it prints."""
        self.capsys.readouterr()
        main([*arguments, "--no-index", "--find-links", str(self.wheels)])
        return self.capsys.readouterr().out

    def write(self, files: Mapping[str, str]) -> None:
        for name, content in files.items():
            (self.directory / name).parent.mkdir(parents=True, exist_ok=True)
            (self.directory / name).write_text(content)


@pytest.fixture
def project(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Project:
    directory = tmp_path / "project"
    directory.mkdir()
    monkeypatch.chdir(directory)
    project = Project(directory, wheels, capsys)
    project.write({"main.py": APP, "requirements.txt": "greetings\nlambda-http-adapter\n", ".env": "NAME=Ann\n"})
    return project


def members(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as opened:
        return opened.namelist()


@linux
def test_a_zip_file_that_starts_and_answers(project: Project) -> None:
    shown = project.build("main:app", *HERE, "--installer", "uv")
    for line in (
        f"Install for Python {PYTHON} on {ARCHITECTURE}: requirements.txt, by uv (",
        f"lambda-http-adapter {__version__} is a copy of this one, without the emulator, asgiref, httpx and werkzeug\n",
        f"Copied from {project.directory}: 1 file\n",
        "Left out (hidden files): .env\n",
        "Left out (infrastructure and packaging): requirements.txt\n",
        f"  Runtime: python{PYTHON}\n  Architectures: [{ARCHITECTURE}]\n  Handler: main.app\n"
        "  Environment: {Variables: {AWS_LAMBDA_EXEC_WRAPPER: /var/task/bootstrap}}\n",
        "  aws lambda update-function-code --function-name NAME --zip-file fileb://function.zip\n",
        "Try it: started in ",
        " ms, GET / answered 200 in ",
    ):
        assert line in shown
    names = members(project.directory / "function.zip")
    tag = f"cpython-{PYTHON.replace('.', '')}"
    compiled = {f"__pycache__/main.{tag}.pyc", f"greetings/__pycache__/__init__.{tag}.pyc"}
    assert {"main.py", "bootstrap", "greetings/__init__.py", *compiled} <= {*names}
    assert any(name.startswith("httptools/") for name in names)
    unneeded = re.compile(r"bin/|.*/tests/|.*\.pyi$|httpx|httpcore|rich|werkzeug|asgiref")
    assert [name for name in names if unneeded.match(name)] == []


def test_the_same_bytes_from_another_place_and_by_another_installer(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.build("main:app", *HERE, "--no-trial", "--installer", "uv")
    first = (project.directory / "function.zip").read_bytes()
    elsewhere = tmp_path / "a" / "longer" / "path"
    elsewhere.mkdir(parents=True)
    for name in ("main.py", "requirements.txt"):
        (elsewhere / name).write_bytes((project.directory / name).read_bytes())
        os.utime(elsewhere / name, (10**9, 10**9))
    monkeypatch.chdir(elsewhere)
    assert "requirements.txt, by pip (" in project.build("main:app", *HERE, "--no-trial", "--installer", "pip")
    assert (elsewhere / "function.zip").read_bytes() == first


def test_another_architecture(project: Project) -> None:
    shown = project.build("--arch", OTHER, "--python", "3.13", "-o", "other.zip")
    with zipfile.ZipFile(project.directory / "other.zip") as archive:
        assert archive.read("httptools/other.txt").decode() == OTHER
    assert "Not tried: whether it starts and answers, because t" in shown


@linux
def test_a_directory(project: Project) -> None:
    old = os.umask(0o077)
    try:
        shown = project.build("main:app", *HERE, "--target", "out", "--include", ".env")
    finally:
        os.umask(old)
    out = project.directory / "out"
    assert (out / ".env").read_text() == "NAME=Ann\n"
    assert [oct((out / name).stat().st_mode & 0o777) for name in ("bootstrap", "main.py", "greetings")] == [
        "0o755",
        "0o644",
        "0o755",
    ]
    assert "  CodeUri: out\n" in shown
    assert "GET / answered 200" in shown
    assert "aws lambda" not in shown
    with pytest.raises(ConfigurationError, match=r"^'out' is not an empty directory. Remove it, or name another.$"):
        project.build("main:app", "--target", "out")


def test_a_layer(project: Project) -> None:
    shown = project.build(*HERE, "--layer", "--with", "greetings==1.0")
    names = members(project.directory / "layer.zip")
    assert "bootstrap" in names
    assert {name.split("/")[0] for name in names} == {"bootstrap", "python"}
    assert f"python/lambda_http_adapter/__pycache__/cli.cpython-{PYTHON.replace('.', '')}.pyc" in names
    assert "AWS_LAMBDA_EXEC_WRAPPER: /opt/bootstrap" in shown
    assert (
        f"publish-layer-version --layer-name NAME --zip-file fileb://layer.zip --compatible-runtimes python{PYTHON} "
        in shown
    )
    assert "Install for Python" in shown
    assert "requirements.txt and greetings==1.0, by " in shown


@linux
def test_a_handler_needs_no_wrapper_and_has_one(project: Project) -> None:
    project.write({"queue.json": json.dumps({"Records": [{}, {}]})})
    assert " ms; to send it an event, name a file with --event (" in project.build("main:handler", *HERE)
    shown = project.build("main:handler", *HERE, "--event", "queue.json")
    assert "bootstrap" in members(project.directory / "function.zip")
    assert "  Handler: main.handler\n" in shown
    assert "AWS_LAMBDA_EXEC_WRAPPER" not in shown
    assert "queue.json answered a result in" in shown


def test_the_template_of_init_fits_what_build_makes(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.directory / "..")
    run(["init", "queue", "--app", "handler"])
    monkeypatch.chdir("queue")
    template = Path("template.yaml").read_text()
    Path("template.yaml").write_text(template.replace("python3.13", f"python{PYTHON}").replace("arm64", ARCHITECTURE))
    project.build("main:handler", "-o", "function.zip", *HERE, "--no-trial")
    run(["doctor", "--no-import"])
    assert project.capsys.readouterr().out.endswith("Nothing found in function.zip and template.yaml.\n")


@linux
def test_a_bundle_that_fails_its_trial(project: Project) -> None:
    project.write({"env": "STATUS=503"})
    with pytest.raises(SystemExit) as raised:
        project.build("main:app", *HERE, "--env-file", "env")
    shown = project.capsys.readouterr().out
    assert "GET / answered 503 in" in shown
    assert "a record" in shown
    assert raised.value.code == (
        "lambda-http-adapter: function.zip is written, but it failed the trial: the status is 503. If it needs "
        "environment variables, name a file of them with --env-file; --no-trial skips this."
    )
    assert (project.directory / "function.zip").exists()


def test_requirements_that_cannot_be_installed(project: Project) -> None:
    project.write({"requirements.txt": "nothing-like-it\n"})
    with pytest.raises(SystemExit) as raised:
        project.build("main:app")
    assert "can't install the requirements:" in str(raised.value.code)


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("Because docopt==0.6.2 has no usable wheels", "Only wheels for Lambda's platform are installed."),
        ("ERROR: No matching distribution found for docopt", "Only wheels for Lambda's platform are installed."),
        ("no version of lambda-http-adapter==0.0.9", "A bundle gets the lambda-http-adapter that builds it"),
        ("Because you require anyio==4.0.0 and anyio>=4.5", ""),
        ("fatal: unable to access 'https://example.com/'", ""),
    ],
)
def test_what_is_said_behind_the_installer(said: str, remedy: str) -> None:
    line = _remedy(said)
    assert line.startswith(f"\n{remedy}") if remedy else line == ""


def test_an_event_that_is_not_there(project: Project) -> None:
    with pytest.raises(ConfigurationError, match=r"^'none\.json' can't be read: No such file or directory\.$"):
        project.build("main:app", "--event", "none.json")
    assert project.capsys.readouterr().out == ""  # before anything is done


def test_a_version_of_this_package_that_is_not_this_one(project: Project) -> None:
    project.write({"requirements.txt": "lambda-http-adapter==99\n"})
    with pytest.raises(SystemExit) as raised:
        project.build("main:app")
    assert (
        "A bundle gets the lambda-http-adapter that builds it: install the version that the requirements ask for."
        in str(raised.value.code)
    )


def test_no_interpreter_of_the_version(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", os.defpath)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path))
    write_wheel(tmp_path, "httptools", {"httptools/__init__.py": ""})
    (project.directory / "requirements.txt").unlink()
    project.write({"pyproject.toml": '[project]\ndependencies = ["greetings"]\n', "uv.lock": ""})
    shown = project.build("main:app", "--python", "3.14", "--installer", "pip", "--find-links", str(tmp_path))
    assert "Note: pip doesn't read uv.lock. The versions may be others than the locked ones." in shown
    assert "Warning: no bytecode, because there is no Python 3.14 on this machine." in shown
    assert "Note: without a Python 3.14 on this machine, pip chose" in shown
    assert "Not tried: whether it starts and answers, because there is no Python 3.14 on this machine." in shown
    assert not [name for name in members(project.directory / "function.zip") if name.endswith(".pyc")]


def test_a_file_of_the_app_that_cannot_be_compiled(project: Project) -> None:
    project.write({"broken.py": "def (:\n"})
    assert "Warning: broken.py can't be compiled: " in project.build("main:app", *HERE, "--no-trial")


def test_an_app_among_others(project: Project) -> None:
    project.write({"shop/main.py": APP, "shop/requirements.txt": "greetings\n", "requirements.txt": "no-such\n"})
    shown = project.build("--app-dir", "shop", "main:app", *HERE, "--no-trial", "--installer", "pip")
    assert f"Install for Python {PYTHON} on {ARCHITECTURE}: shop/requirements.txt, by pip (" in shown
    assert {"main.py", "greetings/__init__.py"} <= {*members(project.directory / "function.zip")}


def test_a_module_with_the_name_of_a_package(project: Project) -> None:
    project.write({"greetings/__init__.py": "HELLO = 'mine'\n"})
    shown = project.build("main:app", *HERE, "--no-trial")
    assert "Warning: the app's files replace those of installed packages: greetings/__init__.py\n" in shown


def test_a_file_with_the_name_of_the_wrapper(project: Project) -> None:
    project.write({"bootstrap": ""})
    with pytest.raises(
        ConfigurationError, match=r"^The app has a file 'bootstrap', the name of the wrapper. Rename it.$"
    ):
        project.build("main:app", *HERE)


def test_uv_where_it_is_not_installed(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(
        ConfigurationError, match=r"^uv is not installed: run `pip install uv`, or name --installer pip.$"
    ):
        project.build("main:app", "--installer", "uv")


@linux
def test_a_terminal_shows_a_bar_and_a_table(project: Project) -> None:
    command = [sys.executable, "-m", "lambda_http_adapter", "build", "main:app", *HERE, "--no-trial"]
    with terminal(*command, "--no-index", "--find-links", str(project.wheels), cwd=project.directory) as screen:
        shown = screen.shows("update-function-code").decode()
        assert screen.process.wait(20) == 0
    assert "━" in shown
    assert "0/?" not in shown  # of a step whose length nobody knows
    assert "MB zipped" in shown
    assert "─" in shown


def test_a_terminal_without_rich_shows_plain_text(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['rich'] = None; from lambda_http_adapter._deploy.build.progress import Progress; "
        "Progress().table(('package', 'MB'), [('shop', '1.0')])"
    )
    with terminal(sys.executable, "-c", code, cwd=tmp_path) as screen:
        assert screen.shows("1.0").split(b"\r\n") == [b"  package   MB", b"  shop     1.0"]
        assert screen.process.wait(20) == 0


@linux
def test_a_place_that_cannot_be_written(project: Project) -> None:
    with pytest.raises(SystemExit) as raised:
        project.build("main:app", *HERE, "--no-trial", "-o", "/proc/function.zip")
    assert re.fullmatch(
        r"lambda-http-adapter: '/proc/\.function\.zip\.\d+\.unfinished': No such file or directory\.",
        str(raised.value.code),
    )


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "No space left on device, for the result or in '/there'. Make room, or let TMPDIR name another directory.",
        ),
        (OSError(errno.EIO, "Input/output error"), "Input/output error."),
        (OSError("something odd"), "something odd."),
    ],
)
def test_what_the_operating_system_refuses(error: OSError, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/there")
    assert _complaint(error) == sentence


@linux
def test_nothing_stays_of_a_directory_that_is_not_whole(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.py").touch()
    os.mkfifo(source / "pipe")  # nobody can copy it
    with pytest.raises(shutil.SpecialFileError, match="named pipe"):
        _copy_whole(source, tmp_path / "target")
    assert list(tmp_path.iterdir()) == [source]


@linux
def test_ctrl_c_ends_it(project: Project) -> None:
    command = [sys.executable, "-m", "lambda_http_adapter", "build", "main:app", *HERE, "--no-trial"]
    with terminal(*command, "--no-index", "--find-links", str(project.wheels), cwd=project.directory) as screen:
        screen.shows("Install for Python")
        screen.type("\x03")
        assert screen.process.wait(20) == 130
    assert [path.name for path in project.directory.glob("*.zip")] == []
