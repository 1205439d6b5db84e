"""The command line of `build`."""

from pathlib import Path

import pytest

from lambda_http_adapter._deploy.build.options import parse_options
from lambda_http_adapter._deploy.platform import Platform


def test_defaults() -> None:
    options = parse_options([])
    assert (options.app, options.platform, options.archive) == ("", Platform("3.13", "arm64"), Path("function.zip"))
    assert options.trial


@pytest.mark.parametrize(
    ("arguments", "field", "value"),
    [
        (["main:make", "--factory"], "app", "main:make()"),
        (["main:make()", "--factory"], "app", "main:make()"),
        (["--layer"], "archive", Path("layer.zip")),
        (["--layer", "-o", "x.zip"], "archive", Path("x.zip")),
        (["--target", "out"], "archive", None),
        (["--image"], "image", "slim"),
        (["--image", "aws"], "image", "aws"),
        (["--image"], "archive", None),
        (["--with", "a", "--with", "b"], "extra_requirements", ["a", "b"]),
        (["--python", "3.12", "--arch", "x86_64"], "platform", Platform("3.12", "x86_64")),
        (["--no-trial"], "trial", False),
    ],
)
def test_options(arguments: list[str], field: str, value: object) -> None:
    assert getattr(parse_options(arguments), field) == value


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "a.zip", "--target", "b"], "--output and --target can't be combined."),
        (["--target", "b", "--image"], "--target and --image can't be combined."),
        (["--layer", "--image"], "--layer and --image can't be combined: an image has no layers of Lambda's."),
        (["main:app", "--layer"], "A layer holds requirements only: it has no app."),
        (["--factory"], "--factory needs the app's name, such as main:create_app."),
        (
            ["-o", "main.py"],
            "-o/--output: expected a name that ends in .zip, got 'main.py'; --target makes a directory.",
        ),
        (
            ["-o", "no/a.zip"],
            "-o/--output: there is no directory 'no'.",
        ),
        (["-o", "old.zip"], "-o/--output: 'old.zip' is a directory."),
        (["-r", "no.txt"], "-r/--requirements: there is no file 'no.txt'."),
        (["--python", "3.9"], "--python: invalid choice: '3.9' (choose from 3.11, 3.12, 3.13, 3.14)."),
        (["--exlcude"], "Unrecognized arguments: --exlcude. Did you mean '--exclude'?"),
    ],
)
def test_wrong_options(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.zip").mkdir()
    with pytest.raises(SystemExit) as raised:
        parse_options(arguments)
    assert raised.value.code == 2
    assert capsys.readouterr().err.replace(
        "(choose from '3.11', '3.12', '3.13', '3.14')", "(choose from 3.11, 3.12, 3.13, 3.14)"
    ) == (f"lambda-http-adapter build: {message}\n")
