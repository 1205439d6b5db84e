"""What is taken out of installed packages, and whether their records stay true."""

import csv
from pathlib import Path

import pytest

from lambda_http_adapter._deploy.build.adapter_wheel import record_row
from lambda_http_adapter._deploy.build.slimming import Installed, correct_records, slim

INFO = "shop-1.0.dist-info"
KEPT = {
    "shop/__init__.py": "import os\n",
    "shop/tests.py": "",
    "shop/notes.txt": "n",
    "shop/py.typed": "",
    "checks/__init__.py": "from .tests import helper\n",
    "checks/tests/helper.py": "",
    "trio_part.py": "import trio\n",
    f"{INFO}/METADATA": "Name: shop\nVersion: 1.0\n",
    f"{INFO}/licenses/LICENSE": "MIT",
    f"{INFO}/RECORD": "",
}
REMOVED = {
    "bin/shop": "#!/home/me/.venv/bin/python\n",
    ".lock": "",
    "shop/__init__.pyi": "",
    "shop/speed.pyx": "",
    "shop/tests/__init__.py": "",
    "shop/part/tests/data/a.txt": "",
    "shop/plugin.py": '"""A plugin."""\nimport pytest\n',
    "shop/mypy_plugin.py": "from mypy.plugin import Plugin\n",
    "shop/__pycache__/x.cpython-311.pyc": "",
    f"{INFO}/INSTALLER": "pip",
    f"{INFO}/REQUESTED": "",
    f"{INFO}/direct_url.json": "{}",
    f"{INFO}/sboms/a.json": "{}",
}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    for name, content in {**KEPT, **REMOVED}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    (tmp_path / INFO / "METADATA").write_text(KEPT[f"{INFO}/METADATA"] + "\nA description.\n\nOf several lines.\n")
    rows = [*KEPT, *REMOVED, "../../bin/shop", "shop/never_there.py"]
    (tmp_path / INFO / "RECORD").write_text("".join(f"{name},sha256=old,1\n" for name in rows) + "\n")
    return tmp_path


def files(directory: Path) -> dict[str, str]:
    return {path.relative_to(directory).as_posix(): path.read_text() for path in directory.rglob("*") if path.is_file()}


def test_what_a_function_never_imports_is_removed(directory: Path) -> None:
    before = sum(len(text) for text in files(directory).values())
    removed = slim(directory)
    after = files(directory)
    assert removed == before - sum(len(text) for text in after.values())
    del after[f"{INFO}/RECORD"]
    assert after == {name: text for name, text in KEPT.items() if not name.endswith("RECORD")}
    assert not (directory / "shop" / "part").exists()


def test_plugins_stay_where_their_tool_is(directory: Path) -> None:
    (directory / "pytest").mkdir()
    (directory / "pytest" / "__init__.py").touch()
    slim(directory)
    assert (directory / "shop" / "plugin.py").exists()
    assert not (directory / "shop" / "mypy_plugin.py").exists()


def test_records_name_what_is_there(directory: Path) -> None:
    slim(directory)
    (directory / "shop" / "__pycache__").mkdir()
    (directory / "shop" / "__pycache__" / "__init__.cpython-313.pyc").touch()
    (installed,) = correct_records(directory)
    rows = list(csv.reader((directory / INFO / "RECORD").read_text().splitlines()))
    record = f"{INFO}/RECORD"
    compiled = "shop/__pycache__/__init__.cpython-313.pyc"
    assert rows == sorted(
        [
            *(record_row(name, text.encode()) for name, text in KEPT.items() if name != record),
            [record, "", ""],
            [compiled, "", ""],
        ]
    )
    assert installed[:2] == Installed("shop", "1.0", ())[:2]
    assert sorted(installed.files) == sorted([*KEPT, compiled])
