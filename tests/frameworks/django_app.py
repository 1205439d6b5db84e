"""The same project as two apps."""

from collections.abc import AsyncIterator
from contextlib import closing

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIRequest
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import path, reverse
from django.views.static import serve

from lambda_http_adapter import lambda_request
from tests.frameworks import CHUNKS, SECRET, STATIC

settings.configure(
    ALLOWED_HOSTS=["*"],
    LOGGING_CONFIG=None,
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY=SECRET,
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
)


def text(body: str, status: int = 200) -> HttpResponse:
    return HttpResponse(body, content_type="text/plain", status=status)


def item(request: HttpRequest, name: str) -> HttpResponseBase:
    return JsonResponse({"name": name, "q": request.GET.getlist("q")})


def form(request: HttpRequest) -> HttpResponseBase:
    return JsonResponse({"name": request.POST["name"], "tags": request.POST.getlist("tag")})


def upload(request: HttpRequest) -> HttpResponseBase:
    file = request.FILES["file"]
    told = {"title": request.POST["title"], "file": file.name, "type": file.content_type, "content": file.read().hex()}
    return JsonResponse(told)


def cookies(request: HttpRequest) -> HttpResponseBase:
    response = text(request.COOKIES["seen"])
    response.set_cookie("a", "1")
    response.set_cookie("b", "2", httponly=True)
    return response


async def home(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse(status=303, headers={"Location": reverse("item", args=["home"])})


def stream(request: HttpRequest) -> HttpResponseBase:
    async def chunks() -> AsyncIterator[str]:
        for chunk in CHUNKS:
            yield chunk

    # Either kind of iterator is read whole before the first chunk is sent where it meets the other kind of app.
    return StreamingHttpResponse(
        chunks() if isinstance(request, ASGIRequest) else iter(CHUNKS), content_type="text/plain"
    )


def origin(request: HttpRequest) -> HttpResponseBase:
    return text(lambda_request(request).origin)


def session(request: HttpRequest) -> HttpResponseBase:
    request.session["count"] = request.session.get("count", 0) + 1
    return text(str(request.session["count"]))


def crash(request: HttpRequest) -> HttpResponseBase:
    raise ValueError("boom")


def static(request: HttpRequest, path: str) -> HttpResponseBase:
    # In one piece: what serve() makes is a stream that an ASGI app sends with a warning.
    with closing(serve(request, path, STATIC)) as file:
        return HttpResponse(file.getvalue(), content_type=file["Content-Type"])


def handler500(request: HttpRequest) -> HttpResponseBase:
    return text("sorry", 500)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return text("not here", 404)


urlpatterns = [
    path("items/<str:name>", item, name="item"),
    path("form", form),
    path("upload", upload),
    path("cookies", cookies),
    path("home", home),
    path("stream", stream),
    path("lambda", origin),
    path("session", session),
    path("crash", crash),
    path("static/<path:path>", static),
]

asgi = get_asgi_application()
wsgi = get_wsgi_application()
