"""Isso: comments for websites (werkzeug)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

REQUIREMENTS = ("isso==0.14.0",)

_CONFIGURATION = """
[general]
dbpath = {folder}/comments.db
host = http://127.0.0.1:9
[server]
trusted-proxies = 127.0.0.1
[guard]
enabled = true
ratelimit = 4
direct-reply = 9
reply-to-self = true
[admin]
enabled = true
password = secret
"""


def wsgi(folder: Path, prefix: str) -> object:
    import isso
    from isso import config

    file = folder / "isso.cfg"
    file.write_text(_CONFIGURATION.format(folder=folder))
    return isso.make_app(config.load(config.default_file(), str(file)), threading=True)


def visit(client: httpx.Client) -> None:
    client.headers["Origin"] = "http://127.0.0.1:9"
    for path in ("/", "/demo", "/demo/", "/js/embed.min.js", "/css/isso.css", "/missing", "/info", "/config"):
        client.get(path)
    for query in ("", "?uri=%2Fpage%2F", "?uri=%2F%C3%A9%2F&limit=2"):
        client.get(f"/{query}")
    for number, text in enumerate(("Hello", "*café* & <b>tea</b>", "x" * 3000, "", "too", "many")):
        comment = {"text": text, "author": "Inés", "email": "ines@example.com", "website": None, "title": "A page"}
        client.post("/new?uri=%2Fpage%2F", json={**comment, "parent": 1 if number == 1 else None})
        client.get("/?uri=%2Fpage%2F")
    client.post("/new?uri=%2Fpage%2F", data={"text": "a form"})
    client.post("/new", json={"text": "nowhere", "title": "x"})
    for path in ("/id/1", "/id/1?plain=1", "/id/99", "/latest?limit=2", "/feed?uri=%2Fpage%2F", "/feed"):
        client.get(path)
    client.put("/id/1", json={"text": "changed", "author": "Inés", "website": "https://example.com"})
    client.post("/id/1/like")
    client.post("/id/2/dislike")
    client.post("/count", json=["/page/", "/é/"])
    client.post("/preview", json={"text": "**bold** ☕"})
    client.get("/id/1/edit/wrong")
    client.delete("/id/2")
    client.cookies.clear()
    client.delete("/id/1")
    client.put("/id/1", json={"text": "not mine"})
    client.get("/admin/")
    client.post("/login/", data={"password": "wrong"})
    client.post("/login/", data={"password": "secret"})
    client.get("/admin/")
    client.get("/admin/?mode=1&page=0&order_by=created&asc=1")
    client.options("/new", headers={"Access-Control-Request-Method": "POST"})
    client.head("/?uri=%2Fpage%2F")
