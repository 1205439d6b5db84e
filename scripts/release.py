"""Prepares a release, and prints its notes.

cut VERSION     sets the version, dates its section of CHANGELOG.md, and builds and checks sdist and wheel in dist/
notes TAG       prints that section, if the tag, the version and the changelog agree
"""

import argparse
import datetime
import re
import subprocess
import sys
from pathlib import Path

from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).parent.parent
CHANGELOG = ROOT / "CHANGELOG.md"
VERSION_FILE = ROOT / "src" / "lambda_http_adapter" / "_values" / "__init__.py"
STEPS = """\
Next, once .ci/run is green:

    git commit -am "Release {version}"
    git tag --sign v{version} --message "Release {version}"
    git push origin main v{version}

The tag starts .github/workflows/release.yml: it builds again, compares, and waits for approval to publish.
"""


class ReleaseError(Exception):
    """The release can't be made like this."""


def parse_version(text: str) -> Version:
    """Raises ReleaseError unless ``text`` is a version in its normal form, such as ``1.2.0`` or ``1.2.0rc1``."""
    try:
        version = Version(text)
    except InvalidVersion:
        raise ReleaseError(f"{text!r} isn't a version; expected one such as 1.2.0 or 1.2.0rc1.") from None
    if str(version) != text or version.local or len(version.release) != 3:
        raise ReleaseError(f"{text!r} isn't in the form of 1.2.0 or 1.2.0rc1.")
    return version


def with_version(source: str, version: Version) -> str:
    """The module of ``__version__`` with another one. Raises ReleaseError for one that is older."""
    found = re.search(r'^__version__ = "(.+)"$', source, re.MULTILINE)
    assert found is not None
    if version < Version(found[1]):
        raise ReleaseError(f"{version} is older than {found[1]}, which the package has already.")
    return source[: found.start(1)] + str(version) + source[found.end(1) :]


def with_date(changelog: str, version: Version, date: datetime.date) -> str:
    """The changelog with its first section dated. Raises ReleaseError if that isn't to be released, or is empty."""
    heading, text = first_section(changelog)
    if heading not in ("[Unreleased]", f"[{version}] - unreleased"):
        raise ReleaseError(f"CHANGELOG.md has {heading!r} first; expected [Unreleased] or [{version}] - unreleased.")
    if not re.search(r"^- ", text, re.MULTILINE):
        raise ReleaseError(f"CHANGELOG.md has no entry under {heading}.")
    return changelog.replace(f"## {heading}\n", f"## [{version}] - {date}\n", 1)


def first_section(changelog: str) -> tuple[str, str]:
    """Its heading and its text."""
    _, mark, rest = changelog.partition("\n## ")
    if not mark:
        raise ReleaseError("CHANGELOG.md has no section.")
    heading, _, text = rest.partition("\n")
    return heading, text.partition("\n## ")[0].strip()


def notes(changelog: str, version: str, tag: str) -> str:
    """What the changelog says of the release. Raises ReleaseError unless ``tag`` is that of ``version``, and dated."""
    if tag != f"v{version}":
        raise ReleaseError(f"The tag is {tag}, the package's version {version}; expected v{version}.")
    heading, text = first_section(changelog)
    if not re.fullmatch(rf"\[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d", heading):
        raise ReleaseError(f"CHANGELOG.md has {heading!r} first; expected [{version}] with a date.")
    return text + "\n"


def cut(text: str) -> None:
    """Change the version and the changelog of this repository, and build. Raises ReleaseError."""
    version = parse_version(text)
    if subprocess.check_output(["git", "status", "--porcelain"], cwd=ROOT):
        raise ReleaseError("The work tree has changes: commit them first.")
    source = with_version(VERSION_FILE.read_text(), version)
    changelog = with_date(CHANGELOG.read_text(), version, datetime.datetime.now(datetime.UTC).date())
    VERSION_FILE.write_text(source)
    CHANGELOG.write_text(changelog)
    subprocess.run([ROOT / "scripts" / "dist"], check=True)
    print(STEPS.format(version=version))


def main() -> None:
    parser = argparse.ArgumentParser("scripts/release", description="Prepare a release, or print its notes.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("cut", help="set the version, date the changelog, build and check").add_argument("version")
    commands.add_parser("notes", help="print what the changelog says of a release").add_argument("tag")
    options = parser.parse_args()
    try:
        if options.command == "cut":
            cut(options.version)
        else:
            from lambda_http_adapter import __version__

            print(notes(CHANGELOG.read_text(), __version__, options.tag), end="")
    except ReleaseError as error:
        sys.exit(f"scripts/release: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)


if __name__ == "__main__":
    main()
