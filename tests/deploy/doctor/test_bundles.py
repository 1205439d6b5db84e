"""Broken bundles, each with its sentence."""

import os
import py_compile
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from py_compile import PycInvalidationMode
from types import MappingProxyType
from typing import NamedTuple

import pytest

from tests.support.bundles import Content, Files, Link, bytecode, library, write_directory, write_zip
from tests.support.doctor import FUNCTION, report, sentences

HANDLER = "def handler(event, context):\n    return {}\n"
SCRIPT = '#!/bin/sh\nexec "$1" -m lambda_http_adapter run\n'
WRAPPED = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/bootstrap"}
ADAPTER = {"lambda_http_adapter/__init__.py": "", "main.py": HANDLER}
LARGE = "x = 1\n" * 40_000
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7bq0\n-----END RSA PRIVATE KEY-----\n"
# In two pieces, so that nobody takes this file for a leak.
ACCESS_KEY = "AKIA" + "QWERTYUIOPASDFGH"
SECRET = "abcdefghij0123456789" + "ABCDEFGHIJ/+abcdefgh"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No template is beside these bundles."""
    monkeypatch.chdir(tmp_path)


class Broken(NamedTuple):
    files: Files
    id: str
    sentence: str
    variables: Mapping[str, str] = MappingProxyType({})


BROKEN = {
    "library of another machine": Broken(
        {"shop/core.so": library("aarch64")},
        "binary-architecture",
        "'shop/core.so' is compiled for aarch64, and the function runs on x86_64: 'shop/core.so'.",
    ),
    "library of a distribution": Broken(
        {
            "shop/core.so": library("aarch64"),
            "shop/deep/more.so.1": library("aarch64"),
            "shop-1.0.dist-info/RECORD": "shop/core.so,,\nshop/deep/more.so.1,,\n",
        },
        "binary-architecture",
        "'shop' is compiled for aarch64, and the function runs on x86_64: 'shop/core.so', 'shop/deep/more.so.1'.",
    ),
    "program of another machine": Broken(
        {"bin/ffmpeg": Content(library("aarch64"), 0o755)},
        "binary-architecture",
        "'bin/ffmpeg' is compiled for aarch64, and the function runs on x86_64: 'bin/ffmpeg'.",
    ),
    "extension of another Python": Broken(
        {"core.cpython-311-x86_64-linux-gnu.so": library()},
        "binary-python",
        "'core.cpython-311-x86_64-linux-gnu.so' is compiled for Python 3.11, and the function runs on Python 3.13: "
        "'core.cpython-311-x86_64-linux-gnu.so'.",
    ),
    "newer glibc": Broken(
        {"core.abi3.so": library("x86_64", {"GLIBC_2.38": 0, "GLIBC_2.17": 0})},
        "binary-glibc",
        "'core.abi3.so' needs glibc 2.38, and the runtime python3.13 has 2.34: 'core.abi3.so'.",
    ),
    "Alpine": Broken(
        {"core.so": library(needed=("libc.musl-x86_64.so.1",))},
        "binary-system",
        "'core.so' is compiled for Alpine Linux (musl), and Lambda is Linux with glibc: 'core.so'.",
    ),
    "macOS": Broken(
        {"core.cpython-313-darwin.so": b"\xcf\xfa\xed\xfe" + bytes(100)},
        "binary-system",
        "'core.cpython-313-darwin.so' is compiled for macOS, and Lambda is Linux with glibc: "
        "'core.cpython-313-darwin.so'.",
    ),
    "Windows": Broken(
        {"core.cp313-win_amd64.pyd": b"MZ" + bytes(100)},
        "binary-system",
        "'core.cp313-win_amd64.pyd' is compiled for Windows, and Lambda is Linux with glibc: "
        "'core.cp313-win_amd64.pyd'.",
    ),
    "wheel of another Python": Broken(
        {"shop-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: cp312-cp312-manylinux_2_17_x86_64\n"},
        "wheel-tag",
        "'shop' was installed from a wheel for 'cp312-cp312-manylinux_2_17_x86_64', and the function runs on Python "
        "3.13, x86_64.",
    ),
    "wheel of another machine": Broken(
        {"shop-1.0.dist-info/WHEEL": "Tag: cp311-abi3-manylinux_2_17_aarch64\nTag: cp311-abi3-macosx_11_0_arm64\n"},
        "wheel-tag",
        "'shop' was installed from a wheel for 'cp311-abi3-manylinux_2_17_aarch64', 'cp311-abi3-macosx_11_0_arm64', "
        "and the function runs on Python 3.13, x86_64.",
    ),
    "no bytecode": Broken(
        {"shop/models.py": LARGE},
        "bytecode-missing",
        "2 of 2 modules have no bytecode for Python 3.13, and each cold start compiles those that it imports: up to 24 "
        "ms. The largest parts: shop 24 ms, main.py 0 ms.",
    ),
    "bytecode of an earlier time": Broken(
        {
            "shop.py": "x = 1\n",
            "__pycache__/shop.cpython-313.pyc": bytecode("", flags=0, stamp=b"\x01\0\0\0\x06\0\0\0"),
        },
        "bytecode-stale",
        "The bytecode of 1 module doesn't fit its source, so that each cold start compiles it again: 'shop.py'.",
    ),
    "bytecode with a magic number of another Python": Broken(
        {"shop.py": "x = 1\n", "__pycache__/shop.cpython-313.pyc": bytecode("x = 1\n", python="3.12")},
        "bytecode-stale",
        "The bytecode of 1 module doesn't fit its source, so that each cold start compiles it again: 'shop.py'.",
    ),
    "bytecode with another hash, checked": Broken(
        {"shop.py": "x = 2\n", "__pycache__/shop.cpython-313.pyc": bytecode("x = 1\n", flags=0b11)},
        "bytecode-stale",
        "The bytecode of 1 module doesn't fit its source, so that each cold start compiles it again: 'shop.py'.",
    ),
    "bytecode with another hash, unchecked": Broken(
        {
            "shop.py": "x = 2\n",
            "__pycache__/shop.cpython-313.pyc": bytecode("x = 1\n"),
            "cart.py": "x = 2\n",
            "__pycache__/cart.cpython-313.pyc": bytecode("x = 1\n"),
        },
        "bytecode-outdated",
        "2 modules changed after the compilation, and Python runs the old bytecode: 'cart.py', 'shop.py'.",
    ),
    "bytecode that was cut off": Broken(
        {"shop.py": "x = 1\n", "__pycache__/shop.cpython-313.pyc": b"\xf3\r\r\n"},
        "bytecode-stale",
        "The bytecode of 1 module doesn't fit its source, so that each cold start compiles it again: 'shop.py'.",
    ),
    "bytecode without a source": Broken(
        {"shop/models.pyc": bytecode("", python="3.11")},
        "bytecode-unusable",
        "1 module of bytecode without a source can't be run by Python 3.13: 'shop/models.pyc'.",
    ),
    "bytecode of another Python": Broken(
        {"shop.py": "", "__pycache__/shop.cpython-311.pyc": bytes(2048)},
        "bytecode-foreign",
        "Python 3.13 never reads 1 file of bytecode (2 KB) that other versions have made: "
        "'__pycache__/shop.cpython-311.pyc'.",
    ),
    "file that only its owner can read": Broken(
        {"shop.py": Content(b"", 0o600), "cart.py": Content(b"", 0o640)},
        "not-readable",
        "2 files and directories can't be read by everybody: 'cart.py (mode 640)', 'shop.py (mode 600)'.",
    ),
    "link out of the bundle": Broken(
        {"shop": Link("../../shop")},
        "link-outside",
        "'shop' is a link to '../../shop', which is not part of the bundle.",
    ),
    "link to a place of this machine": Broken(
        {"shop": Link("/home/me/shop")},
        "link-outside",
        "'shop' is a link to '/home/me/shop', which is not part of the bundle.",
    ),
    "wrapper that isn't there": Broken(
        {**ADAPTER, "bin/bootstrap": Content(SCRIPT.encode(), 0o755)},
        "wrapper-missing",
        "AWS_LAMBDA_EXEC_WRAPPER is '/var/task/bootstrap', and the bundle has no 'bootstrap'. It has 'bin/bootstrap'.",
        WRAPPED,
    ),
    "wrapper with another name": Broken(
        {**ADAPTER, "bootstrp": Content(SCRIPT.encode(), 0o755)},
        "wrapper-missing",
        "AWS_LAMBDA_EXEC_WRAPPER is '/var/task/bootstrap', and the bundle has no 'bootstrap'. Did you mean 'bootstrp'?",
        WRAPPED,
    ),
    "wrapper in a place that Lambda doesn't have": Broken(
        {**ADAPTER, "bootstrap": Content(SCRIPT.encode(), 0o755)},
        "wrapper-elsewhere",
        "AWS_LAMBDA_EXEC_WRAPPER is './bootstrap', which is no path in /var/task or /opt.",
        {"AWS_LAMBDA_EXEC_WRAPPER": "./bootstrap"},
    ),
    "wrapper without the exec bit": Broken(
        {**ADAPTER, "bootstrap": SCRIPT},
        "wrapper-not-executable",
        "'bootstrap' isn't executable (mode 644).",
        WRAPPED,
    ),
    "wrapper without the exec bit, and without a template": Broken(
        {**ADAPTER, "run.sh": SCRIPT},
        "wrapper-not-executable",
        "'run.sh' isn't executable (mode 644).",
    ),
    "wrapper from Windows": Broken(
        {**ADAPTER, "bootstrap": Content(SCRIPT.replace("\n", "\r\n").encode(), 0o755)},
        "wrapper-line-ends",
        "'bootstrap' has the line ends of Windows (CRLF).",
        WRAPPED,
    ),
    "wrapper without an interpreter": Broken(
        {**ADAPTER, "bootstrap": Content(SCRIPT.removeprefix("#!/bin/sh\n").encode(), 0o755)},
        "wrapper-no-interpreter",
        "'bootstrap' doesn't begin with `#!` and the path of a program, such as `#!/bin/sh`.",
        WRAPPED,
    ),
    "wrapper behind a link": Broken(
        {**ADAPTER, "bootstrap": Link("bin/start"), "bin/start": SCRIPT},
        "wrapper-not-executable",
        "'bin/start' isn't executable (mode 644).",
        WRAPPED,
    ),
    "wrapper behind a circle of links": Broken(
        {**ADAPTER, "bootstrap": Link("one"), "one": Link("two"), "two": Link("/var/task/one")},
        "wrapper-missing",
        "AWS_LAMBDA_EXEC_WRAPPER is '/var/task/bootstrap', and the bundle has no 'bootstrap'.",
        WRAPPED,
    ),
    "wrapper without this package": Broken(
        {"bootstrap": Content(SCRIPT.encode(), 0o755)},
        "adapter-missing",
        "The wrapper starts lambda_http_adapter, which is not in the bundle.",
        WRAPPED,
    ),
    "file of settings": Broken(
        {".env": "DATABASE_PASSWORD=hunter2\n"}, "secret-settings", "'.env' is a file of environment variables."
    ),
    "file of settings with an access key": Broken(
        {".env": f"AWS_ACCESS_KEY_ID={ACCESS_KEY}\nAWS_SECRET_ACCESS_KEY={SECRET}\n"},
        "secret-text",
        "'.env' has an AWS access key in line 1.",
    ),
    "history": Broken(
        {".git/config": "[core]\n", ".git/HEAD": "ref: refs/heads/main\n"},
        "secret-settings",
        "'.git/config' is the history of the sources, with everything that was ever in them.",
    ),
    "AWS credentials": Broken(
        {"conf/.aws/credentials": "[default]\n"},
        "secret-file",
        "'conf/.aws/credentials' is a file of AWS credentials.",
    ),
    "SSH key": Broken({"deploy/id_ed25519": KEY}, "secret-file", "'deploy/id_ed25519' is a private SSH key."),
    "private key": Broken(
        {"shop/settings.txt": f"# key\n{KEY}"}, "secret-text", "'shop/settings.txt' has a private key in line 2."
    ),
    "access key": Broken(
        {"shop.py": f'\n\nKEY = "{ACCESS_KEY}"\nSECRET = "{SECRET}"\n'},
        "secret-text",
        "'shop.py' has an AWS access key in line 3.",
    ),
    "npm token": Broken(
        {".npmrc": "//registry.npmjs.org/:_authToken=npm_abcdefgh\n"},
        "secret-text",
        "'.npmrc' has a token of an npm registry in line 1.",
    ),
    "PyPI password": Broken(
        {".pypirc": "[pypi]\nusername = me\npassword = pypi-abcdefgh\n"},
        "secret-text",
        "'.pypirc' has a password in line 1.",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_bundle(name: str, tmp_path: Path) -> None:
    broken = BROKEN[name]
    directory = write_directory(tmp_path / "bundle", {"main.py": HANDLER, **broken.files})
    found = report(directory, *FUNCTION, "--no-import", variables=broken.variables)
    assert sentences(found) == [(broken.id, broken.sentence)]
    assert all(one.remedy and "{" not in one.remedy for one in found.findings)


GOOD: dict[str, Files] = {
    "hash": {"__pycache__/main.cpython-313.pyc": bytecode(HANDLER)},
    "libraries": {
        "core.abi3.so": library("x86_64", {"GLIBC_2.34": 0}),
        "core.cpython-313-x86_64-linux-gnu.so": library(),
        "text.so": "a linker script",
    },
    "two versions of an extension, one of them the function's": {
        "core.cpython-311-x86_64-linux-gnu.so": library(),
        "core.cpython-313-x86_64-linux-gnu.so": library(),
    },
    "wheels": {
        "a-1.dist-info/WHEEL": "Tag: py2-none-any\nTag: py3-none-any\n",
        "b-1.dist-info/WHEEL": "Tag: cp39-abi3-manylinux_2_17_x86_64\n",
        "c-1.dist-info/WHEEL": "Tag: cp313-cp313-manylinux_2_17_x86_64\nTag: cp313-cp313-manylinux2014_x86_64\n",
        "d-1.dist-info/WHEEL": "no tags\n",
        "e-1.dist-info/METADATA": "Name: e\n",
        "f-1.dist-info/RECORD": f"{'x' * 200_000},,\n",
    },
    "what looks like a secret": {
        ".env.example": "PASSWORD=\n",
        ".npmrc": "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n",
        "README.md": f"-----BEGIN PRIVATE KEY-----\n...\nAKIAIOSFODNN7EXAMPLE {SECRET}\n{ACCESS_KEY}\n",
        "certifi/cacert.pem": "-----BEGIN CERTIFICATE-----\nMIIEpAIBAAKCAQEA7bq0\n",
        "trustme/test.key": KEY,
        "trustme-1.dist-info/RECORD": "trustme/test.key,,\n",
    },
    "links": {"lib/core.so.1": library(), "lib/core.so": Link("core.so.1"), "data": Link("/opt/data")},
    "links to sources": {"main.py": Link("src/main.py"), "src": Link("lib/src"), "lib/src/main.py": HANDLER},
    "compiled app": {"main.py": Link("nowhere.py"), "main.cpython-313-x86_64-linux-gnu.so": library()},
    "bytecode alone": {"shop.pyc": bytecode("")},
    "a compiled package without the bytecode of what can't be imported": {
        "shop/__init__.py": "",
        "shop/__pycache__/__init__.cpython-313.pyc": bytecode(""),
        "shop/trio_part.py": f"import trio\n{LARGE}",
    },
    "another wrapper": {"start.sh": "#!/bin/sh\nexec true\n"},
}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("form", ["directory", "zip"])
def test_good_bundle(name: str, form: str, tmp_path: Path) -> None:
    files: Files = {"main.py": HANDLER, **GOOD[name]}
    writers: dict[str, Callable[[Path, Files], Path]] = {"zip": write_zip, "directory": write_directory}
    bundle = writers[form](tmp_path / "bundle", files)
    found = report(bundle, *FUNCTION, "--no-import")
    assert (sentences(found), found.notes) == ([], ())


@pytest.mark.parametrize("mode", list(PycInvalidationMode))
@pytest.mark.parametrize("form", ["directory", "zip"])
def test_bytecode_that_python_has_made(mode: PycInvalidationMode, form: str, tmp_path: Path) -> None:
    version = "{}.{}".format(*sys.version_info)
    bundle = write_directory(tmp_path / "bundle", {"main.py": HANDLER, "shop/__init__.py": LARGE})
    for source in bundle.rglob("*.py"):
        os.utime(source, (1769860800, 1769860800))
        py_compile.compile(str(source), doraise=True, invalidation_mode=mode)
    if form == "zip":
        packed: Files = {
            str(path.relative_to(bundle)): path.read_bytes() for path in bundle.rglob("*") if path.is_file()
        }
        bundle = write_zip(tmp_path / "bundle.zip", packed)
    options = ("--python", version, "--arch", "x86_64", "--handler", "main.handler", "--no-import")
    assert sentences(report(bundle, *options)) == []


def test_bytecode_with_the_times_of_a_zip_file(tmp_path: Path) -> None:
    """Zip's own time is read as UTC, and Info-ZIP's extra field counts if it is there."""
    noon = 1769860800  # 2026-01-31T12:00:00Z
    stamp = noon.to_bytes(4, "little") + len(HANDLER).to_bytes(4, "little")
    files: Files = {"main.py": HANDLER, "__pycache__/main.cpython-313.pyc": bytecode("", flags=0, stamp=stamp)}
    bundle = write_zip(tmp_path / "bundle.zip", files)
    assert sentences(report(bundle, *FUNCTION, "--no-import")) == []
    with zipfile.ZipFile(bundle, "a") as archive:
        info = zipfile.ZipInfo("main.py", (2026, 1, 31, 12, 0, 0))
        info.external_attr = 0o100644 << 16
        info.extra = b"\x01\x02\x00\x00" + b"\x55\x54\x05\x00\x01" + (noon + 1).to_bytes(4, "little")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(info, HANDLER)
    assert [id for id, _ in sentences(report(bundle, *FUNCTION, "--no-import"))] == ["bytecode-stale"]


def test_a_zip_file_of_windows_has_no_exec_bit(tmp_path: Path) -> None:
    bundle = write_zip(tmp_path / "bundle.zip", {**ADAPTER, "bootstrap": SCRIPT, "data/": ""}, system=0)
    found = report(bundle, *FUNCTION, "--no-import", variables=WRAPPED)
    assert sentences(found) == [("wrapper-not-executable", "'bootstrap' isn't executable (mode 644).")]


def test_sizes(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    write_directory(bundle, {"main.py": HANDLER, "torch/core.bin": "", "numpy/core.bin": ""})
    for name, size in (("torch", 200), ("numpy", 51)):
        with open(bundle / name / "core.bin", "wb") as file:
            file.truncate(size * 1024 * 1024)  # a file of holes takes no space
    assert sentences(report(bundle, *FUNCTION, "--no-import")) == [
        (
            "size-unzipped",
            "Unzipped it is 251 MB, layers included, and Lambda accepts 250 MB. The largest parts: 'torch' 200 MB, "
            "'numpy' 51 MB, 'main.py' 43 bytes.",
        )
    ]


def test_the_size_of_an_upload(tmp_path: Path) -> None:
    bundle = write_zip(tmp_path / "bundle.zip", {"main.py": HANDLER})
    with zipfile.ZipFile(bundle, "a") as archive:
        info = zipfile.ZipInfo("model/weights.bin")
        info.external_attr = 0o100644 << 16
        archive.writestr(info, bytes(51 * 1024 * 1024))
    assert sentences(report(bundle, *FUNCTION, "--no-import")) == [
        (
            "size-upload",
            "The zip file is 51 MB, and an upload without S3 accepts 50 MB. The largest parts: 'model' 51 MB, "
            "'main.py' 43 bytes.",
        )
    ]


def test_layers_count(tmp_path: Path) -> None:
    bundle = write_directory(tmp_path / "bundle", {"main.py": HANDLER})
    layer = write_zip(
        tmp_path / "layer.zip",
        {"bootstrap": SCRIPT, "python/shop/core.so": library("aarch64"), "python/lambda_http_adapter/__init__.py": ""},
    )
    variables = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap"}
    other = write_directory(tmp_path / "other", {"python/other.py": ""})
    found = report(bundle, *FUNCTION, "--no-import", "--layer", layer, "--layer", other, variables=variables)
    assert sentences(found) == [
        (
            "binary-architecture",
            "'python/shop/core.so' is compiled for aarch64, and the function runs on x86_64: 'python/shop/core.so'.",
        ),
        ("wrapper-not-executable", "'bootstrap' isn't executable (mode 644)."),
    ]
    assert report(layer, "--python", "3.13", "--arch", "x86_64").findings[0].id == "binary-architecture"


@pytest.mark.parametrize(
    "value", ["/opt/otel-instrument", "/var/task/bootstrap"], ids=["of a layer that isn't here", "a program"]
)
def test_another_wrapper_may_do_anything(value: str, tmp_path: Path) -> None:
    files: Files = {"bootstrap": Content(library(), 0o755), "main.py": "from fastapi import FastAPI\napp = FastAPI()\n"}
    bundle = write_directory(tmp_path / "bundle", files)
    options = (*FUNCTION[2:], "--handler", "main.app", "--no-import")
    assert sentences(report(bundle, *options, variables={"AWS_LAMBDA_EXEC_WRAPPER": value})) == []


def test_a_name_is_quoted_in_a_command(tmp_path: Path) -> None:
    """Someone may paste the remedy into a shell."""
    bundle = write_directory(tmp_path / "bundle", {"main.py": HANDLER, "$(rm -r ~)": SCRIPT, **ADAPTER})
    (found,) = report(bundle, *FUNCTION, "--no-import").findings
    assert found.remedy.startswith("Run `chmod 755 '$(rm -r ~)'` before it is packed.")


@pytest.mark.parametrize(
    ("files", "guessed"),
    [
        ({"core.cpython-312-aarch64-linux-gnu.so": library("aarch64")}, "Python 3.12 and arm64 are guessed."),
        ({"__pycache__/main.cpython-312.pyc": bytecode(HANDLER, python="3.12")}, "Python 3.12 and x86_64 are guessed."),
        ({"__pycache__/main.cpython-39.pyc": bytes(16)}, "Python 3.14 and x86_64 are guessed."),
    ],
)
def test_the_platform_is_guessed(files: Files, guessed: str, tmp_path: Path) -> None:
    bundle = write_directory(tmp_path / "bundle", {"main.py": HANDLER, **files})
    found = report(bundle, "--handler", "main.handler", "--no-import")
    assert found.notes == (f"{guessed} A template, --python and --arch say what the function runs on.",)
    assert [one.id for one in found.findings] in ([], ["bytecode-foreign"])
    notes = report(bundle, "--handler", "main.handler", "--no-import", "--arch", "arm64").notes
    assert notes[0].startswith(guessed.partition(" and ")[0] + " is guessed.")
