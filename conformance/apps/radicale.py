"""Radicale: a server for calendars and contacts (CalDAV and CardDAV)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

REQUIREMENTS = ("Radicale==3.9.0",)

_CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{0}\r\nFN:Inés {0}\r\nN:{0};Inés;;;\r\nEND:VCARD\r\n"
_EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:{0}\r\nDTSTAMP:20260101T000000Z\r\n"
    "DTSTART:20260102T030405Z\r\nDTEND:20260102T040405Z\r\nSUMMARY:Café {0}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
_PROPFIND = (
    '<?xml version="1.0"?><propfind xmlns="DAV:"><prop><resourcetype/><displayname/><getetag/>'
    "<current-user-principal/></prop></propfind>"
)
_REPORT = (
    '<?xml version="1.0"?><C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
    '<prop><getetag/><C:calendar-data/></prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>'
)
_CALENDAR = (
    '<?xml version="1.0"?><C:mkcalendar xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop>'
    "<displayname>Café</displayname></prop></set></C:mkcalendar>"
)


def wsgi(folder: Path, prefix: str) -> object:
    from radicale.app import Application
    from radicale.config import load

    (folder / "users").write_text("ines:secret\n")
    configuration = load()
    settings = {
        "auth": {"type": "htpasswd", "htpasswd_filename": str(folder / "users"), "htpasswd_encryption": "plain"},
        "storage": {"filesystem_folder": str(folder / "collections")},
    }
    configuration.update({**settings, "logging": {"level": "critical"}}, "conformance", privileged=True)
    return Application(configuration)


def visit(client: httpx.Client) -> None:
    for path in ("/", "/.web/", "/.web/index.html", "/.web/css/main.css", "/.web/missing", "/ines/", "/missing/"):
        client.get(path)
    client.get("/.well-known/caldav")
    client.auth = ("ines", "secret")
    client.request("PROPFIND", "/", content=_PROPFIND, headers={"Depth": "0"})
    client.request("PROPFIND", "/ines/", content=_PROPFIND, headers={"Depth": "1"})
    client.request("MKCALENDAR", "/ines/birthdays/", content=_CALENDAR)
    book = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\nFN:A\r\nN:A;;;;\r\nEND:VCARD\r\n"
    client.put("/ines/people/", content=book, headers={"Content-Type": "text/vcard"})
    client.put("/ines/plans/", content=_EVENT.format("first"), headers={"Content-Type": "text/calendar"})
    for name in ("one", "two", "b c"):
        client.put(f"/ines/people/{name}.vcf", content=_CARD.format(name), headers={"Content-Type": "text/vcard"})
        client.put(f"/ines/plans/{name}.ics", content=_EVENT.format(name), headers={"Content-Type": "text/calendar"})
    for path in ("people/one.vcf", "people/b%20c.vcf", "plans/one.ics", "plans/b%20c.ics", "people/", "plans/"):
        client.get(f"/ines/{path}")
        client.head(f"/ines/{path}")
    client.put("/ines/people/one.vcf", content=_CARD.format("one"), headers={"If-None-Match": "*"})
    client.put("/ines/people/bad.vcf", content=b"\xff\xfe not a card", headers={"Content-Type": "text/vcard"})
    client.request("PROPFIND", "/ines/plans/", content=_PROPFIND, headers={"Depth": "1"})
    client.request("REPORT", "/ines/plans/", content=_REPORT, headers={"Depth": "1"})
    client.request(
        "MOVE", "/ines/plans/two.ics", headers={"Destination": str(client.base_url) + "ines/plans/three.ics"}
    )
    for path in ("plans/two.ics", "plans/three.ics", "people/one.vcf", "people/one.vcf"):
        client.delete(f"/ines/{path}")
    client.options("/ines/")
    client.get("/other/", auth=("ines", "wrong"))
