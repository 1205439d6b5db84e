"""httpbin: a service that answers with what it was asked (Flask)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import httpx

    from lambda_http_adapter._types import Environ, StartResponse

REQUIREMENTS = ("httpbin==0.10.4",)

# httpbin shows every header of a request but X-Forwarded-For, -Port and -Proto. It doesn't get to see the others that a
# front door or a proxy adds.
_ADDED = ("HTTP_CLOUDFRONT_", "HTTP_CONNECTION", "HTTP_VIA", "HTTP_X_AMZN_", "HTTP_X_FORWARDED_HOST")


def wsgi(folder: Path, prefix: str) -> object:
    from httpbin import app

    def without_added_headers(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        for name in [name for name in environ if name.startswith(_ADDED)]:
            del environ[name]
        if environ.get("CONTENT_LENGTH") == "0":  # which HTTP APIs add
            del environ["CONTENT_LENGTH"]
        answer: Iterable[bytes] = app(environ, start_response)
        return answer

    return without_added_headers


def visit(client: httpx.Client) -> None:
    for path in ("/", "/html", "/json", "/xml", "/robots.txt", "/deny", "/encoding/utf8", "/spec.json", "/missing"):
        client.get(path)
    for path in ("/image/png", "/image/jpeg", "/image/svg", "/gzip", "/deflate", "/bytes/2048?seed=7"):
        client.get(path)
    for path in ("/stream/3", "/stream-bytes/3000?seed=7&chunk_size=500", "/drip?duration=0&numbytes=10", "/links/3/0"):
        client.get(path)
    for status in (200, 204, 301, 304, 400, 401, 404, 406, 418, 500, 503):
        client.get(f"/status/{status}")
    for path in ("/get", "/get?a=1&a=2&b=%20%26&c=", "/anything/a%20b/%C3%A9.txt?q=%E2%98%95", "/user-agent", "/ip"):
        client.get(path)
    for method in ("PUT", "PATCH", "DELETE", "POST"):
        client.request(method, "/anything", json={"name": "é"})
    client.post("/post", data={"a": ["1", "2"], "b": "é"})
    client.post("/post", files={"file": ("é.bin", bytes(range(256)))})
    client.post("/post", content=bytes(range(256)), headers={"Content-Type": "application/octet-stream"})
    client.head("/get")
    client.request("OPTIONS", "/get")
    client.get("/response-headers?Vary=Accept&Vary=Cookie&X-Name=value")
    client.get("/cookies/set?a=1&b=2")
    client.get("/cookies")
    client.get("/cookies/delete?a")
    client.get("/redirect/2", follow_redirects=True)
    client.get("/absolute-redirect/2", follow_redirects=True)
    client.get("/redirect-to?url=http%3A%2F%2Fexample.com%2F&status_code=307")
    client.get("/basic-auth/ines/secret")
    client.get("/basic-auth/ines/secret", auth=("ines", "secret"))
    client.get("/bearer")
    client.get("/bearer", headers={"Authorization": "Bearer abc"})
    client.get("/cache", headers={"If-None-Match": "x"})
    client.get("/etag/abc")
    client.get("/etag/abc", headers={"If-None-Match": '"abc"'})
    client.get("/range/1000", headers={"Range": "bytes=10-19"})
    client.get("/base64/w6k=")
