"""The Dockerfile: what it says, and what its steps make when they are run without Docker."""

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from lambda_http_adapter import __version__
from lambda_http_adapter._deploy.build.command import main
from lambda_http_adapter._deploy.interpreter import find_uv
from lambda_http_adapter.errors import ConfigurationError
from tests.support.child_process import FUNCTION, Process, inherited_environment
from tests.support.dockerfile_steps import commands_of, instructions, run_steps
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.local_wheels import repack, write_wheel
from tests.support.paths import EVENTS

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
PYPROJECT = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["greetings"]\n'
APP = """
import greetings

def app(environ, start_response):
    start_response("200 OK", [])
    return [greetings.HELLO.encode(), b" ", greetings.__file__.encode()]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "project"
    directory.mkdir()
    monkeypatch.chdir(directory)
    (directory / "main.py").write_text(APP)
    (directory / "requirements.txt").write_text("greetings\n")
    return directory


def test_a_dockerfile(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["main:app", "--image"])
    assert (
        (project / "Dockerfile").read_text()
        == """\
# docker build --platform linux/arm64 --provenance=false --tag app .
# Lambda doesn't accept images with an attestation, hence --provenance=false.

FROM python:3.13-slim AS requirements
WORKDIR /build
# wheels/ holds lambda-http-adapter, for where no package index has it. It may be missing.
COPY requirements.txt wheels* ./
RUN python -m pip install --no-cache-dir --root-user-action=ignore --find-links . --target /requirements \
--requirement requirements.txt lambda-http-adapter
# /var/task is read-only on Lambda: what isn't compiled here is compiled again in every cold start.
# "|| true": packages hold files that no Python compiles, such as templates.
RUN python -m compileall -q --invalidation-mode unchecked-hash -s /requirements -p /var/task /requirements || true

FROM python:3.13-slim AS app
WORKDIR /var/task
COPY . ./
RUN python -m compileall -q --invalidation-mode unchecked-hash .

