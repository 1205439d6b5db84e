"""Datasette: a website and an API for SQLite files."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

REQUIREMENTS = ("datasette==0.65.5",)
PREFIX_BY_SETTING = True  # base_url: it would have a root_path in its links twice


def asgi(folder: Path, prefix: str) -> object:
    from datasette.app import Datasette

    file = folder / "shop.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("create table items (id integer primary key, name text, price real, picture blob)")
        rows = [(f"item {number} é", number / 4, bytes([number, 255])) for number in range(150)]
        database.executemany("insert into items (name, price, picture) values (?, ?, ?)", rows)
        database.execute("create table 'odd / name' (id text primary key, note text)")
        database.execute("insert into 'odd / name' values ('a/b c', 'one'), ('é', 'two')")
    settings = {"base_url": f"{prefix}/", "num_sql_threads": 1}
    return Datasette([str(file)], cors=True, secret="secret", settings=settings).app()


def visit(client: httpx.Client) -> None:
    for path in ("/", "/shop", "/shop/items", "/shop/items/7", "/shop/odd+~2F+name", "/shop/odd+~2F+name/a~2Fb+c"):
        client.get(path)
        client.get(f"{path}.json" if path != "/" else "/.json")
        client.head(path)
    for path in ("/-/versions.json", "/-/plugins.json", "/-/settings.json", "/-/config.json", "/-/databases.json"):
        client.get(path)
    for path in ("/-/static/app.css", "/-/static/table.js", "/favicon.ico", "/robots.txt", "/-/patterns"):
        client.get(path)
    for query in ("_size=10", "_size=10&_next=10", "_sort_desc=price", "name__contains=%C3%A9", "_shape=array&_nl=on"):
        client.get(f"/shop/items.json?{query}")
    for query in ("id=1", "_facet=price", "_sort=name&_size=3", "_search=x", "id__in=1%2C2&price__gt=0", "_where=id<3"):
        client.get(f"/shop/items?{query}")
    client.get("/shop/items.csv?_size=max")
    client.get("/shop/items.csv?_stream=on")
    client.get("/shop/items/7.json?_shape=objects")
    client.get("/shop/items/7?_blob_column=picture")
    client.get("/shop/items/7.blob?_blob_column=picture")
    client.get("/shop", params={"sql": "select name, :word as w from items limit 3", "word": "a&b ☕"})
    client.get("/shop.json", params={"sql": "select 1 + 1 as two", "_shape": "array"})
    client.get("/shop.json", params={"sql": "drop table items"})
    for path in ("/missing", "/shop/missing", "/shop/items/1000", "/shop/items.unknown", "/shop/", "/%C3%A9", "/a%2Fb"):
        client.get(path)
    client.get("/-/messages")
    client.post("/-/messages", data={"message": "hello", "message_type": "INFO"})
    client.get("/-/logout")
    client.get("/-/auth-token?token=wrong")
    client.get("/-/permissions")
    client.options("/shop/items.json", headers={"Origin": "https://example.com"})
