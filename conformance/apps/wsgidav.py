"""WsgiDAV: a WebDAV server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

REQUIREMENTS = ("WsgiDAV==4.4.0",)

_LOCK = (
    '<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    "<D:locktype><D:write/></D:locktype><D:owner>ines</D:owner></D:lockinfo>"
)
_PATCH = (
    '<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>'
    '<a xmlns="urn:x">café</a></D:prop></D:set></D:propertyupdate>'
)


def wsgi(folder: Path, prefix: str) -> object:
    from wsgidav.wsgidav_app import WsgiDAVApp

    share = folder / "share"
    (share / "pictures").mkdir(parents=True)
    (share / "read me.txt").write_text("Hello, é\n" * 100)
    (share / "é.txt").write_text("é")
    (share / "pictures" / "dot.png").write_bytes(bytes(range(256)) * 20)
    users = {"*": {"ines": {"password": "secret"}}}
    return WsgiDAVApp(
        {
            "provider_mapping": {"/": str(share)},
            "simple_dc": {"user_mapping": users},
            "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
            "property_manager": True,
            "verbose": 0,
            "logging": {"enable": False},
        }
    )


def visit(client: httpx.Client) -> None:
    client.get("/")
    client.auth = ("ines", "secret")
    for path in ("/", "/read%20me.txt", "/%C3%A9.txt", "/pictures/", "/pictures", "/pictures/dot.png", "/missing"):
        client.get(path)
        client.head(path)
        client.options(path)
        client.request("PROPFIND", path, headers={"Depth": "1"})
    client.get("/pictures/dot.png", headers={"Range": "bytes=100-199"})
    client.get("/pictures/dot.png", headers={"Range": "bytes=-10"})
    client.get("/read%20me.txt", headers={"Range": "bytes=9999-"})
    client.put("/new.txt", content="new")
    client.put("/new.txt", content="newer")
    client.put("/b%26c%3D.bin", content=bytes(range(256)))
    client.put("/missing/new.txt", content="new")
    for path in ("/new.txt", "/b%26c%3D.bin"):
        client.get(path)
    client.request("MKCOL", "/folder/")
    client.request("MKCOL", "/folder/")
    client.put("/folder/x", content="x")
    client.request("COPY", "/new.txt", headers={"Destination": str(client.base_url) + "folder/copy.txt"})
    client.request("MOVE", "/new.txt", headers={"Destination": str(client.base_url) + "moved.txt", "Overwrite": "F"})
    client.get("/folder/")
    client.get("/moved.txt")
    client.request("PROPPATCH", "/moved.txt", content=_PATCH)
    client.request("PROPFIND", "/moved.txt", headers={"Depth": "0"})
    client.request("LOCK", "/moved.txt", content=_LOCK, headers={"Timeout": "Second-600"})
    client.put("/moved.txt", content="locked")
    client.delete("/b%26c%3D.bin")
    client.delete("/folder/")
    client.get("/folder/")
    client.post("/read%20me.txt", content="x")
