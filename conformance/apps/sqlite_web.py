"""sqlite-web: a browser and editor of SQLite files (Flask)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

REQUIREMENTS = ("sqlite-web==0.8.2",)


def wsgi(folder: Path, prefix: str) -> object:
    from sqlite_web import sqlite_web

    file = folder / "shop.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("create table items (id integer primary key, name text, price real)")
        rows = [(f"item {number} é", number / 4) for number in range(120)]
        database.executemany("insert into items (name, price) values (?, ?)", rows)
        database.execute("create table 'odd / name' (id text primary key, note text)")
        database.execute("insert into 'odd / name' values ('a/b c', 'one')")
    sqlite_web.app.secret_key = "secret"
    sqlite_web.initialize_app([str(file)], password="secret")
    return sqlite_web.app


def visit(client: httpx.Client) -> None:
    for path in ("/", "/items/", "/login/", "/static/css/bootstrap.min.css", "/static/missing.css", "/missing/"):
        client.get(path)
    for password in ("wrong", "secret"):
        client.post("/login/?next=%2Fitems%2F", data={"password": password})
    for path in ("/", "/items", "/items/", "/items/content/", "/items/query/", "/items/insert/", "/items/row/WzFd/"):
        client.get(path)
        client.head(path)
    for path in (
        "/odd%20/%20name/",
        "/odd%20%2F%20name/content/",
        "/missing/",
        "/items/missing/",
        "/items/row/x/",
        "/%C3%A9/",
        "/query/",
    ):
        client.get(path)
    for query in ("page=2", "page=99", "page=x", "ordering=-2", "ordering=3&page=2"):
        client.get(f"/items/content/?{query}")
    for statement in ("select * from items where id < 4", "select 'é' as e, 1/0", "drop", "update items set price = 1"):
        client.post("/query/", data={"sql": statement})
        client.post("/items/query/", data={"sql": statement, "export_format": "json"})
    client.post("/items/query/", data={"sql": "select * from items limit 2", "export_json": "1"})
    client.post("/items/export/", data={"columns": ["id", "name"], "export_format": "csv"})
    client.get("/items/export/")
    client.post("/items/insert/", data={"name": "new ☕", "price": "2.5"})
    client.post("/items/update/WzFd/", data={"name": "changed"})
    client.post("/items/import/", files={"file": ("items.csv", b"name,price\nimported,1\n")})
    client.post("/items/add-column/", data={"name": "colour", "type": "VARCHAR"})
    client.post("/items/add-index/", data={"indexed_columns": ["name"]})
    client.get("/items/")
    client.post("/items/drop/")
    client.get("/items/")
    client.get("/logout/")
    client.get("/")
