from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from lambda_http_adapter import lambda_request
from tests.frameworks import CHUNKS, SECRET, STATIC


async def item(request: Request) -> Response:
    return JSONResponse({"name": request.path_params["name"], "q": request.query_params.getlist("q")})


async def form(request: Request) -> Response:
    async with request.form() as fields:
        return JSONResponse({"name": fields["name"], "tags": fields.getlist("tag")})


async def upload(request: Request) -> Response:
    async with request.form() as fields:
        file = fields["file"]
        assert isinstance(file, UploadFile)
        content = await file.read()
        told = {"title": fields["title"], "file": file.filename, "type": file.content_type, "content": content.hex()}
        return JSONResponse(told)


async def cookies(request: Request) -> Response:
    response = PlainTextResponse(request.cookies["seen"])
    response.set_cookie("a", "1")
    response.set_cookie("b", "2", httponly=True)
    return response


async def home(request: Request) -> Response:
    return RedirectResponse(request.url_for("item", name="home"), 303)


async def stream(request: Request) -> Response:
    async def chunks() -> AsyncIterator[str]:
        for chunk in CHUNKS:
            yield chunk

    return StreamingResponse(chunks(), media_type="text/plain")


async def origin(request: Request) -> Response:
    return PlainTextResponse(lambda_request(request).origin)


async def session(request: Request) -> Response:
    request.session["count"] = request.session.get("count", 0) + 1
    return PlainTextResponse(str(request.session["count"]))


async def crash(request: Request) -> Response:
    raise ValueError("boom")


async def sorry(request: Request, error: Exception) -> Response:
    return PlainTextResponse("sorry", 500)


async def not_here(request: Request, error: Exception) -> Response:
    return PlainTextResponse("not here", 404)


app = Starlette(
    routes=[
        Route("/items/{name}", item),
        Route("/form", form, methods=["POST"]),
        Route("/upload", upload, methods=["POST"]),
        Route("/cookies", cookies),
        Route("/home", home),
        Route("/stream", stream),
        Route("/lambda", origin),
        Route("/session", session),
        Route("/crash", crash),
        Mount("/static", StaticFiles(directory=STATIC)),
    ],
    middleware=[Middleware(SessionMiddleware, secret_key=SECRET)],
    exception_handlers={404: not_here, 500: sorry},
)
