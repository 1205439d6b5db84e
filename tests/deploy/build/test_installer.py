"""The command lines of uv and pip."""

import sys
from pathlib import Path

import pytest

from lambda_http_adapter._deploy.build.installer import InstallError, install, install_command
from lambda_http_adapter._deploy.platform import Platform
from lambda_http_adapter.errors import ConfigurationError


def test_uv() -> None:
    command = install_command(
        "/bin/uv", Platform("3.13", "arm64"), None, Path("r.txt"), Path("out"), ["a", "b"], no_index=True
    )
    assert " ".join(command).replace(sys.executable, "python") == (
        "/bin/uv pip install --python python --python-platform aarch64-manylinux_2_34 --python-version 3.13 "
        "--only-binary :all: --no-compile-bytecode --link-mode copy --target out --requirement r.txt --find-links a "
        "--find-links b --no-index"
    )


def test_uv_has_no_name_for_the_glibc_of_amazon_linux_2() -> None:
    assert "x86_64-manylinux_2_17" in install_command("uv", Platform("3.11", "x86_64"), None, Path("r"), Path("o"))


def test_pip() -> None:
    command = install_command(None, Platform("3.11", "x86_64"), "/bin/python3.11", Path("r.txt"), Path("out"), ["a"])
    tags = "".join(f"--platform manylinux_2_{minor}_x86_64 " for minor in range(26, 4, -1))
    assert " ".join(command).replace(sys.executable, "python") == (
        f"python -m pip --python /bin/python3.11 install {tags}--platform manylinux2014_x86_64 --python-version 3.11 "
        "--implementation cp --only-binary=:all: --no-compile --no-input --disable-pip-version-check "
        "--root-user-action=ignore --progress-bar=off --target out --requirement r.txt --find-links a"
    )
    assert "--python" not in install_command(None, Platform("3.11", "x86_64"), None, Path("r.txt"), Path("out"))


def test_neither_uv_nor_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pip", None)
    with pytest.raises(ConfigurationError) as raised:
        install_command(None, Platform("3.13", "arm64"), None, Path("r.txt"), Path("out"))
    assert str(raised.value) == (
        "Neither uv nor pip is installed here. Install one of them: `python -m ensurepip` installs pip."
    )


def test_what_an_installer_says(tmp_path: Path) -> None:
    lines: list[str] = []
    install([sys.executable, "-c", "import os; print(os.getcwd()); print('done')"], tmp_path, lines.append)
    assert lines == [str(tmp_path), "done"]
    with pytest.raises(InstallError) as raised:
        install(
            [sys.executable, "-c", "import sys; print(*range(99), sep='\\n'); sys.exit('no')"], tmp_path, lines.append
        )
    assert str(raised.value).splitlines()[-2:] == ["98", "no"] or str(raised.value).splitlines()[0] == "no"
    assert len(str(raised.value).splitlines()) == 25
