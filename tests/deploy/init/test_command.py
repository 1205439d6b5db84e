"""`lambda-http-adapter init`: what it writes where, what it keeps and what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lambda_http_adapter.cli import main
from tests.support.paths import ROOT

APP = "async def app(scope, receive, send): ...\n"

NEW = """\
Wrote a project (--app fastapi --deploy sam-zip):
  my shop/main.py
  my shop/test_main.py
  my shop/README.md
  my shop/.gitignore
  my shop/requirements-dev.txt
  my shop/requirements.txt
  my shop/wheels/README.md
  my shop/template.yaml
lambda-http-adapter isn't on a package index yet: first put its wheel into wheels, see wheels/README.md.
Next:
  cd 'my shop'
  python3 -m venv .venv && . .venv/bin/activate && pip install -r requirements-dev.txt
  lambda-http-adapter dev
  pytest
  lambda-http-adapter build main:app
  sam deploy --stack-name my-shop --resolve-s3 --capabilities CAPABILITY_IAM
"""
HANDLER = """\
Wrote a project (--app handler --deploy terraform):
  main.py
  test_main.py
  README.md
  .gitignore
  requirements-dev.txt
  requirements.txt
  wheels/README.md
  main.tf
lambda-http-adapter isn't on a package index yet: first put its wheel into wheels, see wheels/README.md.
Next:
  python3 -m venv .venv && . .venv/bin/activate && pip install -r requirements-dev.txt
  lambda-http-adapter invoke --origin sqs -d '{"name": "Ines"}'
  pytest
  lambda-http-adapter build main:handler
  terraform init && terraform apply
"""
EXISTING = """\
There is an app, app.main:app; wrote how to deploy it (--deploy sam-image):
  shop/Dockerfile
  shop/template.yaml
Kept as they were: .dockerignore
A requirements.txt is missing. It has to name lambda-http-adapter and what the app imports.
Next:
  cd shop
  lambda-http-adapter dev
  sam build
  sam deploy --stack-name shop --resolve-s3 --capabilities CAPABILITY_IAM --resolve-image-repos
