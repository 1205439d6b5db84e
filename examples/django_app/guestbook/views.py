"""A page with the entries and a form, and the entries as a file. The session keeps the guest's name."""

import csv

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from .forms import EntryForm
from .models import Entry


def page(request: HttpRequest) -> HttpResponseBase:
    if request.method == "POST":
        form = EntryForm(request.POST)
        if form.is_valid():
            form.save()
            request.session["name"] = form.cleaned_data["name"]
            return redirect("page")
    else:
        form = EntryForm(initial={"name": request.session.get("name", "")})
    status = 422 if form.errors else 200
    return render(request, "guestbook/page.html", {"form": form, "entries": Entry.objects.all()[:100]}, status=status)


def download(request: HttpRequest) -> HttpResponseBase:
    disposition = {"Content-Disposition": 'attachment; filename="guestbook.csv"'}
    response = HttpResponse(content_type="text/csv; charset=utf-8", headers=disposition)
    rows = csv.writer(response)
    rows.writerow(["written", "name", "text"])
    rows.writerows((entry.written.isoformat(), entry.name, entry.text) for entry in Entry.objects.all())
    return response
