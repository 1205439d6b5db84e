from collections.abc import AsyncIterator

from litestar import Litestar, MediaType, Request, Response, get, post
from litestar.datastructures import Cookie, State, UploadFile
from litestar.exceptions import NotFoundException
from litestar.middleware.session.server_side import ServerSideSessionConfig
from litestar.response import Redirect, Stream
from litestar.static_files import create_static_files_router

from lambda_http_adapter import lambda_request
from tests.frameworks import CHUNKS, STATIC

AnyRequest = Request[object, object, State]


@get("/items/{item_name:str}", name="item")
async def item(request: AnyRequest) -> dict[str, object]:
    return {"name": request.path_params["item_name"], "q": request.query_params.getall("q", [])}


@post("/form", status_code=200)
async def form(request: AnyRequest) -> dict[str, object]:
    fields = await request.form()
    return {"name": fields["name"], "tags": fields.getall("tag")}


@post("/upload", status_code=200)
async def upload(request: AnyRequest) -> dict[str, object]:
    fields = await request.form()
    file = fields["file"]
    assert isinstance(file, UploadFile)
    content = await file.read()
    return {"title": fields["title"], "file": file.filename, "type": file.content_type, "content": content.hex()}


@get("/cookies")
async def cookies(request: AnyRequest) -> Response[str]:
    made = [Cookie("a", value="1"), Cookie("b", value="2", httponly=True)]
    return Response(request.cookies["seen"], media_type=MediaType.TEXT, cookies=made)


@get("/home", status_code=303)
async def home(request: AnyRequest) -> Redirect:
    return Redirect(request.url_for("item", item_name="home"), status_code=303)


@get("/stream")
async def stream() -> Stream:
    async def chunks() -> AsyncIterator[str]:
        for chunk in CHUNKS:
            yield chunk

    return Stream(chunks(), media_type=MediaType.TEXT)


@get("/lambda", media_type=MediaType.TEXT)
async def origin(request: AnyRequest) -> str:
    return str(lambda_request(request).origin)


@get("/session", media_type=MediaType.TEXT, middleware=[ServerSideSessionConfig().middleware])
async def count(request: AnyRequest) -> str:
    seen = request.session.get("count", 0) + 1
    request.session["count"] = seen
    return str(seen)


# Not a coroutine: Litestar runs it in a thread.
@get("/crash", sync_to_thread=True)
def crash() -> None:
    raise ValueError("boom")


def sorry(request: AnyRequest, error: Exception) -> Response[str]:
    return Response("sorry", media_type=MediaType.TEXT, status_code=500)


def not_here(request: AnyRequest, error: NotFoundException) -> Response[str]:
    return Response("not here", media_type=MediaType.TEXT, status_code=404)


app = Litestar(
    [
        item,
        form,
        upload,
        cookies,
        home,
        stream,
        origin,
        count,
        crash,
        create_static_files_router("/static", [STATIC]),
    ],
    exception_handlers={404: not_here, 500: sorry},
    logging_config=None,
)
