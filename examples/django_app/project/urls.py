"""The site's paths. A stage isn't part of them: Django adds it to every link."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("guestbook.urls")),
    path("admin/", admin.site.urls),
]
