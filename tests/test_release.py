"""A release: its version, its changelog, its notes, and the list of what it consists of."""

import datetime
import json
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
from packaging.version import Version

from lambda_http_adapter import __version__
from scripts.release import ReleaseError, notes, parse_version, with_date, with_version
from tests.support.paths import ROOT

DAY = datetime.date(2026, 12, 1)
ENTRY = "# Changelog\n\nWhat changes.\n\n## {}\n\n### Added\n\n- A thing.\n\n## [0.1.0] - 2026-11-30\n\n- The first.\n"


@pytest.mark.parametrize("text", ["1.2.0", "0.1.0", "10.0.3", "1.2.0rc1", "1.2.0b2"])
def test_versions_of_a_release(text: str) -> None:
    assert str(parse_version(text)) == text


@pytest.mark.parametrize(
    "text", ["1.2", "v1.2.0", "1.2.0-rc1", "01.2.0", "1.2.0+local", "1.2.x", "", "1.2.0.1", "1.2.0\n"]
)
def test_what_is_no_version_of_a_release(text: str) -> None:
    with pytest.raises(ReleaseError, match=r"expected one such as 1\.2\.0|isn't in the form of 1\.2\.0"):
        parse_version(text)


def test_the_version_of_the_package_is_changed_alone() -> None:
    source = 'before\n__version__ = "0.1.0"\nafter\n'
    assert with_version(source, Version("0.2.0")) == 'before\n__version__ = "0.2.0"\nafter\n'
    assert with_version(source, Version("0.1.0")) == source


def test_an_older_version_is_refused() -> None:
    with pytest.raises(ReleaseError, match=r"^0\.1\.0rc1 is older than 0\.1\.0, which the package has already\.$"):
        with_version('__version__ = "0.1.0"\n', Version("0.1.0rc1"))


@pytest.mark.parametrize("heading", ["[Unreleased]", "[0.2.0] - unreleased"])
def test_the_changelog_is_dated(heading: str) -> None:
    expected = ENTRY.format("[0.2.0] - 2026-12-01")
    assert with_date(ENTRY.format(heading), Version("0.2.0"), DAY) == expected


@pytest.mark.parametrize(
    ("changelog", "problem"),
    [
        (ENTRY.format("[0.2.0] - 2026-11-30"), r"has '\[0\.2\.0\] - 2026-11-30' first; expected \[Unreleased\] or"),
        (ENTRY.format("[0.3.0] - unreleased"), r"has '\[0\.3\.0\] - unreleased' first"),
        ("# Changelog\n\n## [Unreleased]\n\n### Added\n\n## [0.1.0] - 2026-11-30\n\n- One.\n", "has no entry under"),
        ("# Changelog\n", "has no section"),
    ],
)
def test_a_changelog_that_can_not_be_released(changelog: str, problem: str) -> None:
    with pytest.raises(ReleaseError, match=problem):
        with_date(changelog, Version("0.2.0"), DAY)


def test_the_notes_are_the_section_of_the_version() -> None:
    assert notes(ENTRY.format("[0.2.0] - 2026-12-01"), "0.2.0", "v0.2.0") == "### Added\n\n- A thing.\n"


@pytest.mark.parametrize(
    ("heading", "tag", "problem"),
    [
        (
            "[0.2.0] - 2026-12-01",
            "v0.2.1",
            r"^The tag is v0\.2\.1, the package's version 0\.2\.0; expected v0\.2\.0\.$",
        ),
        ("[0.2.0] - 2026-12-01", "0.2.0", r"expected v0\.2\.0\.$"),
        ("[0.2.0] - unreleased", "v0.2.0", r"expected \[0\.2\.0\] with a date\.$"),
        ("[0.1.9] - 2026-12-01", "v0.2.0", r"expected \[0\.2\.0\] with a date\.$"),
    ],
)
def test_notes_of_what_does_not_agree(heading: str, tag: str, problem: str) -> None:
    with pytest.raises(ReleaseError, match=problem):
        notes(ENTRY.format(heading), "0.2.0", tag)


def test_a_wrong_version_changes_nothing() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "scripts.release", "cut", "one"], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == "scripts/release: 'one' isn't a version; expected one such as 1.2.0 or 1.2.0rc1.\n"


@pytest.mark.slow
def test_the_bill_of_materials_has_what_an_installation_has(tmp_path: Path) -> None:
    options = ["--quiet", "--no-deps", "--no-build-isolation", f"--wheel-dir={tmp_path}"]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, ROOT], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    bill = tmp_path / "sbom.cdx.json"
    subprocess.run([ROOT / "scripts" / "sbom", wheel, bill], check=True)
    content = json.loads(bill.read_bytes())
    root = cast("dict[str, str]", content["metadata"]["component"])
    assert (root["name"], root["version"]) == ("lambda-http-adapter", __version__)
    names = {component["name"].lower() for component in content["components"]}
    assert {"asgiref", "httptools", "httpx", "werkzeug", "markupsafe"} <= names
    assert not {"pip", "pytest", "uvicorn"} & names
