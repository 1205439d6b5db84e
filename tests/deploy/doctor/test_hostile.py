"""Bundles that nobody should trust: a clear finding, never a crash, nothing outside of the bundle."""

import os
import shutil
import struct
import tarfile
import zipfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambda_http_adapter._deploy.doctor.bundle import sources
from lambda_http_adapter._deploy.doctor.bundle.bundle import Bundle, BundleError
from lambda_http_adapter._deploy.doctor.bundle.sources import open_bundle
from lambda_http_adapter._deploy.doctor.handler.entry_point import EntryPoint
from lambda_http_adapter._deploy.doctor.handler.import_run import try_import
from lambda_http_adapter.errors import ConfigurationError
from tests.support.bundles import Files, Link, library, write_directory, write_zip
from tests.support.doctor import FUNCTION, report, sentences

TRUE = shutil.which("true") or "there is no true"  # in /usr/bin on macOS
HANDLER = "def handler(event, context): ...\n"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def opened(path: Path) -> Bundle:
    """For a test that reads nothing of it later, or a directory."""
    with ExitStack() as archives:
        return open_bundle(path, archives)


def zipped(**files: str) -> bytes:
    return write_zip(
        Path("whole.zip"), {name.replace("__", "."): content for name, content in files.items()}
    ).read_bytes()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is not a zip file"),
        (b"not a zip file", "it is not a zip file"),
        (b"PK\x05\x06" + bytes(18), ""),
        (b"PK\x03\x04" + bytes(100), "it is not a zip file"),
    ],
)
def test_what_is_no_zip_file(content: bytes, reason: str) -> None:
    Path("bundle.zip").write_bytes(content)
    found = sentences(report("bundle.zip", *FUNCTION))
    if reason:
        assert found == [("bundle-unreadable", f"'bundle.zip' can't be read: {reason}.")]
    else:
        assert [id for id, _ in found] == ["module-missing"]  # it is empty


def test_a_truncated_zip_file() -> None:
    Path("bundle.zip").write_bytes(zipped(main__py=HANDLER)[:-30])
    assert [one.id for one in report("bundle.zip", *FUNCTION).findings] == ["bundle-unreadable"]


def test_a_damaged_zip_file() -> None:
    content = zipped(main__py=HANDLER * 50)
    Path("bundle.zip").write_bytes(content[:45] + bytes([content[45] ^ 255]) + content[46:])
    (found,) = report("bundle.zip", *FUNCTION, "--no-import").findings
    assert found.id == "bundle-unreadable"
    assert found.sentence.startswith("'bundle.zip' can't be read: 'main.py' is damaged (")


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_no_damage_is_a_crash(data: st.DataObject) -> None:
    content = bytearray(zipped(main__py=HANDLER, core__so=library().decode("latin-1")))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    Path("bundle.zip").write_bytes(content)
    report("bundle.zip", *FUNCTION, "--no-import")


def test_a_damaged_link() -> None:
    content = write_zip(Path("bundle.zip"), {"a": Link("main.py" * 100)}).read_bytes()
    Path("bundle.zip").write_bytes(content[:33] + b"\xff\xff" + content[35:])
    (found,) = report("bundle.zip", *FUNCTION, "--no-import").findings
    assert found.sentence.startswith("'bundle.zip' can't be read: 'a' is damaged (")


def test_a_file_of_no_day() -> None:
    info = zipfile.ZipInfo("main.py", (1980, 0, 0, 0, 0, 0))
    info.external_attr = 0o100644 << 16
    with zipfile.ZipFile("bundle.zip", "w") as archive:
        archive.writestr(info, HANDLER)
    assert opened(Path("bundle.zip")).members["main.py"].modified == 0


def test_an_encrypted_zip_file() -> None:
    content = zipped(main__py=HANDLER)
    directory = content.index(b"PK\x01\x02")
    Path("bundle.zip").write_bytes(content[: directory + 8] + b"\x01\x00" + content[directory + 10 :])
    assert sentences(report("bundle.zip", *FUNCTION)) == [
        ("bundle-unreadable", "'bundle.zip' can't be read: 'main.py' is encrypted, and Lambda has no password.")
    ]


