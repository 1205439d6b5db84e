"""Which interpreter a bundle is compiled, started and imported with."""

import platform
import sys
from pathlib import Path

import pytest

from lambda_http_adapter._deploy.interpreter import find_interpreter, find_uv, why_not_here
from lambda_http_adapter._deploy.platform import ARCHITECTURES, MACHINES

RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"


def write_command(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_the_running_interpreter_is_one() -> None:
    assert find_interpreter(RUNNING) in (sys.executable, getattr(sys, "_base_executable", None))


def test_an_interpreter_on_path_behind_one_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_command(tmp_path / "shims" / "python9.9", "exit 127")
    write_command(tmp_path / "others" / "python9.9", "echo pypy 9.9 /usr/bin/pypy")
    write_command(tmp_path / "bin" / "python9.9", "echo cpython 9.9")
    monkeypatch.setenv("PATH", ":".join(str(tmp_path / name) for name in ("shims", "others", "bin")))
    assert find_interpreter("9.9") == str(tmp_path / "bin" / "python9.9")


def test_an_interpreter_of_pyenv_or_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    uv = tmp_path / "bin" / "uv"
    write_command(uv, "exit 2")
    assert find_interpreter("9.9") is None
    write_command(tmp_path / "managed", "echo cpython 9.9 /base/python")
    write_command(uv, f'test "$*" = "python find --managed-python 9.9" && echo {tmp_path / "managed"}')
    assert find_interpreter("9.9") == "/base/python"
    write_command(tmp_path / "versions" / "9.9.1" / "bin" / "python9.9", "echo cpython 9.9")
    assert find_interpreter("9.9") == str(tmp_path / "versions" / "9.9.1" / "bin" / "python9.9")


def test_uv_beside_the_interpreter_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert find_uv() == str(Path(sys.executable).with_name("uv"))


def test_a_program_that_is_no_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_command(tmp_path / "python9.9", "exec sleep 60")
    (tmp_path / "versions" / "9.9.1" / "bin").mkdir(parents=True)
    (tmp_path / "versions" / "9.9.1" / "bin" / "python9.9").write_text("#!/nowhere\n")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setattr("lambda_http_adapter._deploy.interpreter._PATIENCE", 0.5)
    assert find_interpreter("9.9") is None


@pytest.mark.skipif(sys.platform != "linux", reason="a bundle is started on Linux, as Lambda does")
def test_where_a_bundle_cannot_be_started() -> None:
    reasons = [why_not_here(architecture, "3.13", "/bin/python") for architecture in ARCHITECTURES]
    assert [reason is None for reason in reasons] == [MACHINES[name] == platform.machine() for name in ARCHITECTURES]
    assert f"this machine is Linux on {platform.machine()}" in reasons
    assert why_not_here("arm64", "3.13", None) == "there is no Python 3.13 on this machine"


def test_a_machine_without_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    write_command(tmp_path / "python", "echo cpython 9.8")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert find_interpreter("9.9") is None
