from django.urls import path

from . import views

urlpatterns = [
    path("", views.page, name="page"),
    path("guestbook.csv", views.download, name="download"),
]
