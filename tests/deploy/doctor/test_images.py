"""Images: their root file systems, and what they start."""

import tarfile
from pathlib import Path

import pytest

from lambda_http_adapter._deploy.doctor.template.image_start import ImageStart, read_dockerfile
from tests.deploy.doctor.test_templates import FUNCTION, sam, write
from tests.support.bundles import Files, Link, bytecode, library, write_directory
from tests.support.doctor import report, sentences

LIBC = library("aarch64") + b"GNU C Library (Debian GLIBC 2.36-9) stable release version 2.36.\n"
SITE = "usr/local/lib/python3.13/site-packages"
SYSTEM: Files = {
    "etc/os-release": "ID=debian\n",
    "usr/bin/env": "",
    "lib/aarch64-linux-gnu/libc.so.6": LIBC,
    "bin/sh": Link("/usr/bin/sh"),
    "var/task/main.py": "async def app(scope, receive, send): ...\n",
    "var/runtime/bootstrap.py": "",
    f"{SITE}/lambda_http_adapter/__init__.py": "",
}
OURS = 'FROM python:3.13-slim\nENTRYPOINT ["python", "-m", "lambda_http_adapter", "run"]\nCMD ["main:app"]\n'


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("Dockerfile").write_text(OURS)


def write_tar(path: Path, directory: Path) -> Path:
    with tarfile.open(path, "w") as archive:
        archive.add(directory, arcname="./")
    return path


@pytest.mark.parametrize("form", ["directory", "tar"])
def test_a_good_image(form: str) -> None:
    """The system's own files aren't looked at."""
    root = write_directory(Path("root"), {**SYSTEM, "root/.aws/credentials": "", "usr/lib/other.so": library("i386")})
    found = report(write_tar(Path("root.tar"), root) if form == "tar" else root, "--no-import")
    assert (sentences(found), found.notes) == ([], ())


@pytest.mark.parametrize("form", ["directory", "tar"])
def test_a_broken_image(form: str) -> None:
    files: Files = {
        f"{SITE}/core.so": library("aarch64", {"GLIBC_2.38": 0}),
        f"{SITE}/other.so": library("x86_64"),
        "usr/local/lib/python3.13/json.py": "x = 1\n" * 20_000,
        "usr/local/lib/python3.13/__pycache__/ast.cpython-313.pyc": bytecode("x = 1"),
        "usr/local/lib/python3.13/ast.py": "x = 2",
        "var/task/.env": "",
    }
    root = write_directory(Path("root"), {**SYSTEM, **files})
    found = report(write_tar(Path("root.tar"), root) if form == "tar" else root, "--no-import")
    assert sorted(sentences(found)) == [
        (
            "binary-architecture",
            f"'{SITE}/other.so' is compiled for x86_64, and the function runs on arm64: '{SITE}/other.so'.",
        ),
        ("binary-glibc", f"'{SITE}/core.so' needs glibc 2.38, and the image has 2.36: '{SITE}/core.so'."),
        (
            "bytecode-missing",
            "4 of 5 modules have no bytecode for Python 3.13, and each cold start compiles those that it imports: up "
            "to 12 ms. The largest parts: json.py 12 ms, main.py 0 ms, lambda_http_adapter 0 ms.",
        ),
        (
            "bytecode-outdated",
            "1 module changed after the compilation, and Python runs the old bytecode: "
            "'usr/local/lib/python3.13/ast.py'.",
        ),
        ("secret-settings", "'var/task/.env' is a file of environment variables."),
    ]


ALPINE: Files = {
    "etc/os-release": "ID=alpine\n",
    "usr/bin/env": "",
    "lib/ld-musl-aarch64.so.1": "",
    "lib/libc.so.6": library("i386"),
    "var/task/core.cpython-313-aarch64-linux-musl.so": library("aarch64", needed=("libc.musl-aarch64.so.1",)),
    "var/task/shop-1.dist-info/WHEEL": "Tag: cp313-cp313-musllinux_1_2_aarch64\n",
    "usr/lib/python3.13/site-packages/lambda_http_adapter/__init__.py": "",
    "var/task/main.py": "app = 1\n",
}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, []),
        (
            {"var/task/more.so": library("aarch64", {"GLIBC_2.17": 0})},
            [
                (
                    "binary-system",
                    "'var/task/more.so' is compiled for Linux with glibc, and the image is Alpine Linux (musl): "
                    "'var/task/more.so'.",
                )
            ],
        ),
    ],
)
def test_an_image_of_alpine(files: Files, expected: list[tuple[str, str]]) -> None:
    root = write_directory(Path("root"), {**ALPINE, **files})
    found = report(root, "--handler", "main:app", "--no-import")
    assert sentences(found) == expected


def test_an_image_without_a_c_library() -> None:
    files = {"etc/passwd": "", "usr/bin/env": "", "var/task/main.py": "app = 1\n", "lib/x/libc.so.6": "text"}
    found = report(write_directory(Path("root"), files), "--handler", "main:app", "--no-import")
    assert found.notes == ("The image has no C library that is known.",)


