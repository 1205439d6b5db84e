"""The command line of ``doctor``: what it prints, and its exit status."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from lambda_http_adapter._deploy.doctor.catalogue import KINDS
from lambda_http_adapter._deploy.doctor.command import main
from lambda_http_adapter._deploy.doctor.finding import listed, table_row
from lambda_http_adapter.errors import ConfigurationError
from tests.support.bundles import write_directory, write_zip
from tests.support.child_process import RunProcess
from tests.support.doctor import FUNCTION
from tests.support.paths import ROOT
from tests.support.terminal import terminal

HOST = ("--python", "{}.{}".format(*sys.version_info), "--arch", "x86_64")
APP = "async def app(scope, receive, send): ...\n"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_nothing_found(run_process: RunProcess) -> None:
    write_zip(Path("bundle.zip"), {"main.py": "def handler(event, context): ...\n"})
    process = run_process("doctor", "bundle.zip", *HOST, "--handler", "main.handler", "--no-import")
    assert process.wait() == 0
    assert (process.stdout, process.stderr) == ("Nothing found in bundle.zip.\n", "")


BROKEN = """\
error Handler  [attribute-missing]
  The handler is 'main.handler', and 'main' has no attribute 'handler'.
  → Correct the handler.
warning .env  [secret-settings]
  '.env' is a file of environment variables.
  → Leave it out of the bundle; set the function's environment variables instead.
note: Python 3.14 and x86_64 are guessed. A template, --python and --arch say what the function runs on.
1 error, 1 warning in bundle. \
https://github.com/lambda-http-adapter/lambda-http-adapter/blob/main/docs/doctor.md explains each id.
"""


def test_errors_first(run_process: RunProcess) -> None:
    write_directory(Path("bundle"), {"main.py": "", ".env": ""})
    process = run_process("doctor", "bundle", "--handler", "main.handler", "--no-import")
    assert process.wait() == 1
    assert (process.stdout, process.stderr) == (BROKEN, "")


def test_a_reader_that_has_enough(tmp_path: Path) -> None:
    """`lambda-http-adapter doctor | head -1`"""
    write_directory(Path("bundle"), {"main.py": ""})
    command = [sys.executable, "-m", "lambda_http_adapter", "doctor", "bundle", *FUNCTION, "--no-import"]
    read, write = os.pipe()
    os.close(read)
    process = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (process.returncode, process.stderr) == (1, b"")


@pytest.mark.parametrize(("options", "status"), [([], 0), (["--strict"], 1)])
def test_a_warning_counts_if_strict(options: list[str], status: int) -> None:
    write_directory(Path("bundle"), {"main.py": "def handler(event, context): ...\n", ".env": ""})
    code: object = 0
    try:
        main(["bundle", *FUNCTION, "--no-import", *options])
    except SystemExit as error:
        code = error.code
    assert code == status


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    write_directory(Path("bundle"), {"main.py": APP, ".env": ""})
    main(["bundle", *HOST, "--json", "--import-times"])
    document = json.loads(capsys.readouterr().out)
    (package,) = document.pop("import_times")
    assert (package["name"], package["modules"], package["own"] > 0) == ("main", 1, True)
    assert document == {
        "bundle": "bundle",
        "findings": [
            {
                "id": "secret-settings",
                "severity": "warning",
                "where": ".env",
                "sentence": "'.env' is a file of environment variables.",
                "remedy": "Leave it out of the bundle; set the function's environment variables instead.",
            }
        ],
        "notes": [],
    }


def test_times_and_picture(capsys: pytest.CaptureFixture[str]) -> None:
    write_directory(Path("bundle"), {"main.py": APP})
    Path("variables").write_text("LAMBDA_HTTP_ADAPTER_ACCESS_LOG=true\n")
    main(["bundle", *HOST, "--import-times", "--flamegraph", "out.svg", "--env-file", "variables"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["Nothing found in bundle.", "", "package  own ms  share  with imports  modules"]
    assert lines[3].startswith("main ")
    assert Path("out.svg").read_text().startswith("<svg ")
    main(["bundle", *HOST, "--flamegraph", "out.svg"])
    assert capsys.readouterr().out == "Nothing found in bundle.\n"
    with pytest.raises(ConfigurationError, match=r"^'nowhere/out\.svg' can't be written: No such file or directory\.$"):
        main(["bundle", *HOST, "--flamegraph", "nowhere/out.svg"])


def test_no_times_without_an_import(capsys: pytest.CaptureFixture[str]) -> None:
    write_zip(Path("bundle.zip"), {"main.py": APP})
    main(["bundle.zip", *HOST, "--json"])
    assert "import_times" not in json.loads(capsys.readouterr().out)
    main(["bundle.zip", *HOST, "--import-times"])
    assert capsys.readouterr().err == "lambda-http-adapter: No import was timed: see the findings and notes.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["/dev/null"], "lambda-http-adapter: '/dev/null' is neither a file nor a directory."),
        (["nowhere.zip"], "lambda-http-adapter: There is no file or directory 'nowhere.zip'."),
        (
            ["--python", "3.9"],
            "lambda-http-adapter doctor: --python: invalid choice: '3.9' (choose from '3.11', '3.12', '3.13', '3.14').",
        ),
        (
            ["--no-import", "--import-times"],
            "lambda-http-adapter doctor: --no-import: without an import there are no import times.",
        ),
        (
            ["--time-limit", "soon"],
            "lambda-http-adapter doctor: --time-limit: expected seconds, more than 0 and up to 900, got 'soon'.",
        ),
        (["--strcit"], "lambda-http-adapter doctor: Unrecognized arguments: --strcit. Did you mean '--strict'?"),
    ],
)
def test_wrong_usage(arguments: list[str], sentence: str, run_process: RunProcess) -> None:
    process = run_process("doctor", *arguments)
    assert process.wait() == 2
    assert process.stderr == f"{sentence}\n"


def test_colours_in_a_terminal(tmp_path: Path) -> None:
    assert find_spec("rich") is not None
    write_directory(Path("bundle"), {"main.py": "", "caf\x1b[5me.py": "x"})
    command = [sys.executable, "-m", "lambda_http_adapter", "doctor", "bundle", *FUNCTION, "--no-import"]
    with terminal(*command, cwd=tmp_path) as window:
        shown = window.shows("explains each id.").decode()
        assert window.process.wait(30) == 1
    assert "\x1b[1;31merror\x1b[0m Handler" in shown


def test_the_documentation_has_each_id() -> None:
    page = (ROOT / "docs" / "doctor.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows == [table_row(name, kind) for name, kind in KINDS.items()]


def test_a_list_of_names() -> None:
    assert listed(["a", "b", "c", "d"]) == "'a', 'b', 'c' and 1 more"
