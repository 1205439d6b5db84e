"""hgweb: Mercurial's server and website for its repositories."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

REQUIREMENTS = ("mercurial==7.2.4",)

_CONFIGURATION = "[web]\nallow-push = *\npush_ssl = false\nallow-archive = zip\ncontact = Inés\ndescription = A shop\n"


def wsgi(folder: Path, prefix: str) -> object:
    from mercurial.hgweb import hgweb

    repository = folder / "shop"
    environment = {**os.environ, "HGRCPATH": os.devnull}
    hg = Path(sys.prefix, "bin", "hg")
    subprocess.run([hg, "init", repository], check=True, env=environment)
    (repository / ".hg" / "hgrc").write_text(_CONFIGURATION)
    (repository / "a.txt").write_text("café\n" * 20)
    (repository / "b c.bin").write_bytes(bytes(range(256)))
    commit = ("commit", "--addremove", "--message", "Begin the café", "--user", "Inés", "--date", "1767225600 0")
    subprocess.run([hg, "--cwd", repository, "--encoding", "utf-8", *commit], check=True, env=environment)
    return hgweb(os.fsencode(repository))


def visit(client: httpx.Client) -> None:
    """Without its feeds: their links have the socket's address, which behind gunicorn isn't the client's URL."""
    for path in (
        "/",
        "/log",
        "/shortlog",
        "/graph",
        "/tags",
        "/branches",
        "/bookmarks",
        "/summary",
        "/manifest",
        "/help",
    ):
        client.get(path)
        client.head(path)
    for path in (
        "file/tip/",
        "file/tip/a.txt",
        "raw-file/tip/a.txt",
        "raw-file/tip/b%20c.bin",
        "rev/tip",
        "raw-rev/tip",
    ):
        client.get(f"/{path}")
    for path in ("annotate/tip/a.txt", "diff/tip/a.txt", "log/tip/a.txt", "comparison/tip/a.txt"):
        client.get(f"/{path}")
    for path in ("json-log", "json-manifest/tip", "archive/tip.zip", "archive/tip.tar.gz", "static/style-paper.css"):
        client.get(f"/{path}")
    for path in ("missing", "file/tip/missing", "rev/missing", "static/missing", "%C3%A9", "a%2Fb"):
        client.get(f"/{path}")
    for query in ("cmd=capabilities", "cmd=heads", "cmd=branchmap", "cmd=listkeys&namespace=phases", "cmd=unknown"):
        client.get(f"/?{query}", headers={"Accept": "application/mercurial-0.1"})
    client.get("/?cmd=lookup", headers={"X-HgArg-1": "key=tip"})
    client.get("/log", headers={"If-None-Match": "x"})
