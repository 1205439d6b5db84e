from collections.abc import Callable

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.response import Response
from pyramid.session import SignedCookieSessionFactory

from lambda_http_adapter import lambda_request
from tests.frameworks import CHUNKS, SECRET, STATIC


def text(body: str, status: int = 200) -> object:
    return Response(body, status=status, content_type="text/plain", charset="utf-8")


def item(request: Request) -> object:
    return {"name": request.matchdict["name"], "q": request.GET.getall("q")}


def form(request: Request) -> object:
    return {"name": request.POST["name"], "tags": request.POST.getall("tag")}


def upload(request: Request) -> object:
    file = request.POST["file"]
    told = {"title": request.POST["title"], "file": file.filename, "type": file.type}
    return told | {"content": file.file.read().hex()}


def cookies(request: Request) -> object:
    request.response.content_type = "text/plain"
    request.response.text = request.cookies["seen"]
    request.response.set_cookie("a", "1")
    request.response.set_cookie("b", "2", httponly=True)
    return request.response


def home(request: Request) -> object:
    return HTTPSeeOther(request.route_url("items", name="home"))


def stream(request: Request) -> object:
    return Response(app_iter=(chunk.encode() for chunk in CHUNKS), content_type="text/plain", charset="utf-8")


def origin(request: Request) -> object:
    return text(lambda_request(request).origin)


def session(request: Request) -> object:
    request.session["count"] = request.session.get("count", 0) + 1
    return text(str(request.session["count"]))


def crash(request: Request) -> object:
    raise ValueError("boom")


def sorry(error: Exception, request: Request) -> object:
    return text("sorry", 500)


def not_here(request: Request) -> object:
    return text("not here", 404)


JSON: list[tuple[str, Callable[[Request], object]]] = [
    ("items/{name}", item),
    ("form", form),
    ("upload", upload),
]
OTHER: list[tuple[str, Callable[[Request], object]]] = [
    ("cookies", cookies),
    ("home", home),
    ("stream", stream),
    ("lambda", origin),
    ("session", session),
    ("crash", crash),
]

with Configurator(session_factory=SignedCookieSessionFactory(SECRET)) as config:
    for pattern, view in [*JSON, *OTHER]:
        name = pattern.partition("/")[0]
        config.add_route(name, f"/{pattern}")
        config.add_view(view, route_name=name, renderer="json" if (pattern, view) in JSON else None)
    config.add_static_view("static", str(STATIC))
    config.add_exception_view(sorry, context=Exception)
    config.add_notfound_view(not_here)
    app = config.make_wsgi_app()