"""


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("AWS_LAMBDA_PYTHON_ENTRYPOINT", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def init(*arguments: str) -> None:
    main(["init", *arguments])


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as left:
        init(*arguments)
    assert left.value.code == 2
    return capsys.readouterr().err


def write(existing: dict[str, str], directory: Path) -> None:
    for name, content in existing.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(content)


def files(directory: Path) -> dict[str, str]:
    return {str(path.relative_to(directory)): path.read_text() for path in directory.rglob("*") if path.is_file()}


def test_a_new_project(capsys: pytest.CaptureFixture[str], directory: Path) -> None:
    init("my shop")
    assert capsys.readouterr().out == NEW
    assert sorted(files(directory)) == sorted(
        line.strip() for line in NEW.splitlines() if line.startswith("  my shop/")
    )


def test_a_new_project_in_this_directory(capsys: pytest.CaptureFixture[str]) -> None:
    init("--app", "handler", "--deploy", "terraform")
    assert capsys.readouterr().out == HANDLER


def test_into_an_existing_project(capsys: pytest.CaptureFixture[str], directory: Path) -> None:
    shop = directory / "shop"
    (shop / "app").mkdir(parents=True)
    (shop / "app/main.py").write_text(APP)
    (shop / ".dockerignore").write_text("secrets\n")
    init("shop", "--deploy", "sam-image", "--app", "flask")
    assert capsys.readouterr().out == EXISTING
    assert sorted(files(shop)) == [".dockerignore", "Dockerfile", "app/main.py", "template.yaml"]
    assert files(shop)[".dockerignore"] == "secrets\n"
    assert 'CMD ["app.main:app"]' in files(shop)["Dockerfile"]


@pytest.mark.parametrize(
    ("existing", "deployment", "sentence"),
    [
        ({}, "sam-zip", "A requirements.txt is missing. It has to name what the app imports.\n"),
        ({"requirements.txt": ""}, "cdk", ""),
        ({"pyproject.toml": ""}, "terraform", ""),
        ({"requirements.txt": ""}, "sam-image", "requirements.txt has to name lambda-http-adapter.\n"),
    ],
)
def test_what_the_requirements_lack(
    existing: dict[str, str], deployment: str, sentence: str, capsys: pytest.CaptureFixture[str], directory: Path
) -> None:
    write({"main.py": APP, **existing}, directory)
    init("--deploy", deployment)
    before_next = capsys.readouterr().out.partition("Next:\n")[0]
    assert "".join(re.findall(r"^(?! ).*requirements\.txt.*\n", before_next, re.MULTILINE)) == sentence


def test_the_examples_in_the_documentation(capsys: pytest.CaptureFixture[str], directory: Path) -> None:
    page = (ROOT / "docs/start.md").read_text()
    new, existing = re.findall(r"^```console\n\$ lambda-http-adapter (.+?)\n(.+?)^```", page, re.MULTILINE | re.DOTALL)
    main(new[0].split())
    assert capsys.readouterr().out == new[1]
    (directory / "app").mkdir()
    (directory / "app/main.py").write_text(APP)
    (directory / "requirements.txt").write_text("fastapi\n")
    main(existing[0].split())
    assert capsys.readouterr().out == existing[1]


@pytest.mark.parametrize(
    ("existing", "handler"),
    [
        ({"main.py": APP}, "main.app"),
        ({"app.py": APP, "requirements.txt": "fastapi\n"}, "app.app"),
        ({"wsgi.py": "application = make()\n", "pyproject.toml": ""}, "wsgi.application"),
        ({"app/__init__.py": APP}, "app.app"),
        ({"main.py": "def create_app(): ...\n"}, "main.create_app"),
        ({"shop/asgi.py": "application = 1\n", "shop/wsgi.py": "application = 1\n"}, "shop.asgi.application"),
    ],
)
def test_the_app_is_found(existing: dict[str, str], handler: str, directory: Path) -> None:
    write(existing, directory)
    init()
    written = files(directory)
    assert written.keys() == existing.keys() | {"template.yaml"}
    assert f"\n      Handler: {handler} #" in written["template.yaml"]


def test_the_app_is_named(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (directory / "pyproject.toml").write_text("")
    monkeypatch.setenv("AWS_LAMBDA_PYTHON_ENTRYPOINT", "shop.web:app")
    init()
    assert "\n      Handler: shop.web.app #" in (directory / "template.yaml").read_text()


def test_the_variable_does_not_name_the_app_of_a_new_project(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_PYTHON_ENTRYPOINT", "shop.web:app")
    init("new")
    assert "\n      Handler: main.app #" in (directory / "new/template.yaml").read_text()


def test_nothing_is_overwritten(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (directory / "README.md").write_text("mine")
    (directory / ".gitignore").symlink_to("elsewhere")
    (directory / "wheels").mkdir()
    (directory / "wheels/README.md").mkdir()
    init()
    assert "\nKept as they were: README.md, .gitignore, wheels/README.md\n" in capsys.readouterr().out
    assert (directory / "README.md").read_text() == "mine"
    assert not (directory / "elsewhere").exists()


def test_twice(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init()
    before = files(directory)
    assert refusal(capsys) == (
        "lambda-http-adapter: '.' has template.yaml already, so nothing was written. "
        "Remove a file to have it written again.\n"
    )
    assert files(directory) == before


def test_a_second_deployment(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init()
    before = files(directory)
    init("--deploy", "cdk")
    added = files(directory).keys() - before.keys()
    assert added == {"infra/app.py", "infra/cdk.json", "infra/requirements.txt"}
    assert "Kept" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("existing", "sign"),
    [
        ({"pyproject.toml": ""}, "pyproject.toml"),
        ({"pyproject.toml": "", "main.py": "def main(): ...\n"}, "main.py"),
        ({"app/__init__.py": ""}, "__init__.py"),
    ],
)
def test_a_project_without_a_known_app(
    existing: dict[str, str], sign: str, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(existing, directory)
    assert refusal(capsys) == (
        f"lambda-http-adapter: '.' has a project ({sign}), but no app such as main:app in a usual file. Write it "
        "first, or name it with AWS_LAMBDA_PYTHON_ENTRYPOINT=module:attribute in front of the command, or choose "
        "another directory.\n"
    )
    assert files(directory) == existing


def test_a_wrong_name_of_the_app(
    directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write({"main.py": "server = 1\n"}, directory)
    monkeypatch.setenv("AWS_LAMBDA_PYTHON_ENTRYPOINT", "src/main.py:server")
    assert refusal(capsys) == (
        "lambda-http-adapter: AWS_LAMBDA_PYTHON_ENTRYPOINT is 'src/main.py:server'; expected module:attribute, such as "
        "main:app.\n"
    )


def test_a_file_where_the_directory_should_be(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (directory / "shop").write_text("")
    assert refusal(capsys, "shop") == "lambda-http-adapter: 'shop' is a file; init needs a directory.\n"


@pytest.mark.parametrize(
    ("directory_name", "sentence"),
    [
        ("file/shop", "'file/shop/main.py' can't be written: Not a directory."),
        ("x" * 300, f"'{'x' * 300}' can't be read: File name too long."),
    ],
)
def test_where_nothing_can_be_written(
    directory_name: str, sentence: str, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (directory / "file").write_text("")
    assert refusal(capsys, directory_name) == f"lambda-http-adapter: {sentence}\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--app", "rails"], "--app: invalid choice: rails (choose from fastapi, flask, django, starlette, handler)."),
        (["--deploy", "sam"], "--deploy: invalid choice: sam (choose from sam-zip, sam-image, cdk, terraform)."),
        (["--bogus"], "Unrecognized arguments: --bogus."),
    ],
)
def test_a_wrong_command_line(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(capsys, *arguments).replace("'", "")  # which argparse writes around choices depends on its version
    assert said == f"lambda-http-adapter init: {sentence}\n"


@pytest.mark.parametrize(
    ("directory_name", "name"),
    [
        ("shop", "shop"),
        ("My Shop", "My-Shop"),
        ("café_2", "cafe-2"),
        ("2026", "app-2026"),
        ("./-x-", "x"),
        ("店", "app"),
        ("a" * 39 + ".b", "a" * 39),
        ("$name #if", "name-if"),
    ],
)
def test_the_names_on_aws(directory_name: str, name: str, directory: Path) -> None:
    init(directory_name, "--deploy", "terraform")
    assert f'\n  name   = "{name}"\n' in (directory / directory_name / "main.tf").read_text()


def test_a_directory_that_looks_like_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    init("./-rf")
    assert "\n  cd ./-rf\n" in capsys.readouterr().out


def test_a_reader_that_has_enough(directory: Path) -> None:
    end, closed = os.pipe()
    os.close(end)
    command = [sys.executable, "-m", "lambda_http_adapter", "init", "shop"]
    ended = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(closed)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert (directory / "shop/main.py").exists()
