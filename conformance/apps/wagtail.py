"""Wagtail: a content management system, with the site that ``wagtail start`` makes (Django)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from . import prepare
from .django_admin import log_in, token

if TYPE_CHECKING:
    import httpx

REQUIREMENTS = ("wagtail==8.0.1", "Django==5.2.19")

_SETTINGS = """
ALLOWED_HOSTS = ["*"]
CSRF_TRUSTED_ORIGINS = ["http://*", "https://*"]
DEBUG_PROPAGATE_EXCEPTIONS = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
STATIC_URL = "static/"
MEDIA_URL = "media/"
WAGTAIL_ENABLE_UPDATE_CHECK = False
"""


def _make(folder: Path) -> None:
    """The site, its database and a user."""
    own = {**os.environ, "DJANGO_SUPERUSER_PASSWORD": "secret", "DJANGO_SETTINGS_MODULE": "site_here.settings.dev"}
    user = ("--username", "ines", "--email", "ines@example.com", "--noinput")
    subprocess.run([Path(sys.prefix, "bin", "wagtail"), "start", "site_here", str(folder)], check=True, env=own)
    (folder / "site_here" / "settings" / "local.py").write_text(_SETTINGS)
    for command in (("migrate", "--verbosity=0"), ("createsuperuser", *user)):
        subprocess.run([sys.executable, "manage.py", *command], check=True, env=own, cwd=folder)


def _configure(folder: Path) -> None:
    prepare(folder, _make)
    sys.path.insert(0, str(folder))
    os.environ["DJANGO_SETTINGS_MODULE"] = "site_here.settings.dev"


def wsgi(folder: Path, prefix: str) -> object:
    _configure(folder)
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def visit(client: httpx.Client) -> None:
    client.headers["Referer"] = str(client.base_url)
    for path in ("/", "/missing/", "/search/", "/search/?query=home&page=2", "/admin", "/admin/", "/%C3%A9"):
        client.get(path)
    client.get("/static/wagtailadmin/css/core.css")
    client.get("/static/site_here/missing.css")
    log_in(client, "/admin/login/")
    for path in (
        "/admin/",
        "/admin/pages/",
        "/admin/pages/3/",
        "/admin/pages/3/edit/",
        "/admin/images/",
        "/admin/documents",
    ):
        client.get(path)
        client.head(path)
    for path in (
        "users/",
        "groups/",
        "sites/",
        "redirects/",
        "reports/site-history/",
        "account/",
        "pages/99/",
        "missing",
    ):
        client.get(f"/admin/{path}")
    for query in (
        "pages/search/?q=caf%C3%A9",
        "pages/3/?ordering=-title&p=2",
        "api/main/pages/?limit=1",
        "images/?tag=x",
    ):
        client.get(f"/admin/{query}")
    form = client.get("/admin/redirects/add/")
    for old_path, link in (("/old/é", "https://example.com/"), ("/old/é", "https://example.com/"), ("", "")):
        data = {"old_path": old_path, "redirect_link": link, "is_permanent": "on", "csrfmiddlewaretoken": token(form)}
        client.post("/admin/redirects/add/", data=data)
    client.get("/old/%C3%A9")
    client.get("/old/%C3%A9/?a=1")
    upload = {"title": "Notes é", "csrfmiddlewaretoken": token(form)}
    client.post("/admin/documents/add/", data=upload, files={"file": ("notes.txt", b"some notes")})
    client.post("/admin/documents/add/", data=upload)
    for path in ("/admin/documents/", "/documents/1/notes.txt", "/documents/1/other.txt", "/documents/9/notes.txt"):
        client.get(path)
    client.get("/documents/1/notes.txt", headers={"Range": "bytes=0-3"})
    page = {"title": "Café", "slug": "café", "action-publish": "action-publish", "csrfmiddlewaretoken": token(form)}
    client.post("/admin/pages/add/home/homepage/3/", data=page)
    client.post("/admin/pages/add/home/homepage/3/", data={**page, "slug": "cafe", "comments-TOTAL_FORMS": "0"})
    client.get("/cafe/")
    client.get("/cafe")
    client.post("/admin/logout/", data={"csrfmiddlewaretoken": token(form)})
    client.get("/admin/", follow_redirects=True)
