"""Kinto: a storage service for JSON (Pyramid)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

REQUIREMENTS = ("kinto==26.5.0",)


def wsgi(folder: Path, prefix: str) -> object:
    import kinto

    settings = {
        "kinto.bucket_create_principals": "system.Authenticated",
        "kinto.includes": "kinto.plugins.default_bucket kinto.plugins.history kinto.plugins.flush",
        "kinto.paginate_by": "5",
        "kinto.project_name": "conformance",
        "kinto.userid_hmac_secret": "secret",
        "multiauth.policies": "basicauth",
    }
    return kinto.main({}, **settings)


def visit(client: httpx.Client) -> None:
    for path in ("/", "/v1", "/v1/", "/v1/__heartbeat__", "/v1/__lbheartbeat__", "/v1/__version__", "/v1/__api__"):
        client.get(path)
    for path in ("/v1/buckets", "/missing", "/v1/missing", "/v1/buckets/", "/v1/%C3%A9", "/v0/"):
        client.get(path)
    client.auth = ("ines", "secret")
    client.get("/v1/")
    client.put("/v1/buckets/shop", json={"data": {"note": "é"}})
    client.put("/v1/buckets/shop", json={"data": {}}, headers={"If-None-Match": "*"})
    client.put("/v1/buckets/shop/collections/items", json={"permissions": {"read": ["system.Everyone"]}})
    for number in range(12):
        client.put(f"/v1/buckets/shop/collections/items/records/item-{number}", json={"data": {"price": number / 4}})
    records = "/v1/buckets/shop/collections/items/records"
    for query in ("", "?_limit=3", "?_sort=-price", "?min_price=1&max_price=2", "?_fields=price", "?unknown=%C3%A9%26"):
        client.get(f"{records}{query}")
    for query in ("?_limit=x", "?_sort=unknown", "?_since=x", "?price=1&price=2"):
        client.get(f"{records}{query}")
    client.head(records)
    client.get(f"{records}/item-3")
    client.get(f"{records}/item-3", headers={"If-None-Match": '"1"'})
    client.put(f"{records}/item-3", json={"data": {}}, headers={"If-Match": '"1"'})
    client.patch(f"{records}/item-3", json={"data": {"name": "café"}})
    patch = [{"op": "add", "path": "/data/name", "value": "tea"}]
    client.patch(f"{records}/item-3", json=patch, headers={"Content-Type": "application/json-patch+json"})
    client.put(f"{records}/item-4", content=b'{"data": ', headers={"Content-Type": "application/json"})
    client.put(f"{records}/item-4", content=b"x", headers={"Content-Type": "text/plain"})
    client.post("/v1/buckets/default/collections/notes/records", json={"data": {"text": "hello"}})
    requests = [{"path": f"/buckets/shop/collections/items/records/item-{number}"} for number in (1, 99)]
    client.post("/v1/batch", json={"defaults": {"method": "GET"}, "requests": requests})
    for path in ("/v1/buckets/shop/history", "/v1/buckets/shop", "/v1/buckets/default", "/v1/permissions"):
        client.get(path)
    client.delete(f"{records}/item-5")
    client.get(f"{records}/item-5")
    client.delete(f"{records}?min_price=2")
    client.post("/v1/__flush__")
    client.options(records, headers={"Origin": "https://example.com", "Access-Control-Request-Method": "POST"})
    client.get(records, headers={"Origin": "https://example.com"})
    client.request("PROPFIND", records)
