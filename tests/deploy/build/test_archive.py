"""Archives that are the same whenever and wherever they are made."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lambda_http_adapter._deploy.build.archive import extract, files_below, make_readable, write_archive


def tree(directory: Path, times: int) -> Path:
    (directory / "package").mkdir(parents=True)
    for name in ("package/b.py", "a.py", "run.sh"):
        (directory / name).write_text(f"# {name}\n" * 50)
        os.utime(directory / name, (times, times))
    (directory / "run.sh").chmod(0o700)
    (directory / "a.py").chmod(0o600)
    return directory


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    archives = []
    for name, time in (("one", 10**9), ("another", 1_700_000_000)):
        archive = tmp_path / f"{name}.zip"
        write_archive(archive, dict(reversed(list(files_below(tree(tmp_path / name, time))))))
        archives.append(archive.read_bytes())
    assert archives[0] == archives[1]


def test_members(tmp_path: Path) -> None:
    done: list[None] = []
    files: dict[str, bytes | Path] = {"é.txt": b"text", **dict(files_below(tree(tmp_path / "tree", 10**9)))}
    sizes = write_archive(tmp_path / "a.zip", files, lambda: done.append(None))
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        members = [(m.filename, oct(m.external_attr >> 16), m.date_time, m.compress_type) for m in archive.infolist()]
        assert {m.filename: m.compress_size for m in archive.infolist()} == sizes
        assert archive.read("é.txt") == b"text"
    date = (1980, 1, 1, 0, 0, 0)
    assert members == [
        ("a.py", "0o100644", date, zipfile.ZIP_DEFLATED),
        ("package/b.py", "0o100644", date, zipfile.ZIP_DEFLATED),
        ("run.sh", "0o100755", date, zipfile.ZIP_DEFLATED),
        ("é.txt", "0o100644", date, zipfile.ZIP_DEFLATED),
    ]
    assert len(done) == len(members)


def test_extracted_with_its_modes(tmp_path: Path) -> None:
    write_archive(tmp_path / "a.zip", dict(files_below(tree(tmp_path / "tree", 10**9))))
    directory = extract(tmp_path / "a.zip", tmp_path / "out")
    assert {name: path.stat().st_mode & 0o777 for name, path in files_below(directory)} == {
        "a.py": 0o644,
        "package/b.py": 0o644,
        "run.sh": 0o755,
    }


def test_everyone_may_read_a_directory(tmp_path: Path) -> None:
    directory = tree(tmp_path / "tree", 10**9)
    (directory / "package").chmod(0o700)
    make_readable(directory)
    assert [
        oct(path.stat().st_mode & 0o777) for path in (directory / "package", directory / "a.py", directory / "run.sh")
    ] == [
        "0o755",
        "0o644",
        "0o755",
    ]


def test_a_failure_leaves_the_old_archive(tmp_path: Path) -> None:
    write_archive(tmp_path / "a.zip", {"a": b"old"})
    old = (tmp_path / "a.zip").read_bytes()
    with pytest.raises(FileNotFoundError):
        write_archive(tmp_path / "a.zip", {"a": tmp_path / "missing"})
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]
    assert (tmp_path / "a.zip").read_bytes() == old


def test_two_builds_at_once(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    code = (
        "import sys; from pathlib import Path; from lambda_http_adapter._deploy.build.archive import write_archive; "
        "write_archive(Path(sys.argv[1]), {'other': b'2'})"
    )
    write_archive(archive, {"one": b"1"}, lambda: run(sys.executable, "-c", code, str(archive)))
    with zipfile.ZipFile(archive) as opened:
        assert opened.namelist() == ["one"]  # the last one to end wins
    assert list(tmp_path.iterdir()) == [archive]


def run(*command: str) -> None:
    subprocess.run(command, check=True, timeout=60)
