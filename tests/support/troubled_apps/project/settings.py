"""A Django project's settings, and its only view."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

SECRET_KEY = "only for a test"
ALLOWED_HOSTS: list[str] = []
ROOT_URLCONF = "settings"
MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]
USE_TZ = True


def orders(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ordered")


urlpatterns = [path("orders", orders)]