def test_an_image_of_another_machine_than_the_template_s() -> None:
    template = sam({"PackageType": "Image", "Architectures": ["x86_64"], "Handler": None, "Runtime": None})
    write(template)
    root = write_directory(Path("root"), SYSTEM)
    found = report(root, "--no-import", "--dockerfile", "Dockerfile")
    assert sentences(found) == [
        ("architecture-image", "The image is built for arm64, and the function's architecture is x86_64.")
    ]
    assert found.findings[0].remedy == (
        "Build it with `docker build --platform linux/amd64`, or set Architectures to [arm64]."
    )


def test_a_file_system_without_a_function() -> None:
    root = write_directory(Path("root"), {"etc/passwd": "", "usr/bin/env": ""})
    assert sentences(report(root)) == [
        ("bundle-unreadable", "'root' can't be read: it has no /var/task, where Lambda's images keep the function.")
    ]


def test_the_layers_of_an_image() -> None:
    found = report(write_tar(Path("root.tar"), write_directory(Path("root"), {"manifest.json": "[]"})))
    assert sentences(found) == [
        (
            "bundle-unreadable",
            "'root.tar' can't be read: it has the layers of an image (docker save), not its file system (docker "
            "export).",
        )
    ]


def test_the_size_of_an_image() -> None:
    root = write_directory(Path("root"), SYSTEM)
    with open(root / "model.bin", "wb") as file:
        file.truncate(10 * 1024**3 + 1)
    (found,) = report(root, "--no-import").findings
    assert found.sentence.startswith(
        "Unpacked the image is 10 GB, and Lambda accepts 10 GB. The largest parts: 'model.bin' 10 GB"
    )


AWS = "FROM public.ecr.aws/lambda/python:3.13\n"


@pytest.mark.parametrize(
    ("dockerfile", "expected"),
    [
        (OURS, []),
        (f'{AWS}CMD ["main.handler"]\n', []),
        ('FROM debian\nENTRYPOINT ["/usr/bin/node", "main.js"]\n', []),
        ('FROM debian\nCOPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:1 /x /y\nCMD ["gunicorn", "a:b"]\n', []),
        (f"FROM debian AS one\nCMD uvicorn main:app\n{OURS}", []),
        ("FROM debian\n", []),
        (
            'FROM python:3.13\nCMD ["uvicorn", "main:app", "--port", "8080"]\n',
            [
                (
                    "image-starts-server",
                    "The image starts 'uvicorn', a web server, which doesn't ask Lambda for events.",
                )
            ],
        ),
        (
            "FROM python:3.13\nENTRYPOINT python -m lambda_http_adapter \\\n  run\nCMD main:app\n",
            [
                (
                    "image-shell-form",
                    "ENTRYPOINT of the image is a line for a shell: 'python -m lambda_http_adapter    run'.",
                ),
                ("image-shell-form", "CMD of the image is a line for a shell: 'main:app'."),
            ],
        ),
        (
            f"{AWS}CMD 'main.handler\n",
            [("image-shell-form", 'CMD of the image is a line for a shell: "\'main.handler".')],
        ),
    ],
)
def test_what_an_image_starts(dockerfile: str, expected: list[tuple[str, str]]) -> None:
    function = {"Type": "AWS::Serverless::Function", "Metadata": {"DockerContext": "src", "Dockerfile": "Docker.file"}}
    properties = {"MemorySize": 1024, "PackageType": "Image"}
    write({"Resources": {"Shop": {**function, "Properties": properties}}})
    write_directory(Path("src"), {"Docker.file": dockerfile})
    found = report()
    assert sentences(found) == expected
    assert all("{" not in one.remedy for one in found.findings)


def test_the_template_s_command_counts() -> None:
    config = {"Command": ["uvicorn", "main:app"], "EntryPoint": []}
    write(sam({"PackageType": "Image", "ImageConfig": config, "Runtime": None, "Handler": None}))
    assert [one.id for one in report().findings] == ["image-starts-server"]
    config = {"EntryPoint": ["python", "-m", "awslambdaric"], "Command": ["main:app"]}
    write(sam({"PackageType": "Image", "ImageConfig": config, "Runtime": None, "Handler": None}))
    assert sentences(report()) == []
    assert FUNCTION["Handler"] == "main.handler"


def test_the_handler_of_an_image_is_checked() -> None:
    root = write_directory(Path("root"), SYSTEM)
    Path("Dockerfile").write_text(f'{AWS}CMD ["main:app"]\n')
    assert [one.id for one in report(root, "--no-import").findings] == ["handler-form"]
    Path("Dockerfile").write_text(OURS.replace("main:app", "mian:app"))
    assert [one.id for one in report(root, "--no-import").findings] == ["module-missing"]
    Path("Dockerfile").write_text('FROM a\nCMD ["sh", "-c", "exec python -m lambda_http_adapter"]')
    assert len(report(root, "--no-import").notes) == 1
    Path("Dockerfile").unlink()
    assert report(root, "--no-import").notes == (
        "The handler wasn't looked at, because nothing names it. A template or --handler does.",
    )


def test_read_dockerfile() -> None:
    assert read_dockerfile(Path("Dockerfile")) == ImageStart(
        ("python", "-m", "lambda_http_adapter", "run"), ("main:app",), {}
    )
