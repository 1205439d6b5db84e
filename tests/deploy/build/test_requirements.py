"""What the installer is asked for."""

import hashlib
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from lambda_http_adapter._deploy.build.adapter_wheel import AdapterWheel
from lambda_http_adapter._deploy.build.requirements import (
    find_requirements,
    home_of_requirements,
    requirement_names,
    rewritten,
)
from lambda_http_adapter._deploy.interpreter import find_uv
from lambda_http_adapter._values import __version__
from lambda_http_adapter.errors import ConfigurationError

ALL = {"asgiref", "httpx", "werkzeug"}
HASH = "--hash=sha256:0d1e"


@pytest.fixture
def adapter(tmp_path: Path) -> AdapterWheel:
    path = tmp_path / f"lambda_http_adapter-{__version__}-py3-none-any.whl"
    path.write_bytes(b"a wheel")
    return AdapterWheel(path, __version__)


def written(directory: Path, files: Mapping[str, str]) -> Path:
    for name, content in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(content)
    return directory


@pytest.mark.parametrize(
    ("files", "app", "home"),
    [
        ([], "src", "."),
        (["requirements.txt"], ".", "."),
        (["requirements.txt", "backend/pyproject.toml"], "backend", "backend"),
        (["requirements.txt", "backend/uv.lock"], "backend/src", "backend"),
        (["requirements.txt"], "backend/src", "."),
        (["requirements.txt", "../requirements.txt"], "../other", "."),
    ],
)
def test_the_directory_of_the_requirements(files: list[str], app: str, home: str, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    written(project, dict.fromkeys(files, ""))
    assert home_of_requirements((project / app).resolve(), project) == project / home


def test_a_project_at_the_root_of_the_file_system() -> None:
    assert home_of_requirements(Path("/no such directory/app"), Path("/")) == Path("/")


PYPROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask>=3", "boto3"]\n'


@pytest.mark.parametrize(
    ("files", "named", "sources", "lines"),
    [
        ({}, [], [], []),
        ({"requirements.txt": "flask\n", "pyproject.toml": PYPROJECT}, [], ["requirements.txt"], ["flask"]),
        ({"pyproject.toml": PYPROJECT}, [], ["pyproject.toml"], ["flask>=3", "boto3"]),
        ({"pyproject.toml": "[tool.ruff]\n"}, [], ["pyproject.toml"], []),
        (
            {"requirements.txt": "flask", "a.txt": "bottle", "b.txt": "falcon"},
            ["a.txt", "b.txt"],
            ["a.txt", "b.txt"],
            ["bottle", "falcon"],
        ),
        (
            {"r/a.txt": "-r b.txt\nx", "r/b.txt": "--requirement=c.txt # more", "r/c.txt": "y"},
            ["r/a.txt"],
            ["r/a.txt"],
            ["y", "x"],
        ),
        (
            {"a.txt": "\ufeffx==1 \\\n    --hash=sha256:0d1e\n    # via y"},
            ["a.txt"],
            ["a.txt"],
            ["x==1      --hash=sha256:0d1e\n    # via y"],
        ),
        ({"a.txt": "-r https://example.com/r.txt"}, ["a.txt"], ["a.txt"], ["-r https://example.com/r.txt"]),
    ],
)
def test_where_they_come_from(
    files: Mapping[str, str],
    named: list[str],
    sources: list[str],
    lines: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(written(tmp_path, files))
    found = find_requirements(tmp_path, [Path(name) for name in named], [], None)
    assert (list(found.sources), list(found.lines)) == (sources, lines)


def test_constraints_and_wheels_are_named_by_their_path(tmp_path: Path) -> None:
    written(tmp_path, {"sub/a.txt": "-c c.txt\n--find-links w\n-f https://a/b\nx", "sub/c.txt": "x<2", "sub/w/a": ""})
    assert find_requirements(tmp_path, [tmp_path / "sub/a.txt"], ["y"], None).lines == [
        f"-c {tmp_path}/sub/c.txt",
        f"--find-links {tmp_path}/sub/w",
        "-f https://a/b",
        "x",
        "y",
    ]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"requirements.txt": "-r missing.txt"}, "'{0}/missing.txt' can't be read: No such file or directory."),
        (
            {"requirements.txt": "-r other.txt", "other.txt": "-r requirements.txt"},
            "'{0}/requirements.txt' includes itself.",
        ),
        (
            {"pyproject.toml": "[project"},
            "pyproject.toml is not TOML: Expected ']' at the end of a table declaration (at end of document).",
        ),
        (
            {"pyproject.toml": "[tool.poetry]\n", "poetry.lock": ""},
            "There are no [project] dependencies in pyproject.toml, and poetry.lock is not read. Write them to a file "
            "first: poetry export > requirements.txt.",
        ),
        (
            {"pyproject.toml": '[project]\ndynamic = ["dependencies"]\n'},
            "The dependencies in pyproject.toml are dynamic: only a build of the project knows them. Name a file that "
            "lists them: -r requirements.txt.",
        ),
    ],
)
def test_files_that_cannot_be_used(files: Mapping[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        find_requirements(written(tmp_path, files), [], [], None)
    assert str(raised.value) == message.format(tmp_path)


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes(b"# caf\xe9\n")
    with pytest.raises(ConfigurationError, match=r"requirements.txt' is not UTF-8 text\.$"):
        find_requirements(tmp_path, [], [], None)


def test_a_lock_file_of_uv(tmp_path: Path) -> None:
    uv = find_uv()
    assert uv is not None
    written(
        tmp_path,
        {"pyproject.toml": '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = []\n'},
    )
    subprocess.run([uv, "lock", "--offline", "--quiet"], cwd=tmp_path, check=True)
    assert find_requirements(tmp_path, [], ["x"], uv) == (["uv.lock"], ["x"])
    (tmp_path / "uv.lock").write_text("broken")
    with pytest.raises(ConfigurationError, match=r"^`uv export` can't read uv\.lock: error: "):
        find_requirements(tmp_path, [], [], uv)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", "{ours}"),
        ("fastapi\n# a comment\n", "fastapi\n# a comment\n{ours}"),
        ("lambda-http-adapter", "{ours}"),
        ("Lambda_HTTP.Adapter[fast,dev]>=0.1 ; python_version > '3'", "lambda-http-adapter>=0.1\n{fast}"),
        ("lambda-http-adapter @ git+https://example.com/x.git", "{ours}"),
        ("./wheels/lambda_http_adapter-0.1.0-py3-none-any.whl", "{ours}"),
        ("-e git+https://example.com/x.git@1f#egg=lambda_http_adapter", "{ours}"),
        ("-e ./checkout", "{ours}"),
        ("lambda-http-adapter[fast] @ file://{tmp}/checkout", "{fast}"),
        ("./shared\n-e .\n./nothing", "./shared\n-e .\n./nothing\n{ours}"),
        ("lambda-http-adapters", "lambda-http-adapters\n{ours}"),
        (f"lambda-http-adapter=={__version__} {HASH}\nx==1 {HASH}", f"x==1 {HASH}\n{{ours}} {{hash}}"),
        # All that an environment has, by pip-compile or uv.
        (
            "anyio==4\n    # via\n    #   httpx\n    #   starlette\nasgiref==3\n    # via lambda-http-adapter\n"
            "h11==0.14\n    # via httpcore\nhttpcore==1\n    # via httpx\nhttptools==0.7\n"
            "    # via lambda-http-adapter\n"
            "httpx==0.28\n    # via lambda-http-adapter\nwerkzeug==3\n    # via\n    #   flask\n"
            "    #   lambda-http-adapter\n",
            "anyio==4\n    # via\n    #   httpx\n    #   starlette\nhttptools==0.7\n    # via lambda-http-adapter\n"
            "werkzeug==3\n    # via\n    #   flask\n    #   lambda-http-adapter\n{ours}",
        ),
        (
            "httpx==0.28  # via -r requirements.in, lambda-http-adapter\n",
            "httpx==0.28  # via -r requirements.in, lambda-http-adapter\n{ours}",
        ),
        ("httpx\n", "httpx\n{ours}"),
    ],
)
def test_what_the_installer_gets(lines: str, expected: str, adapter: AdapterWheel, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(lines.replace("{tmp}", str(tmp_path)))
    for name, project in {"checkout": "lambda-http-adapter", "shared": "shared"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "pyproject.toml").write_text(f'[project]\nname = "{project}"\n')
    ours = f"lambda-http-adapter @ {adapter.path.as_uri()}"
    names = {
        "ours": ours,
        "fast": ours.replace("adapter @", "adapter[fast] @"),
        "hash": f"--hash=sha256:{hashlib.sha256(adapter.path.read_bytes()).hexdigest()}",
    }
    written = rewritten(find_requirements(tmp_path, [], [], None), tmp_path, adapter, ALL)
    assert "\n".join(written) == expected.format(**names)


def test_a_requirement_of_the_app_stays_though_it_is_ours_too(adapter: AdapterWheel, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("httpx==0.28\n    # via lambda-http-adapter\n")
    assert rewritten(find_requirements(tmp_path, [], [], None), tmp_path, adapter, ALL - {"httpx"})[0].startswith(
        "httpx==0.28"
    )


def test_the_hash_of_another_version_is_refused(adapter: AdapterWheel, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(f"lambda-http-adapter==9.9 {HASH}")
    with pytest.raises(ConfigurationError) as raised:
        rewritten(find_requirements(tmp_path, [], [], None), tmp_path, adapter, ALL)
    assert str(raised.value) == (
        f"requirements.txt requires lambda-http-adapter==9.9, and this is {__version__}: a bundle gets the version "
        "that builds it. Install that version here, or change the requirement."
    )


def test_the_names(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(
        "Flask_Login[x]>=1\n-r https://a/b\n./local\nhttps://a/b.whl\n# c\nlambda-http-adapter\n"
    )
    assert requirement_names(find_requirements(tmp_path, [], ["PyJWT"], None)) == {
        "flask-login",
        "lambda-http-adapter",
        "pyjwt",
    }