def test_names_that_lead_out() -> None:
    names = ["../up.py", "/etc/passwd", "a/../../up.py", "a\\b.py", "ok/..py"]
    write_zip(Path("bundle.zip"), {"main.py": HANDLER} | dict.fromkeys(names, "x = 1\n"))
    found = report("bundle.zip", *FUNCTION, "--python", "3.11")
    assert sentences(found) == [
        (
            "unsafe-path",
            "'../up.py', '/etc/passwd', 'a/../../up.py' and 1 more would be unpacked outside of the bundle.",
        )
    ]
    assert sorted(os.listdir()) == ["bundle.zip"]


LINKED = {"main.py": HANDLER, "b/c": Link("../main.py"), "etc": Link("/etc"), "e": Link("x" * 5000)}


@pytest.mark.parametrize(
    ("files", "outcome"),
    [
        (LINKED, "exit code 0"),
        # Each link stays inside by its name; together they would lead out.
        (LINKED | {"a/up": Link(".."), "a/up/b": Link(".."), "b/up/d.py": "x = 1\n"}, "File exists"),
    ],
)
def test_links_that_lead_out(files: Files, outcome: str, tmp_path: Path) -> None:
    write_zip(Path("bundle.zip"), files)
    before = sorted(os.listdir(tmp_path.parent))
    with ExitStack() as archives:
        bundle = open_bundle(Path("bundle.zip"), archives)
        entry_point = EntryPoint("main.handler", "main", "handler")
        try:
            ending = try_import(entry_point, [bundle], TRUE, {}, 10).ending
        except BundleError as error:
            ending = str(error)
    assert outcome in ending
    assert sorted(os.listdir(tmp_path.parent)) == before
    assert [one.sentence for one in report("bundle.zip", *FUNCTION, "--no-import").findings] == [
        "'etc' is a link to '/etc', which is not part of the bundle."
    ]


def test_what_is_too_large_to_be_read_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    write_zip(Path("bundle.zip"), {"main.py": HANDLER, "weights.py": "x = 1\n" * 100})
    monkeypatch.setattr("lambda_http_adapter._deploy.doctor.bundle.bundle.READ_LIMIT", 100)
    with ExitStack() as archives:
        bundle = open_bundle(Path("bundle.zip"), archives)
        assert try_import(EntryPoint("main.handler", "main", "handler"), [bundle], TRUE, {}, 10).ending == "exit code 0"


