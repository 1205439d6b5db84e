"""klaus: a website for Git repositories, which serves Git itself too (Flask, Dulwich)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

REQUIREMENTS = ("klaus==3.0.1", "dulwich==1.2.21")

_FILES = {b"README.md": "# Café\n", b"src/app.py": "print('é')\n", b"a b&c.txt": "x\n", b"dot.bin": "\0\1\2"}


def wsgi(folder: Path, prefix: str) -> object:
    from dulwich.objects import Blob, Commit, Tree
    from dulwich.repo import Repo
    from klaus import make_app

    repository = Repo.init_bare(str(folder / "shop.git"), mkdir=True)
    source = Tree()
    tree = Tree()
    for name, text in _FILES.items():
        blob = Blob.from_string(text.encode())
        repository.object_store.add_object(blob)
        parent = source if name.startswith(b"src/") else tree
        parent.add(name.removeprefix(b"src/"), 0o100644, blob.id)
    tree.add(b"src", 0o40000, source.id)
    commit = Commit()
    commit.tree = tree.id
    commit.author = commit.committer = "Inés <ines@example.com>".encode()
    commit.author_time = commit.commit_time = 1_767_225_600
    commit.author_timezone = commit.commit_timezone = 3600
    commit.encoding = b"UTF-8"
    commit.message = "Begin the café".encode()
    for part in (source, tree, commit):
        repository.object_store.add_object(part)
    repository.refs[b"refs/heads/main"] = commit.id
    repository.refs.set_symbolic_ref(b"HEAD", b"refs/heads/main")
    repository.close()
    return make_app([str(folder / "shop.git")], "Repositories é", use_smarthttp=True, unauthenticated_push=True)


def visit(client: httpx.Client) -> None:
    for path in (
        "/",
        "/shop",
        "/shop/",
        "/missing/",
        "/static/klaus.css",
        "/static/missing",
        "/robots.txt",
        "/%C3%A9/",
    ):
        client.get(path)
        client.head(path)
    for view in ("tree", "blob", "blame", "raw"):
        for path in ("README.md", "src/app.py", "a%20b%26c.txt", "dot.bin", "missing", "src", ""):
            client.get(f"/shop/{view}/main/{path}")
    for path in ("/shop/commit/main/", "/shop/commit/main.diff", "/shop/commit/main.patch", "/shop/commit/missing/"):
        client.get(path)
    for path in ("/shop/tree/missing/", "/shop/tree/main/?page=2", "/shop/tree/main%2Fsrc/", "/shop/tarball/main/"):
        client.get(path)
    for path in (
        "/shop/info/refs",
        "/shop/info/refs?service=git-upload-pack",
        "/shop/HEAD",
        "/shop/objects/info/packs",
    ):
        client.get(path)
    client.get("/shop/info/refs?service=git-receive-pack")
    client.get("/shop/info/refs?service=unknown")
    client.post(
        "/shop/git-upload-pack", content=b"0000", headers={"Content-Type": "application/x-git-upload-pack-request"}
    )
