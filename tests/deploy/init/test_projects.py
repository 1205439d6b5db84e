"""The projects that `init` writes: their own tests, their style, and what `dev` and `invoke` make of them."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from lambda_http_adapter._deploy.init.templates import APPS, DEPLOYMENTS
from lambda_http_adapter.cli import _COMMANDS, main
from tests.support.child_process import inherited_environment
from tests.support.dev_process import Dev
from tests.support.paths import ROOT

# Beside the Python that all have: the files of each deployment.
INFRASTRUCTURE = {
    "sam-zip": {"template.yaml"},
    "sam-image": {"template.yaml", "Dockerfile", ".dockerignore"},
    "cdk": {"infra/app.py", "infra/cdk.json", "infra/requirements.txt"},
    "terraform": {"main.tf"},
}


every_project = pytest.mark.parametrize(("app", "deployment"), [*product(APPS, DEPLOYMENTS)])


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every app with every deployment, each in a directory such as ``flask-cdk``."""
    directory = tmp_path_factory.mktemp("projects")
    for app, deployment in product(APPS, DEPLOYMENTS):
        main(["init", str(directory / f"{app}-{deployment}"), "--app", app, "--deploy", deployment])
    return directory


def files(directory: Path) -> dict[str, str]:
    return {str(path.relative_to(directory)): path.read_text() for path in directory.rglob("*") if path.is_file()}