def test_processes_that_macos_lets_nobody_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There a process group of which nothing but zombies is left belongs to nobody."""

    def refuse(group: int, number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "killpg", refuse)
    write_directory(tmp_path, {"main.py": HANDLER})
    with ExitStack() as archives:
        bundle = open_bundle(tmp_path, archives)
        assert try_import(EntryPoint("main.handler", "main", "handler"), [bundle], TRUE, {}, 10).ending == "exit code 0"


def test_a_file_where_a_directory_is() -> None:
    write_zip(Path("bundle.zip"), {"main.py": HANDLER, "a": "", "a/b": ""})
    (found,) = report("bundle.zip", "--python", "3.11", "--arch", "x86_64", "--handler", "main.handler").findings
    assert found.sentence.startswith("'bundle.zip' can't be read: it can't be unpacked (")


def test_a_zip_bomb() -> None:
    """A hundred names for one content of 100 MB: it is never unpacked."""
    with zipfile.ZipFile("one.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo("zeros.py")
        info.external_attr = 0o100644 << 16
        archive.writestr(info, bytes(1024 * 1024), zipfile.ZIP_DEFLATED)
    content = Path("one.zip").read_bytes()
    start = content.index(b"PK\x01\x02")
    entry = bytearray(content[start : content.index(b"PK\x05\x06")])
    struct.pack_into("<I", entry, 24, 100 * 1024 * 1024)
    entries = b"".join(bytes(entry).replace(b"zeros.py", f"zeros{number:02}y".encode()) for number in range(100))
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 100, 100, len(entries), start, 0)
    Path("bundle.zip").write_bytes(content[:start] + entries + end)
    found = report("bundle.zip", *FUNCTION)
    assert [one.sentence.partition(", layers")[0] for one in found.findings] == ["Unzipped it is 9.8 GB"]
    assert found.notes == ("Only names and sizes were looked at: the bundle is too large to be looked into.",)


def test_a_large_file_is_not_looked_into() -> None:
    write_directory(Path("bundle"), {"main.py": HANDLER, "core.so": ""})
    with open("bundle/core.so", "wb") as file:
        file.truncate(600 * 1024 * 1024)
    assert [one.id for one in report("bundle", *FUNCTION, "--no-import").findings] == ["size-unzipped"]
    with pytest.raises(BundleError, match="is larger than 512 MB"):
        opened(Path("bundle")).read("core.so")


def test_too_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_MOST_MEMBERS", 2)
    write_directory(Path("bundle"), {"main.py": HANDLER, "a/b": "", "c": ""})
    assert sentences(report("bundle", *FUNCTION)) == [
        ("bundle-unreadable", "'bundle' can't be read: it has more than 2 files.")
    ]


def test_names_that_are_no_text() -> None:
    write_directory(Path("bundle"), {"main.py": HANDLER})
    Path(os.fsdecode(b"bundle/caf\xe9\x1b[31m.env")).write_bytes(b"-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7bq0\n")
    os.mkfifo("bundle/pipe")
    assert sentences(report("bundle", *FUNCTION, "--no-import")) == [
        ("secret-text", "'caf\\udce9\\x1b[31m.env' has a private key in line 1.")
    ]


def test_a_file_that_goes_away_or_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    write_directory(Path("bundle"), {"main.py": HANDLER})
    bundle = opened(Path("bundle"))
    Path("bundle/main.py").unlink()
    with pytest.raises(BundleError, match=r"'main\.py': No such file or directory"):
        bundle.read("main.py")
    with pytest.raises(ConfigurationError, match=r"^There is no file or directory 'nowhere'\.$"):
        opened(Path("nowhere"))
    with pytest.raises(ConfigurationError, match=r"can't be read: File name too long\.$"):
        opened(Path("x" * 5000))

    def refuse(directory: object, onerror: object) -> object:
        assert callable(onerror)
        onerror(PermissionError(13, "Permission denied", "bundle/secret"))
        return iter(())

    monkeypatch.setattr("os.walk", refuse)
    with pytest.raises(BundleError, match="'bundle/secret' can't be read: Permission denied"):
        opened(Path("bundle"))


def test_a_hostile_tar_archive() -> None:
    write_directory(Path("root"), {"var/task/main.py": HANDLER, "var/task/two.py": HANDLER, "usr/bin/env": ""})
    os.link("root/var/task/main.py", "root/var/task/linked.py")
    with tarfile.open("root.tar", "w") as archive:
        archive.add("root", arcname="")
        archive.addfile(tarfile.TarInfo("../evil.py"))
        device = tarfile.TarInfo("dev/null")
        device.type = tarfile.CHRTYPE
        archive.addfile(device)
        lost = tarfile.TarInfo("var/task/lost.py")
        lost.type = tarfile.LNKTYPE
        lost.linkname = "nowhere"
        archive.addfile(lost)
    with ExitStack() as archives:
        bundle = open_bundle(Path("root.tar"), archives)
        assert bundle.unsafe == ("../evil.py",)
        assert "dev/null" not in bundle.members
        assert bundle.read("var/task/linked.py") == HANDLER.encode()
        with pytest.raises(BundleError, match="is damaged"):
            bundle.read("var/task/lost.py")
    content = Path("root.tar").read_bytes()
    Path("root.tar").write_bytes(b"x" + content[1:])
    with pytest.raises(BundleError):
        opened(Path("root.tar"))
