"""pypiserver: a package index (Bottle)."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

REQUIREMENTS = ("pypiserver==2.4.2", "passlib==1.7.4")

_METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
_WHEEL = "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(name: str, version: str) -> bytes:
    """A wheel of a package with one empty module."""
    info = f"{name}-{version}.dist-info"
    names = [f"{name}.py", f"{info}/METADATA", f"{info}/WHEEL", f"{info}/RECORD"]
    texts = ["", _METADATA.format(name=name, version=version), _WHEEL, "".join(f"{file},,\n" for file in names)]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for entry, text in zip(names, texts, strict=True):
            archive.writestr(zipfile.ZipInfo(entry), text)
    return file.getvalue()


def wsgi(folder: Path, prefix: str) -> object:
    import pypiserver

    packages = folder / "packages"
    packages.mkdir()
    for name, version in (("apple", "1.0"), ("apple", "1.1"), ("apple_pie", "2.0")):
        (packages / f"{name}-{version}-py3-none-any.whl").write_bytes(wheel(name, version))
    # "." and ".": anyone may upload.
    return pypiserver.app(roots=[packages], password_file=".", authenticate=[], disable_fallback=True)


def visit(client: httpx.Client) -> None:
    for path in ("/", "/simple/", "/simple", "/packages/", "/simple/apple/", "/simple/apple", "/simple/apple-pie/"):
        client.get(path)
        client.head(path)
    for path in ("/simple/Apple_Pie/", "/simple/missing/", "/missing", "/favicon.ico", "/health", "/apple/", "/apple"):
        client.get(path)
    for path in ("/apple/json", "/missing/json", "/packages/missing.whl", "/packages/a%2Fb", "/simple/a%20b/"):
        client.get(path)
    client.get("/packages/apple-1.1-py3-none-any.whl")
    client.get("/packages/apple-1.1-py3-none-any.whl", headers={"Range": "bytes=0-9"})
    client.head("/packages/apple-1.1-py3-none-any.whl")
    client.get("/simple/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    upload = {":action": "file_upload", "name": "pear", "version": "0.1"}
    files = {"content": ("pear-0.1-py3-none-any.whl", wheel("pear", "0.1"))}
    client.post("/", data=upload, files=files)
    client.post("/", data=upload, files=files)
    client.post("/", data=upload, files={"content": ("not a package", b"x")})
    client.post("/", data={":action": "verify"})
    client.post("/", data={":action": "unknown"})
    client.post("/", data={})
    client.get("/simple/pear/")
    client.get("/packages/pear-0.1-py3-none-any.whl")
    client.post("/", data={":action": "remove_pkg", "name": "pear", "version": "0.1"})
    client.get("/simple/pear/")
    client.post("/RPC2", content="<methodCall><methodName>search</methodName><params></params></methodCall>")
    client.put("/")
