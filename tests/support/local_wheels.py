"""Wheels made by a test, for installs without a package index."""

import base64
import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from importlib.metadata import distribution
from pathlib import Path


def write_wheel(
    directory: Path,
    name: str,
    files: Mapping[str, str | bytes],
    *,
    version: str = "1.0",
    requires: Sequence[str] = (),
    tag: str = "py3-none-any",
    scripts: str = "",
) -> Path:
    """A wheel with ``files``, path → content. ``scripts``: lines of the section console_scripts."""
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    required = "".join(f"Requires-Dist: {requirement}\n" for requirement in requires)
    contents = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    contents[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{required}\nA long description.\n"
    ).encode()
    contents[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: {tag}\n".encode()
    if scripts:
        contents[f"{info}/entry_points.txt"] = f"[console_scripts]\n{scripts}\n".encode()
    return _write(directory / f"{module}-{version}-{tag}.whl", contents, f"{info}/RECORD")


def repack(directory: Path, name: str) -> Path:
    """A wheel of an installed distribution."""
    installed = distribution(name)
    (tag,) = [
        line.removeprefix("Tag: ") for line in (installed.read_text("WHEEL") or "").splitlines() if "Tag" in line
    ][:1]
    files = [path for path in installed.files or () if ".." not in path.parts and "__pycache__" not in path.parts]
    contents = {path.as_posix(): path.read_binary() for path in files if path.name not in ("RECORD", "INSTALLER")}
    info = next(path.parent.as_posix() for path in files if path.name == "METADATA")
    return _write(directory / f"{name}-{installed.version}-{tag}.whl", contents, f"{info}/RECORD")


def _write(wheel: Path, contents: Mapping[str, bytes], record: str) -> Path:
    rows = [f"{path},sha256={_digest(content)},{len(content)}" for path, content in contents.items()]
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, content in contents.items():
            archive.writestr(path, content)
        archive.writestr(record, "\n".join([*rows, f"{record},,", ""]))
    return wheel


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
