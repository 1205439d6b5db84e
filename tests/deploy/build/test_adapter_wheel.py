"""The wheel of this package for deployed functions."""

import csv
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import lambda_http_adapter
from lambda_http_adapter._deploy.build.adapter_wheel import ON_DEMAND, record_row, write_adapter_wheel
from lambda_http_adapter._deploy.build.bare_source import bare
from tests.support.paths import ROOT

INFO = f"lambda_http_adapter-{lambda_http_adapter.__version__}.dist-info"


def contents(directory: Path, needed: set[str]) -> dict[str, bytes]:
    with zipfile.ZipFile(write_adapter_wheel(directory, needed).path) as wheel:
        return {name: wheel.read(name) for name in wheel.namelist()}


def requirements(metadata: bytes) -> list[str]:
    return [
        re.split(r"[^\w-]", line)[0] for line in re.findall(r"^Requires-Dist: (.+)$", metadata.decode(), re.MULTILINE)
    ]


def test_the_whole_package_but_the_emulator(tmp_path: Path) -> None:
    files = contents(tmp_path, set())
    package = ROOT / "src" / "lambda_http_adapter"
    expected = {
        path.relative_to(package.parent).as_posix()
        for path in package.rglob("*")
        if path.suffix in {".py", ".sh", ".typed"}
    }
    missing = {name for name in expected if name not in files}
    assert {name.split("/")[1] for name in missing} == {"_emulator", "_deploy", "_pytest.py", "_types.py"}
    assert files["lambda_http_adapter/cli.py"].decode() == bare((package / "cli.py").read_text())
    assert sorted(name for name in files if name.startswith(INFO)) == [
        f"{INFO}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "licenses/LICENSE")
    ]


def test_its_record_is_true(tmp_path: Path) -> None:
    files = contents(tmp_path, set())
    rows = {row[0]: row for row in csv.reader(files[f"{INFO}/RECORD"].decode().splitlines())}
    assert rows.pop(f"{INFO}/RECORD") == [f"{INFO}/RECORD", "", ""]
    assert rows == {name: record_row(name, files[name]) for name in files if name != f"{INFO}/RECORD"}


@pytest.mark.parametrize("needed", [set(), {"werkzeug"}, set(ON_DEMAND)])
def test_it_asks_for_what_is_needed_only(needed: set[str], tmp_path: Path) -> None:
    metadata = contents(tmp_path, needed)[f"{INFO}/METADATA"]
    assert requirements(metadata) == [*sorted({"httptools", *needed}), "pybase64", "uvloop"]
    assert b"Provides-Extra: fast" in metadata
    assert b"dev" not in re.sub(b"Development", b"", metadata)


@pytest.mark.parametrize("module", ["testing", "_emulator.dev.command", "_deploy.build.command"])
def test_what_is_left_out_says_so(module: str, tmp_path: Path) -> None:
    wheel = write_adapter_wheel(tmp_path, set()).path
    code = f"import sys; sys.path.insert(0, {str(wheel)!r}); import lambda_http_adapter.{module}"
    process = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
    assert process.stderr.splitlines()[-1] == (
        "ImportError: This is a bundle for AWS Lambda: `lambda-http-adapter build` leaves out the emulator, the "
        "commands and lambda_http_adapter.testing. Import them in tests only, which don't belong into a bundle."
    )


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "from lambda_http_adapter import http_handler; http_handler(lambda request: 'x')",
            "A handler of requests needs werkzeug, which is not installed.",
        ),
        (
            "from lambda_http_adapter import asgi_handler\nclass App:\n def __init__(self, scope): ...\n"
            "asgi_handler(App)",
            "An ASGI 2 app needs asgiref, which is not installed.",
        ),
    ],
)
def test_a_requirement_that_is_left_out_is_named(code: str, message: str) -> None:
    package = re.findall(r"needs (\w+)", message)[0]
    program = f"import sys; sys.modules[{package!r}] = None\n{code}"
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert process.stderr.splitlines()[-1] == (
        f"lambda_http_adapter.errors.ConfigurationError: {message} `lambda-http-adapter build` includes it only if the "
        f"app's code names it: add {package} to the requirements."
    )


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    first, second = (tmp_path / name for name in ("a", "b"))
    for directory in (first, second):
        directory.mkdir()
    assert write_adapter_wheel(first, set()).path.read_bytes() == write_adapter_wheel(second, set()).path.read_bytes()