FROM python:3.13-slim
# So is the standard library, whose bytecode python:*-slim leaves out: that costs half a second.
RUN python -m compileall -q /usr/local/lib/python3.13 || true
WORKDIR /var/task
COPY --from=requirements /requirements ./
COPY --from=app /var/task ./
# For other places than Lambda, which runs every image as an unprivileged user of its own.
USER 65534
ENTRYPOINT ["python", "-m", "lambda_http_adapter", "run"]
CMD ["main:app"]
"""
    )
    wheel = f"wheels/lambda_http_adapter-{__version__}-py3-none-any.whl"
    assert (project / wheel).is_file()
    assert capsys.readouterr().out == (
        f"Written: Dockerfile, .dockerignore, {wheel}\nTo build the image:\n"
        "  docker build --platform linux/arm64 --provenance=false --tag app .\n"
    )


@pytest.mark.parametrize(
    ("files", "arguments", "lines"),
    [
        (
            {},
            ["--image", "aws", "--arch", "x86_64", "--python", "3.12"],
            [
                "# docker build --platform linux/amd64 --provenance=false --tag app .",
                "FROM public.ecr.aws/lambda/python:3.12",
                "RUN /var/lang/bin/python3.12 -m compileall -q /var/lang/lib/python3.12 || true",
                'ENTRYPOINT ["/var/lang/bin/python3.12", "-m", "lambda_http_adapter", "run"]',
            ],
        ),
        (
            {"requirements.txt": "lambda-http-adapter\n", "more.txt": "bottle"},
            ["--image", "-r", "requirements.txt", "-r", "more.txt"],
            [
                "COPY requirements.txt more.txt wheels* ./",
                "RUN python -m pip install --no-cache-dir --root-user-action=ignore --find-links . --target "
                "/requirements --requirement requirements.txt --requirement more.txt",
            ],
        ),
        (
            {"pyproject.toml": PYPROJECT},
            ["--image"],
            [
                "COPY pyproject.toml wheels* ./",
                "RUN python -m pip install --no-cache-dir --root-user-action=ignore uv && \\",
                "    uv pip install --no-cache --find-links . --target /requirements --requirement pyproject.toml "
                "lambda-http-adapter",
            ],
        ),
        (
            {"pyproject.toml": PYPROJECT.replace('"greetings"', ""), "uv.lock": ""},
            ["--image"],
            [
                "COPY pyproject.toml uv.lock wheels* ./",
                "    uv export --frozen --no-dev --no-emit-project --no-emit-package lambda-http-adapter --quiet "
                "-o requirements.txt && \\",
                "    uv pip install --no-cache --find-links . --target /requirements --requirement requirements.txt "
                "lambda-http-adapter",
            ],
        ),
        ({"src/shop/web.py": "app = 1"}, ["shop.web:app", "--image"], ["COPY src ./", 'CMD ["shop.web:app"]']),
        ({}, ["wsgi:main:app", "--image"], ['CMD ["wsgi:main:app"]']),
    ],
)
def test_other_dockerfiles(files: dict[str, str], arguments: list[str], lines: list[str], project: Path) -> None:
    if "pyproject.toml" in files:
        (project / "requirements.txt").unlink()
    for name, content in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(content)
    if "uv.lock" in files:
        (project / "uv.lock").unlink()
        uv = find_uv()
        assert uv is not None
        subprocess.run([uv, "lock", "--offline", "--quiet"], check=True)
    main(arguments)
    written = (project / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line not in written] == []


@pytest.mark.parametrize("arguments", [["-r", "../more.txt"], ["app:app", "--app-dir", ".."]])
def test_what_docker_cannot_copy(arguments: list[str], project: Path) -> None:
    for name in ("more.txt", "app.py"):
        (project.parent / name).write_text("app = 1\n")
    with pytest.raises(
        ConfigurationError, match=rf"^'.*\.\..*' is outside of {project}, where an image is built from\.$"
    ):
        main([*arguments, "--image"])
    assert not (project / "Dockerfile").exists()


def test_nothing_is_overwritten(project: Path) -> None:
    (project / ".dockerignore").write_text("mine\n")
    main(["--image"])
    assert (project / ".dockerignore").read_text() == "mine\n"
    (project / "Dockerfile").write_text("mine\n")
    with pytest.raises(ConfigurationError) as raised:
        main(["--image"])
    assert str(raised.value) == "There is a Dockerfile here, which is not overwritten. Rename it to get this one."
    assert (project / "Dockerfile").read_text() == "mine\n"


def test_its_steps_make_a_function_that_answers(project: Path, tmp_path: Path) -> None:
    main(["main:app", "--image", "--python", PYTHON])
    dockerfile = (project / "Dockerfile").read_text()
    assert [rest for name, rest in instructions(dockerfile) if name == "FROM"][-1] == f"python:{PYTHON}-slim"
    index = tmp_path / "index"
    index.mkdir()
    repack(index, "httptools")
    write_wheel(index, "greetings", {"greetings/__init__.py": "HELLO = 'hello'\n", "greetings/template.py": "{{"})
    environment = commands_of(tmp_path / "bin", python=sys.executable)
    environment |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index)}
    library = Path("/usr/local/lib", f"python{PYTHON}")
    (tmp_path / "stages" / "last" / library.relative_to("/")).mkdir(parents=True)
    (tmp_path / "stages" / "last" / library.relative_to("/") / "module.py").touch()
    image = run_steps(dockerfile, project, tmp_path / "stages", environment)
    compiled = {path.name.partition(".")[0] for path in image.root.rglob("*.pyc")}
    assert {"module", "main", "__init__", "cli"} <= compiled
    event = json.loads((EVENTS / "function_url/live.json").read_bytes())
    python, *arguments = image.start
    assert python == "python"
    with FakeRuntimeAPI() as api:
        delivery = api.invoke(event)
        variables = {**inherited_environment(), **FUNCTION, "AWS_LAMBDA_RUNTIME_API": api.address}
        with Process([sys.executable, "-S", *arguments], variables, image.workdir):
            answer = delivery.wait().json()
    assert isinstance(answer, dict)
    assert answer["body"] == f"hello {image.workdir}/greetings/__init__.py"
    assert sysconfig.get_path("purelib") not in answer["body"]
