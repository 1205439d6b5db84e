"""What `build` says of its result."""

import io
from pathlib import Path

import pytest

from lambda_http_adapter._deploy.build.entry import Entry
from lambda_http_adapter._deploy.build.progress import Progress
from lambda_http_adapter._deploy.build.project import ProjectFiles
from lambda_http_adapter._deploy.build.slimming import Installed
from lambda_http_adapter._deploy.build.summary import handler_lines, layer_lines, left_out_lines, size_lines, size_rows
from lambda_http_adapter._deploy.platform import Platform

MB = 1024 * 1024


@pytest.mark.parametrize(
    ("size", "zipped", "lines"),
    [
        (2 * MB, None, ["out: 2.0 MB"]),
        (250 * MB, 50 * MB, ["out: 50.0 MB, 250.0 MB unzipped"]),
        (
            251 * MB,
            51 * MB,
            [
                "out: 51.0 MB, 251.0 MB unzipped",
                "Warning: Lambda takes up to 50 MB directly. Upload it to S3 and deploy it from there.",
                "Warning: Lambda takes up to 250 MB unzipped, with layers. An image can be larger: --image.",
            ],
        ),
    ],
)
def test_sizes_and_limits(size: int, zipped: int | None, lines: list[str]) -> None:
    assert size_lines("out", size, zipped) == lines


def test_the_largest_packages_and_the_rest() -> None:
    installed = [Installed(f"p{number}", "1", (f"p{number}/a", f"p{number}/b")) for number in range(12)]
    sizes = {f"python/p{number}/a": number * MB for number in range(12)} | {"main.py": MB // 2}
    zipped = dict.fromkeys(sizes, MB // 4)
    header, rows = size_rows(installed, sizes, zipped, "python/")
    assert header == ("package", "MB", "MB zipped")
    assert rows[0] == ("p11 1", "11.0", "0.2")
    assert [name for name, *_ in rows[-2:]] == ["p2 1", "3 more"]
    assert rows[-1] == ("3 more", "1.5", "0.8")
    header, rows = size_rows(installed[:2], sizes, {}, "python/")
    assert (header, rows[-1]) == (("package", "MB"), ("p0 1", "0.0"))


def test_what_is_left_out_is_named_as_far_as_it_is_short() -> None:
    files = ProjectFiles({}, {"tests": ["a", "b", "c", "d", "e", "f"], "secrets": ["x.pem", "caf\udce9.pem"]})
    assert left_out_lines(files) == [
        "Left out (tests): a, b, c, d and 2 more",
        "Left out (secrets): x.pem, 'caf\\udce9.pem'",
    ]


def test_the_properties_of_a_handler_in_a_directory() -> None:
    lines = handler_lines(
        Platform("3.13", "arm64"), Path("out"), Entry(Path(), "main.handler", is_handler=True, takes_requests=False)
    )
    assert lines == [
        "The function's properties in a SAM template:",
        "  CodeUri: out",
        "  Runtime: python3.13",
        "  Architectures: [arm64]",
        "  Handler: main.handler",
    ]


def test_the_properties_of_a_function_with_a_layer_in_a_directory() -> None:
    assert layer_lines(Platform("3.12", "x86_64"), Path("out"))[1:] == [
        "  Runtime: python3.12",
        "  Architectures: [x86_64]",
        "  Environment: {Variables: {AWS_LAMBDA_EXEC_WRAPPER: /opt/bootstrap}}",
    ]


def test_a_plain_table() -> None:
    file = io.StringIO()
    Progress(file).table(("package", "MB"), [("fastapi 1", "10.0"), ("a", "0.1")])
    assert file.getvalue() == "  package      MB\n  fastapi 1  10.0\n  a           0.1\n"


def test_a_step_is_one_line() -> None:
    file = io.StringIO()
    with Progress(file).step("Compile", 2) as step:
        step.say("something")
        step.advance()
        step.result = "2 files"
    assert file.getvalue() == "Compile: 2 files (0.0 s)\n"
