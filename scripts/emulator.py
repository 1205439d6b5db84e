"""Puts AWS's Lambda Runtime Interface Emulator, a Go binary, at `.venv/emulator/aws-lambda-rie`.

It is published inside the package aws-sam-cli, whose pinned requirements conflict with ours. So the script takes the
binary from the wheel and installs nothing. The hash pins the binary that the tests execute.
"""

import platform
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

NAME = "Lambda Runtime Interface Emulator"
REQUIREMENT = "aws-sam-cli==1.170.0 --hash=sha256:24ebaf5ecba38dc1758089968cb89ab61e124b84e92a344fc7a2771a47f4d0bf"
MACHINES = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
TARGET = Path(sys.prefix, "emulator", "aws-lambda-rie")


def fetch(machine: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder, "requirements.txt")
        requirements.write_text(REQUIREMENT)
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "download"]
        subprocess.run([*pip, "--no-deps", "--only-binary=:all:", "--dest", folder, "-r", requirements], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            binary = archive.read(f"samcli/local/rapid/aws-lambda-rie-{machine}")
    TARGET.parent.mkdir(exist_ok=True)
    # Write elsewhere, then rename: nobody finds a half-written binary, and a running one isn't overwritten.
    unfinished = TARGET.with_suffix(".part")
    unfinished.write_bytes(binary)
    unfinished.chmod(0o755)
    unfinished.replace(TARGET)


def main() -> None:
    machine = MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None:
        print(f"{NAME} isn't available for {platform.system()} on {platform.machine()}: continuing without it.")
        return
    try:
        fetch(machine)
    except subprocess.CalledProcessError as error:
        print(f"{NAME} could not be downloaded, pip exited with {error.returncode}: continuing without it.")


if __name__ == "__main__":
    main()
