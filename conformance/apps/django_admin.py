"""Django's admin: a website of django.contrib with a login, forms and messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

REQUIREMENTS = ("Django==5.2.19",)

_APPS = ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")
_MIDDLEWARE = (
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
)
_CONTEXT = ("auth.context_processors.auth", "messages.context_processors.messages")


def _configure(folder: Path) -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    processors = [*(f"django.contrib.{name}" for name in _CONTEXT), "django.template.context_processors.request"]
    template = {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
    settings.configure(
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "db.sqlite3")}},
        INSTALLED_APPS=[f"django.contrib.{name}" for name in _APPS],
        MIDDLEWARE=list(_MIDDLEWARE),
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ROOT_URLCONF="conformance.apps.django_admin",
        SECRET_KEY="secret",
        SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
        STATIC_URL="static/",
        TEMPLATES=[{**template, "OPTIONS": {"context_processors": processors}}],
    )
    django.setup()
    call_command("migrate", verbosity=0)
    from django.contrib.auth.models import User

    User.objects.create_superuser("ines", "ines@example.com", "secret")


def __getattr__(name: str) -> object:
    """Django reads the URLs from here, once it is configured."""
    if name != "urlpatterns":
        raise AttributeError(name)
    from django.contrib import admin
    from django.urls import include, path

    return [path("admin/", admin.site.urls), path("i18n/", include("django.conf.urls.i18n"))]


def wsgi(folder: Path, prefix: str) -> object:
    _configure(folder)
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def asgi(folder: Path, prefix: str) -> object:
    _configure(folder)
    from django.core.asgi import get_asgi_application

    return get_asgi_application()


def token(response: httpx.Response) -> str:
    """The token against forged requests in a form of Django's, or ""."""
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', response.text)
    return found[1] if found else ""


def log_in(client: httpx.Client, path: str) -> None:
    """Log in with a wrong and with the right password."""
    for password in ("wrong", "secret"):
        form = {"username": "ines", "password": password, "csrfmiddlewaretoken": token(client.get(path)), "next": "/"}
        client.post(path, data=form, headers={"Referer": str(client.base_url)})


def visit(client: httpx.Client) -> None:
    client.headers["Referer"] = str(client.base_url)
    for path in ("/", "/admin", "/admin/", "/admin/auth/user/", "/admin/missing/", "/admin/login/", "/%C3%A9/"):
        client.get(path)
    log_in(client, "/admin/login/?next=/admin/")
    for path in (
        "/admin/",
        "/admin/auth/user",
        "/admin/auth/user/",
        "/admin/auth/user/1/change/",
        "/admin/auth/group/",
    ):
        client.get(path)
        client.head(path)
    for query in ("q=in%C3%A9s", "q=a+b%26c", "is_staff__exact=1", "o=-1&p=0", "all=", "e=1"):
        client.get(f"/admin/auth/user/?{query}")
    form = client.get("/admin/auth/group/add/")
    for name, button in (("café", "_save"), ("café", "_save"), ("b&c", "_continue"), ("", "_addanother")):
        data = {"name": name, "permissions": ["1", "2"], button: "Save", "csrfmiddlewaretoken": token(form)}
        client.post("/admin/auth/group/add/", data=data)
        client.get("/admin/auth/group/")
    client.post("/admin/auth/group/add/", data={"name": "no token"})
    form = client.get("/admin/auth/group/1/delete/")
    client.post("/admin/auth/group/1/delete/", data={"post": "yes", "csrfmiddlewaretoken": token(form)})
    action = {"action": "delete_selected", "_selected_action": ["1", "2"], "csrfmiddlewaretoken": token(form)}
    client.post("/admin/auth/group/", data=action)
    for path in ("/admin/auth/group/99/change/", "/admin/auth/user/1/history/", "/admin/jsi18n/", "/admin/r/4/1/"):
        client.get(path)
    client.get("/admin/autocomplete/?app_label=auth&model_name=user&field_name=groups&term=x")
    client.post("/i18n/setlang/", data={"language": "fr", "next": "/admin/", "csrfmiddlewaretoken": token(form)})
    client.get("/admin/")
    client.get("/admin/", headers={"Accept-Language": "de"})
    client.post("/admin/logout/", data={"csrfmiddlewaretoken": token(client.get("/admin/password_change/"))})
    client.get("/admin/")
    client.get("/admin/", follow_redirects=True)