@pytest.fixture
def project(projects: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A copy of one of them to run something in, which leaves caches behind."""
    return lambda name: shutil.copytree(projects / name, tmp_path / name)


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env=inherited_environment(), capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("app", APPS)
def test_the_code_does_not_depend_on_the_deployment(app: str, projects: Path) -> None:
    without = []
    for deployment, infrastructure in INFRASTRUCTURE.items():
        written = files(projects / f"{app}-{deployment}")
        assert infrastructure <= written.keys()
        differing = {*infrastructure, "README.md", ".gitignore"}
        without.append({name: text for name, text in written.items() if name not in differing})
    assert all(code == without[0] for code in without)
    assert {"requirements.txt", "requirements-dev.txt", "wheels/README.md"} < without[0].keys()


@pytest.mark.parametrize(
    "app", ["fastapi", *(pytest.param(app, marks=pytest.mark.slow) for app in APPS if app != "fastapi")]
)
def test_its_own_tests_pass(app: str, project: Callable[[str], Path]) -> None:
    ended = run(sys.executable, "-m", "pytest", "-q", "-W", "error", cwd=project(f"{app}-sam-zip"))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.search(r"^[24] passed", ended.stdout, re.MULTILINE)


def test_ruff_finds_nothing(projects: Path) -> None:
    roots = json.dumps([str(path) for path in projects.iterdir()])  # TOML writes such a list in the same way
    settings = ["--no-cache", "--config", str(ROOT / "pyproject.toml")]
    check = run(sys.executable, "-m", "ruff", "check", *settings, "--config", f"src={roots}", ".", cwd=projects)
    assert check.returncode == 0, check.stdout + check.stderr
    layout = run(sys.executable, "-m", "ruff", "format", "--check", *settings, ".", cwd=projects)
    assert layout.returncode == 0, layout.stdout + layout.stderr


@pytest.mark.skipif(shutil.which("terraform") is None, reason="Terraform isn't installed")
def test_terraform_fmt_changes_nothing(projects: Path) -> None:
    assert run("terraform", "fmt", "-check", "-diff", "-recursive", ".", cwd=projects).stdout == ""


@every_project
def test_no_template_is_left(app: str, deployment: str, projects: Path) -> None:
    for name, text in files(projects / f"{app}-{deployment}").items():
        assert not re.search(r"^\s*#(if|end)\b|\$(name|entry|handler|build|deploy)\b|\n\n\n\n", text, re.MULTILINE), (
            name
        )
        assert text == "" or text.endswith("\n")
        assert not text.endswith("\n\n")


# What every deployment says, in its own words: where, with what, how long its logs are kept, who may call it.
SAID = {
    "sam-zip": (
        ["CodeUri: function.zip", "Runtime: python3.13", "[arm64]", "RetentionInDays: 14", "/var/task/bootstrap"],
        ["AuthType: NONE, InvokeMode: RESPONSE_STREAM", "INVOKE_MODE: response_stream"],
    ),
    "sam-image": (
        ["PackageType: Image", "FROM python:3.13-slim", "[arm64]", "RetentionInDays: 14", "USER 65534"],
        ["AuthType: NONE, InvokeMode: RESPONSE_STREAM", "INVOKE_MODE: response_stream"],
    ),
    "cdk": (
        ['"function.zip"', "PYTHON_3_13", "ARM_64", "RetentionDays.TWO_WEEKS", "/var/task/bootstrap"],
        ["FunctionUrlAuthType.NONE, invoke_mode=aws_lambda.InvokeMode.RESPONSE_STREAM", '_MODE": "response_stream"'],
    ),
    "terraform": (
        ["/function.zip", '"python3.13"', '["arm64"]', "retention_in_days = 14", "/var/task/bootstrap"],
        [
            '"lambda:InvokeFunctionUrl"',
            '"RESPONSE_STREAM"',
            "invoked_via_function_url = true",
            '_MODE = "response_stream"',
        ],
    ),
}


@every_project
def test_what_is_deployed(app: str, deployment: str, projects: Path) -> None:
    written = files(projects / f"{app}-{deployment}")
    text = "\n".join(written[name] for name in INFRASTRUCTURE[deployment])
    always, with_url = SAID[deployment]
    assert [part for part in always if part not in text] == []
    assert [part for part in with_url if (part in text) == (app == "handler")] == []
    assert ("SECRET_KEY" in text) == (app == "django")
    assert bool(re.search("ReportBatchItemFailures|report_batch_item_failures", text)) == (app == "handler")
    entry = APPS[app].entry
    assert (entry if deployment == "sam-image" else entry.replace(":", ".")) in text


def test_dev_serves_it(project: Callable[[str], Path]) -> None:
    with Dev("--stream", cwd=project("django-cdk"), env={"PYTHONPATH": ""}) as dev:
        assert dev.get("/").json() == {"hello": "world"}
        assert dev.get("/count?pause=0").text == "".join(f"{number}\n" for number in range(1, 11))


def test_invoke_sends_the_handler_a_message(project: Callable[[str], Path]) -> None:
    directory = project("handler-terraform")
    (line,) = re.findall(r"^lambda-http-adapter (invoke .*)$", (directory / "README.md").read_text(), re.MULTILINE)
    ended = run(sys.executable, "-m", "lambda_http_adapter", *shlex.split(line), cwd=directory)
    assert json.loads(ended.stdout) == {"batchItemFailures": []}
    assert "Hello Ines" in ended.stderr
    assert ended.returncode == 0


@pytest.mark.skipif("build" not in _COMMANDS, reason="there is no command `build` yet")
@pytest.mark.parametrize("app", ["fastapi", "django"])
def test_the_dockerfile_is_the_one_that_build_writes(app: str, project: Callable[[str], Path]) -> None:
    directory = project(f"{app}-sam-image")
    names = ["Dockerfile", ".dockerignore"]
    own = [(directory / name).rename(directory / f"{name}.own").read_text() for name in names]
    ended = run(sys.executable, "-m", "lambda_http_adapter", "build", APPS[app].entry, "--image", cwd=directory)
    assert ended.returncode == 0, ended.stderr
    assert [(directory / name).read_text() for name in names] == own


@pytest.mark.slow
@pytest.mark.parametrize("app", APPS)
def test_mypy_finds_nothing(app: str, projects: Path, tmp_path: Path) -> None:
    directory = projects / f"{app}-terraform"
    mypy = ["mypy", "--config-file", "", "--strict", "--ignore-missing-imports", "--cache-dir", str(tmp_path)]
    ended = run(sys.executable, "-m", *mypy, ".", cwd=directory)
    assert ended.returncode == 0, ended.stdout
